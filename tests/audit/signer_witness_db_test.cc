// The signer and its witnesses: what is signed is remembered, what has a quorum is published.
#include <gtest/gtest.h>

#include "audit/signer.h"
#include "core/file.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

// A witness of one log that is up, down or slow, and remembers only what it was asked last; others'
// logs need none.
struct FakeWitness final : Cosigner {
  explicit FakeWitness(TenantId log) : ours(log) {}
  const TenantId ours;
  bool is_up = true;
  bool is_slow = false;
  std::uint64_t asked = 0;
  std::string last = {};
  std::optional<Checkpoint> seen = std::nullopt;
  SigningKey key = signing_key_from_seed(Bytes(32, 42));

  Cosigning cosign(TenantId log, const std::string& note, const ProofFrom& proof) override {
    if (log != ours) return {Cosigning::State::kEnough, note};
    ++asked;
    last = note;
    if (is_slow) return {};
    if (!is_up) return {Cosigning::State::kTooFew};
    const auto head = parse_signed_checkpoint(note);
    if (seen && seen->size != head->checkpoint.size) {
      const auto path = proof(seen->size);
      EXPECT_TRUE(path.ok() && verify_consistency(seen->size, head->checkpoint.size, seen->root,
                                                  head->checkpoint.root, *path));
    }
    seen = head->checkpoint;
    return {Cosigning::State::kEnough,
            note + cosignature_line("witness.example/w1", key, head->note.text, 1)};
  }
  void wait(std::chrono::milliseconds) override {}
  void drain() override {}
};

class SignerWitnessTest : public testing::Test {
 protected:
  SignerWitnessTest() { restart(); }
  ~SignerWitnessTest() override { world.signer.reset(); }  // Before its witness.
  void restart() {
    SignerConfig config = world.signer_config();
    config.cosigner = &witness;
    world.signer.reset();
    auto opened = Signer::open(world.signer_role, world.key, config);
    ASSERT_TRUE(opened.ok());
    world.signer = std::move(*opened);
  }
  std::uint64_t published_size() {
    const std::string note = world.newest_checkpoint();
    return note.empty() ? 0 : parse_signed_checkpoint(note)->checkpoint.size;
  }
  std::string file(const std::filesystem::path& path) { return *read_file(path, 1 << 16); }

  LogWorld world;
  FakeWitness witness{world.tenant};
};

TEST_F(SignerWitnessTest, WhatIsPublishedCarriesWhatTheWitnessGave) {
  world.act_times(3);
  world.run_log();
  const std::string note = world.newest_checkpoint();
  EXPECT_EQ(parse_note(note)->signatures.size(), 2U);
  EXPECT_EQ(file(world.signer_config().published / world.tenant.text() / "checkpoint"), note);
  EXPECT_FALSE(world.check_problem());
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
}

TEST_F(SignerWitnessTest, WithoutAQuorumTheStateGoesOnAndNothingIsPublishedUntilItIsBack) {
  world.act_times(3);
  world.run_log();
  const std::uint64_t before = published_size();
  witness.is_up = false;
  for (int round = 0; round < 2; ++round) {
    world.act_times(2);
    world.sequence();
    const LogRound signed_round = world.sign();
    EXPECT_TRUE(signed_round.refused.empty());
    EXPECT_EQ(signed_round.done, 0U);
  }
  EXPECT_EQ(published_size(), before);
  const auto state = world.signer_config().state / (world.tenant.text() + ".checkpoint");
  EXPECT_EQ(parse_signed_checkpoint(file(state))->checkpoint.size, world.head().size);
  EXPECT_GT(world.head().size, before);
  restart();  // What it signed and did not publish, it remembers.
  witness.is_up = true;
  EXPECT_EQ(world.sign().done, 1U);
  EXPECT_EQ(published_size(), world.head().size);
  EXPECT_EQ(witness.seen->size, world.head().size);
}

TEST_F(SignerWitnessTest, AWitnessThatIsSlowKeepsNoOtherLogWaiting) {
  world.act_times(1);
  world.run_log();
  const std::uint64_t before = published_size();
  witness.is_slow = true;
  world.act_times(1);
  world.sequence();
  LogWorld other;  // Its log is in the same database.
  other.act_times(3);
  other.sequence();
  const auto round = world.signer->run_once();
  ASSERT_TRUE(round.ok());
  EXPECT_TRUE(round->more);  // It will be asked how far it is at once.
  EXPECT_EQ(published_size(), before);
  EXPECT_EQ(other.count("SELECT max(size) FROM audit_checkpoint WHERE tenant = $1"),
            static_cast<std::int64_t>(other.head().size));
}

TEST_F(SignerWitnessTest, WhatIsWithTheWitnessesIsPublishedHoweverTheLogGrowsMeanwhile) {
  world.act_times(1);
  world.run_log();
  witness.is_slow = true;
  world.act_times(1);
  world.sequence();
  world.sign();
  const std::uint64_t asked_for = world.head().size;
  for (int round = 0; round < 3; ++round) {
    world.act_times(1);
    world.sequence();
    world.sign();
    EXPECT_EQ(parse_signed_checkpoint(witness.last)->checkpoint.size, asked_for);
  }
  witness.is_slow = false;
  world.sign();
  EXPECT_EQ(published_size(), asked_for);
  world.sign();
  EXPECT_EQ(published_size(), asked_for + 3);
}

TEST_F(SignerWitnessTest, ALogThatIsPublishedIsNotAskedForAgain) {
  world.act_times(1);
  world.run_log();
  const std::uint64_t asked = witness.asked;
  EXPECT_EQ(world.sign().done, 0U);
  EXPECT_EQ(witness.asked, asked);
}

}  // namespace
}  // namespace assent

// When a witness is down: what is published, said and counted.
#include "audit/signer_witnesses.h"

#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/api/live_witness.h"

namespace assent {
namespace {

class SignerWitnessesTest : public testing::Test {
 protected:
  SignerWitnesses& witnesses(const std::string& quorum) {
    const std::string policy = "witness w " + format_vkey(witness.world.own) +
                               " http://127.0.0.1:" + std::to_string(witness.port()) + "\nquorum " +
                               quorum + "\n";
    auto panel = WitnessPanel::open(*LogPolicy::parse(policy), {}, steady);
    EXPECT_TRUE(panel.ok());
    return witnesses_.emplace(std::move(*panel), said, metrics_file);
  }
  std::optional<std::string> cosign(std::uint64_t size) {
    return witnesses_->cosign(tenant, log.checkpoint(size), [&, size](std::uint64_t old_size) {
      return Result<HashPath>(log.proof(old_size, size));
    });
  }
  std::size_t said_times(std::string_view event) const {
    std::size_t times = 0;
    const std::string text = out.str();
    for (std::size_t at = text.find(event); at != text.npos; at = text.find(event, at + 1)) ++times;
    return times;
  }
  bool metric(const std::string& line) const {
    return read_file(metrics, 1 << 16)->find(line + "\n") != std::string::npos;
  }

  const WitnessedHistory log{"a"};
  LiveWitness witness{log};
  FakeClock steady;
  std::ostringstream out;
  Log said{steady, out};
  const TenantId tenant = *TenantId::parse("019dbf4e-1c00-7000-8000-000000000001");
  const std::filesystem::path metrics = witness.world.state / "metrics.prom";
  MetricsFile metrics_file{metrics, said};

 private:
  std::optional<SignerWitnesses> witnesses_;
};

TEST_F(SignerWitnessesTest, ACheckpointLeavesOnlyWithTheQuorumAndEachChangeIsSaidOnce) {
  witnesses("w");
  EXPECT_TRUE(cosign(3));
  EXPECT_TRUE(metric("assent_signer_published_size{origin=\"cdp.example/acme/log1\"} 3"));
  witness.down();
  EXPECT_FALSE(cosign(5));
  EXPECT_FALSE(cosign(6));
  EXPECT_EQ(said_times("\"witness.quorum_missing\""), 1u);
  EXPECT_EQ(said_times("\"witness.failed\""), 1u);
  EXPECT_TRUE(metric("assent_signer_signed_size{origin=\"cdp.example/acme/log1\"} 6"));
  EXPECT_TRUE(metric("assent_signer_published_size{origin=\"cdp.example/acme/log1\"} 3"));
  EXPECT_TRUE(metric("assent_signer_quorum_missing{origin=\"cdp.example/acme/log1\"} 1"));
  EXPECT_TRUE(metric("assent_signer_witness_failing{witness=\"w\"} 1"));
  witness.up();
  steady.advance_us(kSecondUs);
  const auto note = cosign(7);
  ASSERT_TRUE(note);
  EXPECT_EQ(check_signature(*parse_note(*note), witness.world.own).state, SignatureState::kValid);
  EXPECT_EQ(said_times("\"witness.quorum_reached\""), 1u);
  EXPECT_TRUE(metric("assent_signer_quorum_missing{origin=\"cdp.example/acme/log1\"} 0"));
  EXPECT_TRUE(metric("assent_signer_witness_failing{witness=\"w\"} 0"));
}

TEST_F(SignerWitnessesTest, WithoutAQuorumEverythingLeavesWithWhatCame) {
  witnesses("none");
  EXPECT_EQ(parse_note(*cosign(3))->signatures.size(), 2u);
  witness.down();
  EXPECT_EQ(cosign(5), log.checkpoint(5));
  EXPECT_EQ(said_times("\"witness.quorum_missing\""), 0u);
  EXPECT_EQ(said_times("\"witness.failed\""), 1u);
}

TEST_F(SignerWitnessesTest, MetricsThatCannotBeKeptKeepNothingElseBack) {
  witnesses("w");
  std::filesystem::create_directory(metrics.string() + ".new");
  EXPECT_TRUE(cosign(3));
  EXPECT_TRUE(cosign(4));
  EXPECT_EQ(said_times("\"metrics.not_kept\""), 1u);
  std::filesystem::remove(metrics.string() + ".new");
  EXPECT_TRUE(cosign(5));
  EXPECT_TRUE(metric("assent_signer_published_size{origin=\"cdp.example/acme/log1\"} 5"));
}

}  // namespace
}  // namespace assent

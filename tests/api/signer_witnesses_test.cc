// When a witness is down: what is published, said and counted.
#include "audit/signer_witnesses.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "core/file.h"
#include "tests/api/live_witness.h"
#include "tests/support/odd_server.h"

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
  Cosigning begin(std::uint64_t size, TenantId of) {
    return witnesses_->cosign(of, log.checkpoint(size), [this, size](std::uint64_t old_size) {
      return Result<HashPath>(log.proof(old_size, size));
    });
  }
  // What it comes to.
  std::optional<std::string> cosign(std::uint64_t size) { return cosign(size, tenant); }
  std::optional<std::string> cosign(std::uint64_t size, TenantId of) {
    auto cosigning = begin(size, of);
    if (cosigning.state == Cosigning::State::kAsked) {
      witnesses_->drain();
      cosigning = begin(size, of);
    }
    EXPECT_NE(cosigning.state, Cosigning::State::kAsked);
    if (cosigning.state != Cosigning::State::kEnough) return std::nullopt;
    return cosigning.note;
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

// A witness that takes a connection and says nothing.
class SilentWitness {
 public:
  SilentWitness()
      : server_("/add-checkpoint", [this](const httplib::Request&, httplib::Response&) {
          ++asked;
          std::unique_lock hold(mutex_);
          woken_.wait(hold, [this] { return ended_; });
        }) {}
  ~SilentWitness() { end(); }
  void end() {
    const std::lock_guard hold(mutex_);
    ended_ = true;
    woken_.notify_all();
  }
  std::uint16_t port() const { return server_.port(); }
  std::atomic<int> asked{0};

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  bool ended_ = false;
  OddServer server_;
};

TEST_F(SignerWitnessesTest, AnAnswerThatNobodyFetchesTakesNoPlace) {
  SignerWitnesses& asking = witnesses("w");
  TenantId of = tenant;
  for (std::uint8_t i = 0; i < SignerWitnesses::kLogsAtOnce; ++i) {
    of.value.bytes[15] = i;
    begin(0, of);
    asking.drain();
  }
  of.value.bytes[15] = SignerWitnesses::kLogsAtOnce;
  EXPECT_TRUE(cosign(0, of));
}

TEST_F(SignerWitnessesTest, NobodyWaitsForAWitnessThatSaysNothing) {
  SilentWitness silent;
  const std::string policy = "witness w " + format_vkey(witness.world.own) +
                             " http://127.0.0.1:" + std::to_string(silent.port()) + "\nquorum w\n";
  auto panel = WitnessPanel::open(*LogPolicy::parse(policy), {}, steady);
  ASSERT_TRUE(panel.ok());
  {
    SignerWitnesses beside(std::move(*panel), said, metrics_file);
    const auto ask = [&](TenantId of) {
      return beside
          .cosign(of, log.checkpoint(5), [](std::uint64_t) { return Result<HashPath>(HashPath{}); })
          .state;
    };
    // More logs than are asked for at a time: none of them is waited for, and each has its turn.
    std::vector<TenantId> logs;
    for (std::uint8_t i = 0; i < SignerWitnesses::kLogsAtOnce + 4; ++i) {
      TenantId of = tenant;
      of.value.bytes[15] = i;
      logs.push_back(of);
      EXPECT_EQ(ask(of), Cosigning::State::kAsked);
    }
    beside.wait(std::chrono::milliseconds(1));
    EXPECT_EQ(ask(logs[0]), Cosigning::State::kAsked);
    silent.end();
    beside.drain();
    std::size_t answered = 0;
    for (int round = 0; round < 3 && answered < logs.size(); ++round) {
      for (const TenantId of : logs) answered += ask(of) == Cosigning::State::kTooFew ? 1 : 0;
      beside.drain();
    }
    EXPECT_GE(answered, logs.size());
  }
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

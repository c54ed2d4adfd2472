// What the signer asks witnesses with, against real ones and against servers that mean no good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "audit/witness_panel.h"
#include "tests/api/live_witness.h"
#include "tests/api/own_certificate.h"
#include "tests/support/odd_server.h"

namespace assent {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

// A witness that answers as a test wants it to.
class OddWitness : public OddServer {
 public:
  explicit OddWitness(httplib::Server::Handler handler)
      : OddServer("/add-checkpoint", std::move(handler)) {}
};

std::string url(std::uint16_t port, const std::string& scheme = "http://127.0.0.1:") {
  return scheme + std::to_string(port);
}

class WitnessClientTest : public testing::Test {
 protected:
  WitnessPanel& panel(const std::string& policy, WitnessPanelConfig config = {}) {
    auto parsed = LogPolicy::parse("log " + format_vkey(log.vkey()) + "\n" + policy);
    EXPECT_TRUE(parsed.ok());
    auto opened = WitnessPanel::open(std::move(*parsed), config, steady);
    EXPECT_TRUE(opened.ok());
    return *panels_.emplace_back(std::move(*opened));
  }
  static std::string line(const std::string& name, const VerifierKey& key, const std::string& at) {
    return "witness " + name + " " + format_vkey(key) + " " + at + "\n";
  }
  WitnessRound ask(WitnessPanel& of, const WitnessedHistory& from, std::uint64_t size) {
    return of.cosign(from.checkpoint(size), [&, size](std::uint64_t old_size) {
      return Result<HashPath>(from.proof(old_size, size));
    });
  }
  // The only failure of a panel with this one witness.
  ErrorCode failure(const WitnessRound& round) {
    EXPECT_EQ(round.failed.size(), 1u);
    EXPECT_FALSE(round.quorum);
    EXPECT_EQ(parse_note(round.note)->signatures.size(), 1u);
    return round.failed.empty() ? ErrorCode::kBusy : round.failed[0].error.code;
  }
  ErrorCode failure_of(std::uint16_t port, std::chrono::milliseconds patience = 5s) {
    return failure(ask(panel(line("w", some_key, url(port)) + "quorum w\n", {patience}), log, 5));
  }

  const WitnessedHistory log{"a"};
  const WitnessedHistory fork{"b"};
  const VerifierKey some_key =
      verifier_key("witness.example/odd", kCosignatureType, log.key().public_key);
  FakeClock steady;

 private:
  std::vector<std::unique_ptr<WitnessPanel>> panels_;
};

TEST_F(WitnessClientTest, AGrowingLogIsCosignedAndItsPolicyAcceptsIt) {
  LiveWitness witness(log);
  WitnessPanel& one = panel(line("w", witness.world.own, url(witness.port())) + "quorum w\n");
  for (const std::uint64_t size : {0, 3, 3, 10}) {
    const WitnessRound round = ask(one, log, size);
    EXPECT_TRUE(round.quorum) << size;
    EXPECT_THAT(round.failed, IsEmpty());
    const auto head = parse_signed_checkpoint(round.note);
    ASSERT_TRUE(head.ok());
    EXPECT_EQ(check_signature(head->note, log.vkey()).state, SignatureState::kValid);
    EXPECT_EQ(check_signature(head->note, witness.world.own).state, SignatureState::kValid);
  }
  // What it knows is remembered: no request was sent in vain.
  EXPECT_EQ(witness.world.witness->count(WitnessOutcome::kOtherSize), 0u);
}

TEST_F(WitnessClientTest, WhoForgotWhatTheWitnessKnowsAsksAgainFromThere) {
  LiveWitness witness(log);
  const std::string policy = line("w", witness.world.own, url(witness.port()) + "/") + "quorum w\n";
  EXPECT_TRUE(ask(panel(policy), log, 5).quorum);
  EXPECT_TRUE(ask(panel(policy), log, 12).quorum);
  EXPECT_EQ(witness.world.witness->count(WitnessOutcome::kOtherSize), 1u);
}

TEST_F(WitnessClientTest, OneThatIsDownIsPassedOverAndMissedByTheQuorumThatNeedsIt) {
  LiveWitness up(log);
  LiveWitness down(log);
  down.down();
  const std::string policy =
      line("w1", up.world.own, url(up.port())) + line("w2", some_key, url(down.port()));
  const WitnessRound any = ask(panel(policy + "group g any w1 w2\nquorum g\n"), log, 5);
  EXPECT_TRUE(any.quorum);
  ASSERT_EQ(any.failed.size(), 1u);
  EXPECT_EQ(any.failed[0].witness, "w2");
  EXPECT_EQ(any.failed[0].error.code, ErrorCode::kUnavailable);
  const WitnessRound all = ask(panel(policy + "group g all w1 w2\nquorum g\n"), log, 5);
  EXPECT_FALSE(all.quorum);
  EXPECT_EQ(parse_note(all.note)->signatures.size(), 2u);
}

TEST_F(WitnessClientTest, OneThatComesBackIsAskedAgainAfterAPauseThatGrows) {
  LiveWitness witness(log);
  WitnessPanel& one = panel(line("w", witness.world.own, url(witness.port())) + "quorum w\n");
  EXPECT_TRUE(ask(one, log, 3).quorum);
  witness.down();
  EXPECT_EQ(failure(ask(one, log, 5)), ErrorCode::kUnavailable);
  steady.advance_us(kSecondUs);
  EXPECT_EQ(failure(ask(one, log, 5)), ErrorCode::kUnavailable);
  witness.up();
  steady.advance_us(kSecondUs);  // The second pause is two seconds.
  EXPECT_EQ(failure(ask(one, log, 6)), ErrorCode::kUnavailable);
  EXPECT_EQ(witness.world.witness->logs().at(0).size, 3u);
  steady.advance_us(kSecondUs);
  EXPECT_TRUE(ask(one, log, 7).quorum);
}

TEST_F(WitnessClientTest, AWitnessThatHoldsAnotherHistoryIsNotAnOutage) {
  LiveWitness witness(log);
  const std::string policy = line("w", witness.world.own, url(witness.port())) + "quorum w\n";
  EXPECT_TRUE(ask(panel(policy), fork, 5).quorum);
  EXPECT_EQ(failure(ask(panel(policy), log, 9)), ErrorCode::kCorrupt);
  EXPECT_EQ(failure(ask(panel(policy), log, 3)), ErrorCode::kCorrupt);  // It has seen more.
}

TEST_F(WitnessClientTest, AWitnessThatRefusesOneLogIsAskedForAnotherAtOnce) {
  LiveWitness witness(log);
  const WitnessedHistory unknown("a", 1, "cdp.example/other/log1");
  WitnessPanel& one = panel(line("w", witness.world.own, url(witness.port())) + "quorum w\n");
  EXPECT_EQ(failure(ask(one, unknown, 5)), ErrorCode::kDenied);
  EXPECT_TRUE(ask(one, log, 5).quorum);
  EXPECT_EQ(failure(ask(one, unknown, 6)), ErrorCode::kDenied);
  EXPECT_EQ(witness.world.witness->count(WitnessOutcome::kUnknownLog), 1u);  // It has its pause.
  steady.advance_us(kSecondUs);
  EXPECT_EQ(failure(ask(one, unknown, 6)), ErrorCode::kDenied);
  EXPECT_EQ(witness.world.witness->count(WitnessOutcome::kUnknownLog), 2u);
}

TEST_F(WitnessClientTest, AWitnessThatDoesNotKnowTheLogSaysSo) {
  LiveWitness witness(WitnessedHistory("a", 1, "cdp.example/other/log1"));
  WitnessPanel& one = panel(line("w", witness.world.own, url(witness.port())) + "quorum w\n");
  EXPECT_EQ(failure(ask(one, log, 5)), ErrorCode::kDenied);
}

TEST_F(WitnessClientTest, ACosignatureOfAnotherKeyCountsForNothing) {
  LiveWitness witness(log);
  EXPECT_EQ(failure_of(witness.port()), ErrorCode::kInvalid);
  const OddWitness nonsense([](const httplib::Request&, httplib::Response& answer) {
    answer.set_content("\u2014 witness.example/odd AAAA\n", "text/plain");
  });
  EXPECT_EQ(failure_of(nonsense.port()), ErrorCode::kInvalid);
  const OddWitness text([](const httplib::Request&, httplib::Response& answer) {
    answer.set_content("\n\nanother note\n", "text/plain");
  });
  EXPECT_EQ(failure_of(text.port()), ErrorCode::kInvalid);
}

TEST_F(WitnessClientTest, ARedirectIsNotFollowed) {
  LiveWitness witness(log);
  const OddWitness odd([&](const httplib::Request&, httplib::Response& answer) {
    answer.set_redirect(url(witness.port()) + "/add-checkpoint", 307);
  });
  WitnessPanel& one = panel(line("w", witness.world.own, url(odd.port())) + "quorum w\n");
  EXPECT_EQ(failure(ask(one, log, 5)), ErrorCode::kInvalid);
  EXPECT_EQ(witness.world.witness->logs().at(0).size, 0u);
}

TEST_F(WitnessClientTest, SizesThatChangeWithEachAnswerAreNotFollowedForEver) {
  std::atomic<int> asked{0};
  const OddWitness odd([&](const httplib::Request&, httplib::Response& answer) {
    answer.status = 409;
    answer.set_content(std::to_string(++asked) + "\n", "text/x.tlog.size");
  });
  EXPECT_EQ(failure_of(odd.port()), ErrorCode::kInvalid);
  EXPECT_EQ(asked, 3);
  const OddWitness spelled([&](const httplib::Request&, httplib::Response& answer) {
    answer.status = 409;
    answer.set_content("05\n", "text/x.tlog.size");
  });
  EXPECT_EQ(failure_of(spelled.port()), ErrorCode::kInvalid);
}

TEST_F(WitnessClientTest, AnAnswerWithoutEndIsCut) {
  const OddWitness large([](const httplib::Request&, httplib::Response& answer) {
    answer.set_content(std::string(kNoteBytesMax + 1, '\n'), "text/plain");
  });
  EXPECT_EQ(failure_of(large.port()), ErrorCode::kUnavailable);
  // One byte now and then, for ever: without a deadline in all this test would not end.
  const OddWitness drip([](const httplib::Request&, httplib::Response& answer) {
    answer.set_chunked_content_provider("text/plain", [](std::size_t, httplib::DataSink& sink) {
      std::this_thread::sleep_for(10ms);
      return sink.write("\n", 1);
    });
  });
  EXPECT_EQ(failure_of(drip.port(), 200ms), ErrorCode::kUnavailable);
}

TEST_F(WitnessClientTest, TlsIsSpokenWithWhomTheCertificatesVouchFor) {
  const OwnCertificate certificate;
  LiveWitness witness(log, certificate.files());
  const std::string policy =
      line("w", witness.world.own, url(witness.port(), "https://localhost:")) + "quorum w\n";
  EXPECT_TRUE(ask(panel(policy, {5s, certificate.files().certificate_chain}), log, 5).quorum);
  EXPECT_EQ(failure(ask(panel(policy), log, 6)), ErrorCode::kUnavailable);  // Unknown issuer.
  const std::string by_address =
      line("w", witness.world.own, url(witness.port(), "https://127.0.0.1:")) + "quorum w\n";
  EXPECT_EQ(failure(ask(panel(by_address, {5s, certificate.files().certificate_chain}), log, 6)),
            ErrorCode::kUnavailable);
}

TEST_F(WitnessClientTest, AUrlIsSchemeHostAndPrefix) {
  for (const auto* wrong : {"", "witness.example", "ftp://witness.example", "http://", "http:///x",
                            "http://user@witness.example", "http://witness.example?x"}) {
    EXPECT_FALSE(WitnessClient::open({"w", some_key, wrong}).ok()) << wrong;
  }
  EXPECT_TRUE(WitnessClient::open({"w", some_key, "https://witness.example:8443/a/b/"}).ok());
  VerifierKey unknown_type = some_key;
  unknown_type.type = 0x06;
  EXPECT_FALSE(WitnessClient::open({"w", unknown_type, "https://witness.example"}).ok());
}

TEST_F(WitnessClientTest, AWitnessWithoutAUrlIsNotAskedAndStillMissed) {
  const std::string vkey = format_vkey(some_key);
  const WitnessRound needed = ask(panel("witness w " + vkey + "\nquorum w\n"), log, 5);
  EXPECT_FALSE(needed.quorum);
  EXPECT_THAT(needed.failed, IsEmpty());
  EXPECT_TRUE(ask(panel("witness w " + vkey + "\nquorum none\n"), log, 5).quorum);
}

}  // namespace
}  // namespace assent

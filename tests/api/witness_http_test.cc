// The witness over HTTP, and what it has in common with server and verifier.
#include <gtest/gtest.h>
#include <httplib.h>

#include "api/server.h"
#include "api/traffic.h"
#include "api/witness/commands.h"
#include "api/witness/witness_routes.h"
#include "audit/log_policy.h"
#include "core/nlohmann.h"
#include "core/random.h"
#include "tests/api/witness_world.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

class WitnessHttpTest : public testing::Test {
 protected:
  WitnessHttpTest() {
    world_.know(log_.vkey());
    EXPECT_TRUE(world_.restart().ok());
    router_ = make_witness_routes(*world_.witness);
    server_.emplace(ServerConfig{}, router_, world_.clock, random_, world_.log, traffic_);
    EXPECT_TRUE(server_->start().ok());
    client_.emplace("127.0.0.1", server_->port());
  }

  httplib::Result post(const std::string& body) {
    return client_->Post("/add-checkpoint", body, "text/plain");
  }
  int status(const std::string& body) { return post(body)->status; }

  WitnessWorld world_;
  const WitnessedHistory log_{"a"};
  const WitnessedHistory fork_{"b"};
  Router router_;
  SystemRandom random_;
  Traffic traffic_;
  std::optional<Server> server_;
  std::optional<httplib::Client> client_;
};

TEST_F(WitnessHttpTest, EveryOutcomeHasTheStatusOfTheSpecification) {
  const WitnessedHistory stranger("a", 9);
  const WitnessedHistory unknown("a", 1, "cdp.example/other/log1");
  EXPECT_EQ(status("old 1"), 400);
  EXPECT_EQ(status(unknown.request(0, 3)), 404);
  EXPECT_EQ(status(stranger.request(0, 3)), 403);
  EXPECT_EQ(status(log_.request(0, 5)), 200);
  EXPECT_EQ(status(format_add_checkpoint(6, {}, log_.checkpoint(5))), 400);
  EXPECT_EQ(status(fork_.request(5, 8)), 422);
  EXPECT_EQ(status(fork_.request(5, 5)), 422);
  EXPECT_EQ(status(log_.request(4, 8)), 409);
  EXPECT_EQ(status(std::string(kNoteBytesMax + 1, 'x')), 413);
  EXPECT_EQ(client_->Get("/add-checkpoint")->status, 405);
}

TEST_F(WitnessHttpTest, AConflictTellsTheSizeInItsOwnMediaType) {
  ASSERT_EQ(status(log_.request(0, 5)), 200);
  const auto answer = post(log_.request(0, 8));
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->body, "5\n");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/x.tlog.size");
}

TEST_F(WitnessHttpTest, TheAnswerBehindTheCheckpointIsACosignedNote) {
  const auto answer = post(log_.request(0, 5));
  ASSERT_EQ(answer->status, 200);
  const auto note = parse_note(log_.checkpoint(5) + answer->body);
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(check_signature(*note, world_.own).state, SignatureState::kValid);
}

TEST_F(WitnessHttpTest, TheNewestCosignedCheckpointIsThereForMonitors) {
  const std::string path = "/" + origin_hash(log_.origin()) + "/checkpoint";
  EXPECT_EQ(client_->Get(path)->status, 404);
  const auto answer = post(log_.request(0, 5));
  EXPECT_EQ(client_->Get(path)->body, log_.checkpoint(5) + answer->body);
  EXPECT_EQ(client_->Get("/" + std::string(64, '0') + "/checkpoint")->status, 404);
}

TEST_F(WitnessHttpTest, MetricsTellSizesAndRefusalsByReason) {
  status(log_.request(0, 5));
  status(fork_.request(5, 5));
  status("x");
  const std::string text = client_->Get("/metrics")->body;
  const auto has = [&](std::string_view line) { return text.find(line) != std::string::npos; };
  EXPECT_TRUE(has("assent_witness_log_size{origin=\"cdp.example/acme/log1\"} 5\n"));
  EXPECT_TRUE(has("assent_witness_cosigned_total{origin=\"cdp.example/acme/log1\"} 1\n"));
  EXPECT_TRUE(has("assent_witness_log_contradicted{origin=\"cdp.example/acme/log1\"} 1\n"));
  EXPECT_TRUE(has("assent_witness_refused_total{reason=\"inconsistent\"} 1\n"));
  EXPECT_TRUE(has("assent_witness_refused_total{reason=\"malformed\"} 1\n"));
  EXPECT_TRUE(has("assent_witness_refused_total{reason=\"other_size\"} 0\n"));
  EXPECT_FALSE(has("reason=\"cosigned\""));
}

TEST(WitnessAddressTest, AnAddressIsReadWithItsPort) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8091")->port, 8091);
  EXPECT_EQ(parse_listen_address("[::1]:0")->host, "::1");
  for (const auto* wrong : {"", "8091", ":8091", "127.0.0.1:", "127.0.0.1:99999", "h:80x"}) {
    EXPECT_FALSE(parse_listen_address(wrong)) << wrong;
  }
}

// The set fixes no right answers (tests/audit/vectors_test.cc has ours). What must not be is that
// one program of ours takes a signature that another refuses.
TEST(CctvTest, ServerWitnessAndVerifierGiveTheSame914Answers) {
  crypto_ready();
  const auto suite = nlohmann::json::parse(read_golden("cctv/ed25519vectors.json"));
  std::string server;
  std::string witness;
  std::string verifier;
  for (const auto& test : suite) {
    const Bytes public_key = *from_hex(test.at("key").get<std::string>());
    const Bytes signature = *from_hex(test.at("sig").get<std::string>());
    Hash32 key{};
    if (public_key.size() == key.size()) std::ranges::copy(public_key, key.begin());
    const VerifierKey log = verifier_key("cdp.example/acme/log1", kEd25519Type, key);
    const Note note{test.at("msg"), {{log.name, log.id, signature}}};
    const auto policy = LogPolicy::parse("log " + format_vkey(log) + "\nquorum none\n");
    ASSERT_TRUE(policy.ok());
    const auto bit = [](SignatureState s) { return s == SignatureState::kValid ? '1' : '0'; };
    server += verify_signature(key, as_bytes(note.text), signature) ? '1' : '0';
    witness += bit(log_signatures(note, std::span(&log, 1)).state);
    verifier += bit(policy->signer_of(note, log.name).state);
  }
  EXPECT_EQ(server.size(), 914u);
  EXPECT_EQ(std::ranges::count(server, '1'), 43);
  EXPECT_EQ(witness, server);
  EXPECT_EQ(verifier, server);
}

}  // namespace
}  // namespace assent

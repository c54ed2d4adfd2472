
#include "audit/signer.h"
#include "audit/tlog_proof.h"
#include "core/nlohmann.h"
#include "tests/api/api_world.h"

// What a critical act answers about its receipt, below the server that waits for it.
namespace assent {
namespace {

using Json = nlohmann::json;

const std::string kPlace = "/v1/log/proofs/";
const std::string kRecipient =
    R"("role":"processor","country":"DE","contracts":[],"fields":[],"duties":[]})";

class ReceiptTest : public ::testing::Test {
 protected:
  // Numbers the log and signs it, as the sequencer and the signer would.
  void sign() {
    const auto signer = Signer::open(
        signer_role_, signing_key_from_seed(Bytes(32, 7)),
        {installation_origin("test.example"), state_.path(), world_.services().config.published});
    ASSERT_TRUE(signer.ok()) << signer.error().reason.view();
    ASSERT_TRUE(world_.services().number_log(world_.tenant()).ok());
    ASSERT_TRUE((*signer)->run_once().ok());
  }
  Response token() {
    return world_.as("administrator", Method::kPost, "/v1/tokens",
                     R"({"name":"a","role":"officer"})");
  }

  ApiWorld world_;
  TemporaryDirectory state_;
  Database signer_role_{TestClusters::instance().data("assent_signer"), world_.services().clock};
};

TEST_F(ReceiptTest, BeforeTheCheckpointItIsNullAndItsPlaceIsNamed) {
  Response made = token();
  ASSERT_EQ(made.status, 201);
  const Json before = Json::parse(made.body);
  EXPECT_TRUE(before.at("receipt").is_null());
  const auto place = before.at("receipt_at").get<std::string>();
  ASSERT_TRUE(place.starts_with(kPlace));
  EXPECT_TRUE(EventId::parse(place.substr(kPlace.size())));
  EXPECT_FALSE(made.late(made));
  EXPECT_EQ(Json::parse(made.body), before);
}

TEST_F(ReceiptTest, TheCheckpointPutsItInAndLeavesTheRestAsItIs) {
  Response made = token();
  Json expected = Json::parse(made.body);
  sign();
  ASSERT_TRUE(made.late(made));
  const Json after = Json::parse(made.body);
  EXPECT_TRUE(parse_tlog_proof(after.at("receipt").get<std::string>()).ok());
  expected["receipt"] = after.at("receipt");
  EXPECT_EQ(after, expected);
}

TEST_F(ReceiptTest, EveryCriticalActHasOne) {
  const std::string id = Json::parse(token().body).at("id");
  for (const Response& answer :
       {world_.as("administrator", Method::kDelete, "/v1/tokens/" + id),
        world_.as("officer", Method::kPost, "/v1/recipients", R"({"name":"post",)" + kRecipient)}) {
    EXPECT_LT(answer.status, 300) << answer.body;
    const Json body = Json::parse(answer.body);
    EXPECT_TRUE(body.at("receipt").is_null());
    EXPECT_TRUE(body.at("receipt_at").get<std::string>().starts_with(kPlace));
    EXPECT_TRUE(answer.late);
  }
}

TEST_F(ReceiptTest, TheProofOfAnEventIsWaitedForWithoutAWorker) {
  const std::string place = Json::parse(token().body).at("receipt_at");
  Response proof = world_.as("marketer", Method::kGet, place);
  EXPECT_EQ(proof.status, 503);
  ASSERT_TRUE(proof.late);
  const LateAddition look = proof.late;
  EXPECT_FALSE(look(proof));
  sign();
  EXPECT_TRUE(look(proof));
  EXPECT_EQ(proof.status, 200);
  EXPECT_TRUE(parse_tlog_proof(proof.body).ok());
  EXPECT_EQ(world_.as("marketer", Method::kGet, place).body, proof.body);
}

TEST_F(ReceiptTest, AnExportNamesThePlaceOfItsReceipt) {
  token();
  sign();
  const Response bundle = world_.as("auditor", Method::kGet, "/v1/log/bundle");
  EXPECT_EQ(bundle.status, 200);
  EXPECT_TRUE(bundle.headers.find("X-Assent-Receipt-At").value_or("").starts_with(kPlace));
}

}  // namespace
}  // namespace assent

#include <gtest/gtest.h>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "audit/tlog_proof.h"
#include "core/digest.h"
#include "core/nlohmann.h"
#include "rights/certificate_text.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

using Json = nlohmann::json;

class CertificateTest : public ::testing::Test {
 protected:
  CertificateTest() {
    world.contacts("shop", "1,Anna,Ivanova,anna@example.com,+79990000001,1980-01-02,yes\n");
    record = world.record("shop", "1");
    request = world.erase(RightsWorld::by_email("anna@example.com"));
    auto read = world.service().certificate(world.tenant, world.act, request);
    if (!read.ok()) throw std::runtime_error(std::string(read.error().reason.view()));
    text = std::string(read->reveal());
    body = Json::parse(text);
  }
  RightsWorld world;
  RecordId record;
  RequestId request;
  std::string text;
  Json body;
};

TEST_F(CertificateTest, ItHasEveryFieldOfTheActAndOfTheExport) {
  for (const char* key : {"operator", "processors", "subjects", "executors", "categories",
                          "paper_carriers", "ispdn", "method", "reason", "destroyed_at"}) {
    EXPECT_TRUE(body.contains(key)) << key;
  }
  for (const char* key : {"subject", "categories", "ispdn", "reason", "destroyed_at"}) {
    EXPECT_TRUE(body["journal_export"].contains(key)) << key;
  }
  EXPECT_EQ(body["subjects"][0]["number"], record.text());
  EXPECT_EQ(body["request"], request.text());
}

TEST_F(CertificateTest, ItNamesTheCategoriesAndNeverAValue) {
  const auto categories = body["categories"].get<std::set<std::string>>();
  EXPECT_TRUE(categories.contains("contact_points"));
  EXPECT_TRUE(categories.contains("first_name"));
  EXPECT_FALSE(categories.contains("patronymic"));
  for (const char* value : {"Anna", "Ivanova", "anna@example.com", "79990000001"}) {
    EXPECT_EQ(text.find(value), std::string::npos) << value;
  }
}

TEST_F(CertificateTest, ThePromiseIsTwoStaged) {
  ASSERT_EQ(body["stages"].size(), 2U);
  const auto at = parse_rfc3339(body["stages"][0]["at"].get<std::string>());
  EXPECT_TRUE(at);
  // When a burn ends nobody knows; when it is due the safe does: as the epoch is thirty days old.
  EXPECT_TRUE(body["stages"][1]["at_latest"].is_null());
  EXPECT_EQ(body["stages"][1]["epoch"], 1);
  EXPECT_EQ(body["stages"][1]["state"].get<std::string>().substr(0, 7), "not yet");
  Tx tx(world.safe, world.tenant);
  const Timestamp begun = tx.query("SELECT begun_at FROM key_epoch WHERE epoch = 1")[0].time(0);
  EXPECT_EQ(body["stages"][1]["due"], to_rfc3339({begun.us + 30 * kDayUs}));
}

TEST_F(CertificateTest, EachStageSaysWhatItConsistsOf) {
  EXPECT_EQ(body["stages"][0]["steps"],
            Json::array({"the keys of the data are destroyed", "the rows are deleted"}));
  EXPECT_EQ(body["stages"][1]["steps"].size(), 2U);
  const auto english = certificate_text(Plaintext(text), Language::kEnglish);
  ASSERT_TRUE(english.ok());
  for (const Json& stage : body["stages"]) {
    for (const Json& step : stage["steps"]) {
      EXPECT_NE(english->reveal().find(step.get<std::string>()), std::string_view::npos) << step;
    }
  }
  EXPECT_NE(
      english->reveal().find("of epoch 1 is due on " + body["stages"][1]["due"].get<std::string>()),
      std::string_view::npos);
}

// As a version before the destroyer and before epochs issued it.
TEST_F(CertificateTest, ACertificateOfBeforeIsPrintedInRussianWithoutEnglish) {
  Json old = body;
  old["executors"][0]["position"] = "automatic: the erasure worker";
  for (Json& stage : old["stages"]) {
    stage.erase("steps");
    stage.erase("due");
  }
  for (const char* state :
       {"not yet: the epoch key that wrapped the destroyed keys is not yet destroyed; a later "
        "certificate will say when it was",
        "not yet: the epoch key that wrapped the destroyed keys is still to be destroyed; the "
        "installation's log says when"}) {
    old["stages"][1]["state"] = state;
    const auto russian = certificate_text(Plaintext(old.dump()), Language::kRussian);
    ASSERT_TRUE(russian.ok());
    for (const char* word : {"the ", "not yet", "worker"}) {
      EXPECT_EQ(russian->reveal().find(word), std::string_view::npos) << russian->reveal();
    }
  }
}

TEST_F(CertificateTest, TheDestroyedKeysAreThoseThatTheSignedLogCommitsTo) {
  const auto bytes = from_base64(body["log"]["leaf"].get<std::string>());
  ASSERT_TRUE(bytes);
  const auto leaf = decode(*bytes);
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->event, AuditEvent::kKeyDestroyed);
  EXPECT_EQ(leaf->object, request.value);

  Bytes committed;
  put(committed, std::string_view("assent.keys_destroyed.v1\0", 25));
  std::size_t keys = 0;
  for (const Json& unit : body["keys_destroyed"]) {
    for (const Json& commitment : unit["commitments"]) {
      put(committed, *from_hex(commitment.get<std::string>()));
      ++keys;
    }
  }
  EXPECT_EQ(keys, 1U);
  EXPECT_EQ(leaf->result_count, keys);
  EXPECT_EQ(leaf->record_hash, sha256(committed));

  const auto proof = parse_tlog_proof(body["log"]["proof"].get<std::string>());
  ASSERT_TRUE(proof.ok());
  const auto head = parse_signed_checkpoint(proof->checkpoint);
  ASSERT_TRUE(head.ok());
  EXPECT_TRUE(verify_inclusion(proof->index, head->checkpoint.size, leaf_hash(*bytes), proof->path,
                               head->checkpoint.root));
}

TEST_F(CertificateTest, ItsSaltedHashIsInTheLog) {
  const auto closed = world.leaves_of(AuditEvent::kRequestClosed);
  ASSERT_EQ(closed.size(), 1U);
  Hash32 salt{};
  const auto bytes = from_hex(body["salt"].get<std::string>());
  std::copy(bytes->begin(), bytes->end(), salt.begin());
  EXPECT_EQ(closed[0].detail_hash, detail_hash(salt, as_bytes(text)));
}

TEST_F(CertificateTest, WhatIsKeptIsNamedWithWhyAndUntilWhen) {
  std::map<std::string, Json> kept;
  for (const Json& one : body["kept"]) kept[one["what"]] = one;
  for (const char* what : {"consent_event", "suppression", "erasure_marker", "certificate"}) {
    ASSERT_TRUE(kept.contains(what)) << what;
    EXPECT_FALSE(kept[what]["why"].get<std::string>().empty());
  }
  EXPECT_TRUE(parse_rfc3339(kept["certificate"]["until"].get<std::string>()));
  for (const auto& [what, one] : kept) {
    EXPECT_FALSE(one["until"].get<std::string>().empty()) << what;  // A date, or words.
  }
  EXPECT_FALSE(kept.contains("consent_evidence"));  // There was none.
}

TEST_F(CertificateTest, ReadingItIsInTheLog) {
  bool is_read = false;
  for (const Leaf& leaf : world.leaves_of(AuditEvent::kRecordRead)) {
    is_read |= leaf.object_kind == ObjectKind::kRequest && leaf.object == request.value;
  }
  EXPECT_TRUE(is_read);
}

TEST_F(CertificateTest, ItLivesUnderItsOwnKeyForThreeYears) {
  world.clock.advance_days(3 * 365 - 1);
  EXPECT_TRUE(world.service().certificate(world.tenant, world.act, request).ok());
  world.clock.advance_days(2);
  EXPECT_EQ(world.service().certificate(world.tenant, world.act, request).error().code,
            ErrorCode::kNotFound);
}

// Evidence is kept under its own key until its term is over; no job ends it yet, and that is said.
TEST(KeptEvidenceTest, ItsTermIsADateThatTheTextShows) {
  RightsWorld world;
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  const std::vector<Uuid> anna{world.record("shop", "1").value};
  ASSERT_TRUE(world.keys.create(world.tenant, anna, KeyPurpose::kConsentEvidence).ok());
  const RequestId request = world.erase(RightsWorld::by_email("anna@example.com"));
  const auto read = world.service().certificate(world.tenant, world.act, request);
  ASSERT_TRUE(read.ok());
  const Json kept = Json::parse(read->reveal())["kept"][0];
  EXPECT_EQ(kept["what"], "consent_evidence");
  const std::string ends = to_rfc3339({world.clock.now().us + 1095 * kDayUs});
  EXPECT_EQ(kept["term_ends"], ends);
  const auto shown = certificate_text(*read, Language::kRussian);
  ASSERT_TRUE(shown.ok());
  EXPECT_NE(shown->reveal().find("срок истекает " + ends), std::string_view::npos);
}

TEST(CertificateWaitTest, ItWaitsForTheLogsCheckpoint) {
  RightsWorld world;
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  const auto request =
      world.service().request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"));
  ASSERT_TRUE(request.ok());
  world.destroy_keys();
  const auto round = EraseWorker(world.rights()).run_once(world.tenant);
  ASSERT_TRUE(round.ok());
  EXPECT_EQ(round->erased, 1U);
  EXPECT_EQ(round->waiting_for_keys, 0U);
  EXPECT_EQ(round->waiting, 1U);
  EXPECT_EQ(world.service().status(world.tenant, request->id)->state, RequestState::kCertifying);
  EXPECT_EQ(world.service().certificate(world.tenant, world.act, request->id).error().code,
            ErrorCode::kNotFound);
  world.run_log();
  EXPECT_EQ(EraseWorker(world.rights()).run_once(world.tenant)->completed, 1U);
}

TEST(CertificateWaitTest, ARequestThatNobodyMadeHasNone) {
  RightsWorld world;
  const RequestId unknown{Uuid::v4(world.random)};
  EXPECT_EQ(world.service().status(world.tenant, unknown).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(world.service().certificate(world.tenant, world.act, unknown).error().code,
            ErrorCode::kNotFound);
}

TEST_F(CertificateTest, ItsTextForPeopleIsInEitherLanguageAndTheCertificateTheSame) {
  const auto russian = certificate_text(Plaintext(text), Language::kRussian);
  const auto english = certificate_text(Plaintext(text), Language::kEnglish);
  ASSERT_TRUE(russian.ok() && english.ok());
  const std::string act(russian->reveal());
  for (const std::string& part :
       {std::string("Акт об уничтожении персональных данных"),
        std::string("требование субъекта персональных данных"), std::string("имя, фамилия"),
        record.text(), request.text(), body["destroyed_at"].get<std::string>()}) {
    EXPECT_NE(act.find(part), std::string::npos) << part << " in\n" << act;
  }
  EXPECT_NE(english->reveal().find("demand of the person"), std::string_view::npos);
  auto again = world.service().certificate(world.tenant, world.act, request);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->reveal(), text);
}

TEST_F(CertificateTest, NoEnglishIsLeftInItsRussianText) {
  const auto russian = certificate_text(Plaintext(text), Language::kRussian);
  ASSERT_TRUE(russian.ok());
  // Ids, instants, the names of the controller and of the log are the same in each language.
  for (const char* word : {"the ", "and ", "_", "operator", "executors", "erasure"}) {
    EXPECT_EQ(russian->reveal().find(word), std::string_view::npos) << word << " in\n"
                                                                    << russian->reveal();
  }
}

TEST(CertificateTextTest, WhatIsNoCertificateIsRefused) {
  for (const char* other : {"", "{}", "[]", "null", R"({"request":7})"}) {
    const auto told = certificate_text(Plaintext(other), Language::kRussian);
    ASSERT_FALSE(told.ok()) << other;
    EXPECT_EQ(told.error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace assent

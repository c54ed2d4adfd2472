
#include "core/nlohmann.h"
#include "tests/api/api_world.h"

// Decisions, reads of a profile and the history of consents, through the routes.
namespace assent {
namespace {

using Json = nlohmann::json;

class PeopleTest : public testing::Test {
 protected:
  PeopleTest() {
    const Response answer =
        world_.as("integrator", Method::kPost, "/v1/sources/shop/imports?mapping=contacts",
                  "external_id,first_name,last_name,email,phone,country\n"
                  "1,Anna,Muster,anna@example.com,+4915112345678,DE\n"
                  "2,Anna,Muster,anna@example.com,,DE\n"
                  "3,Boris,Beispiel,boris@example.com,,DE\n");
    EXPECT_EQ(answer.status, 200) << answer.body;
  }

  Json post(const std::string& role, const std::string& path, const Json& body, int status = 200) {
    const Response answer = world_.as(role, Method::kPost, path, body.dump());
    EXPECT_EQ(answer.status, status) << answer.body;
    return Json::parse(answer.body);
  }
  Json decide(const std::string& channel, const std::string& purpose = "direct_marketing") {
    return post("marketer", "/v1/decisions",
                {{"identifier", anna()}, {"purpose", purpose}, {"channel", channel}});
  }
  // Of the one person who holds the address.
  Json decisions(const std::string& channel, const std::string& purpose = "direct_marketing") {
    const Json answer = decide(channel, purpose);
    EXPECT_EQ(answer["people"].size(), 1u);
    Json all = answer["people"][0]["decisions"];
    EXPECT_EQ(all.empty(), channel == "push");
    return all;
  }
  void say(const std::string& action, const std::string& channel, const std::string& notice = "") {
    Json body{{"identifier", anna()},
              {"purpose", "direct_marketing"},
              {"action", action},
              {"reference", action + channel}};
    if (!channel.empty()) body["channel"] = channel;
    if (!notice.empty()) body["notice"] = notice;
    post("officer", "/v1/consents", body);
  }
  void allow_email() {
    say("give", "", "eu-processing-2025");
    say("give", "email", "eu-email-2025");
  }
  std::string profile() {
    return post("officer", "/v1/searches", {{"identifier", anna()}})["people"][0]["profile"];
  }
  static Json anna() { return {{"kind", "email"}, {"value", "Anna@Example.com"}}; }

  std::int64_t leaves(AuditEvent event) {
    std::int64_t count = 0;
    auto counted = in_tx(world_.services().data, world_.tenant(), [&](Tx& tx) -> Status {
      const Rows rows = tx.query("SELECT leaf FROM audit_outbox WHERE tenant = $1", {tx.tenant()});
      for (const auto& row : rows) {
        auto leaf = decode(row.view(0));
        if (leaf.ok() && leaf->event == event) ++count;
      }
      return Unit{};
    });
    EXPECT_TRUE(counted.ok());
    return count;
  }

  ApiWorld world_;
};

TEST_F(PeopleTest, WithoutConsentADecisionDeniesAndCitesTheRule) {
  const Json answer = decide("email");
  ASSERT_EQ(answer["people"].size(), 1u) << answer;
  EXPECT_EQ(answer["policy_hash"].get<std::string>().size(), 64u);
  ASSERT_FALSE(answer["people"][0]["decisions"].empty());
  for (const Json& one : answer["people"][0]["decisions"]) {
    EXPECT_FALSE(one["permitted"]);
    EXPECT_NE(one["reason"], "OK");
    EXPECT_FALSE(one["citation"].get<std::string>().empty());
    EXPECT_FALSE(one["policies"].empty());
  }
}

TEST_F(PeopleTest, ADecisionFollowsConsentAndObjectionAtOnce) {
  allow_email();
  const Json allowed = decisions("email");
  EXPECT_TRUE(std::ranges::any_of(allowed, [](const Json& one) {
    return one["permitted"] == true && one["reason"] == "OK";
  })) << allowed;
  say("object", "");
  for (const Json& one : decisions("email")) {
    EXPECT_EQ(one["reason"], "OBJECTION_DM");
  }
}

TEST_F(PeopleTest, ADecisionForARecipientSaysWhatItsReleaseWould) {
  allow_email();
  Json contract{{"name", "abroad"},           {"role", "processor"},   {"country", "US"},
                {"contracts", Json::array()}, {"fields", {"contact"}}, {"duties", Json::array()}};
  post("administrator", "/v1/recipients", contract, 201);
  Json question{{"identifier", anna()},
                {"purpose", "direct_marketing"},
                {"channel", "email"},
                {"recipient", "abroad"}};
  const Json answer = post("marketer", "/v1/decisions", question);
  for (const Json& one : answer["people"][0]["decisions"]) {
    EXPECT_FALSE(one["permitted"]) << one;
    EXPECT_FALSE(one["citation"].get<std::string>().empty()) << one;
  }
  question["recipient"] = "nobody";
  post("marketer", "/v1/decisions", question, 400);
}

TEST_F(PeopleTest, ConsentToOneChannelPermitsNoOther) {
  allow_email();
  for (const Json& one : decisions("sms")) EXPECT_FALSE(one["permitted"]);
  EXPECT_TRUE(decisions("push").empty());
}

TEST_F(PeopleTest, ADecisionSaysWhatThePermitSays) {
  allow_email();
  const auto id = ProfileId::parse(profile());
  auto stored =
      in_tx(world_.services().data, world_.tenant(), [&](Tx& tx) -> Result<std::vector<PermitRow>> {
        return PermitDeriver::stored(tx, std::array{*id});
      });
  ASSERT_TRUE(stored.ok());
  std::size_t said = 0;
  for (const std::string channel : {"email", "sms", "phone_live"}) {
    const Json answer =
        post("officer", "/v1/decisions",
             {{"profile", id->text()}, {"purpose", "direct_marketing"}, {"channel", channel}});
    for (const Json& one : answer["people"][0]["decisions"]) {
      ++said;
      EXPECT_TRUE(std::ranges::any_of(*stored, [&](const PermitRow& row) {
        return channel_name(row.channel) == channel && one["record"] == row.record.text() &&
               one["permitted"] == row.permitted && one["reason"] == reason_name(row.reason).view();
      })) << one;
    }
  }
  EXPECT_EQ(said, stored->size());
}

TEST_F(PeopleTest, APurposeWithoutRulesOfSendingIsDenied) {
  allow_email();
  for (const Json& one : decisions("email", "service")) {
    EXPECT_EQ(one["reason"], "NO_POLICY");
  }
}

TEST_F(PeopleTest, NobodyIsAnEmptyListAndAForeignProfileIsNotThere) {
  const Json nobody = post("marketer", "/v1/decisions",
                           {{"identifier", {{"kind", "email"}, {"value", "who@example.com"}}},
                            {"purpose", "direct_marketing"},
                            {"channel", "email"}});
  EXPECT_TRUE(nobody["people"].empty());
  const Json order{{"profile", profile()}, {"purpose", "direct_marketing"}, {"channel", "email"}};
  const auto other = world_.new_tenant();
  const auto token = world_.services().tokens.create(
      other.info.tenant, {}, {"o", "officer", {}, {world_.services().clock.now().us + kDayUs}});
  ASSERT_TRUE(token.ok());
  const std::string theirs(token->secret.reveal());
  EXPECT_EQ(world_.call(Method::kPost, "/v1/decisions", theirs, order.dump()).status, 404);
  const Json read{{"fields", {"email"}}, {"reason", "curious"}};
  EXPECT_EQ(
      world_.call(Method::kPost, "/v1/profiles/" + profile() + "/read", theirs, read.dump()).status,
      404);
}

TEST_F(PeopleTest, ADecisionWantsAnIdentifierOrAProfileAndNotBoth) {
  Json order{{"purpose", "direct_marketing"}, {"channel", "email"}};
  post("officer", "/v1/decisions", order, 400);
  order["identifier"] = anna();
  order["profile"] = profile();
  post("officer", "/v1/decisions", order, 400);
}

TEST_F(PeopleTest, AnOfficerOpensWhatIsAskedOfAllRecordsWithOneEntry) {
  const std::string path = "/v1/profiles/" + profile() + "/read";
  const auto before = leaves(AuditEvent::kRecordRead);
  const Json answer =
      post("officer", path, {{"fields", {"first_name", "email"}}, {"reason", "she asked"}});
  EXPECT_EQ(leaves(AuditEvent::kRecordRead), before + 1);
  ASSERT_EQ(answer["records"].size(), 2u) << answer;
  for (const Json& record : answer["records"]) {
    EXPECT_EQ(record["source"], "shop");
    EXPECT_EQ(record["fields"]["email"], Json::array({"anna@example.com"}));
    EXPECT_EQ(record["fields"]["first_name"].size(), 1u);
    EXPECT_FALSE(record["fields"].contains("last_name"));
    EXPECT_FALSE(record["fields"].contains("phone"));
  }
}

TEST_F(PeopleTest, TheReasonOfAReadIsKeptSealedOnly) {
  const std::string reason = "canary of the clerk";
  post("officer", "/v1/profiles/" + profile() + "/read",
       {{"fields", {"first_name"}}, {"reason", reason}});
  auto found = in_tx(world_.services().data, world_.tenant(), [&](Tx& tx) -> Result<std::string> {
    return tx
        .query(
            "SELECT count(*), string_agg(encode(sealed::bytea, 'escape'), '') "
            "FROM audit_detail WHERE tenant = $1",
            {tx.tenant()})[0]
        .text(1);
  });
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->empty());
  EXPECT_EQ(found->find(reason), std::string::npos);
}

TEST_F(PeopleTest, AFieldThatIsNotSealedOrNotThereIsRefused) {
  const std::string path = "/v1/profiles/" + profile() + "/read";
  for (const std::string field : {"no_such_field", "city", ""}) {
    post("officer", path, {{"fields", {field}}, {"reason", "why"}}, 400);
  }
  post("officer", path, {{"fields", Json::array()}, {"reason", "why"}}, 400);
  post("officer", path, {{"fields", {"email"}}, {"reason", ""}}, 400);
}

TEST_F(PeopleTest, TheHistoryTellsEveryStatementAndWhenItWasKnown) {
  allow_email();
  say("withdraw", "email");
  std::vector<std::string> actions;
  const Json people = post("officer", "/v1/searches", {{"identifier", anna()}})["people"];
  for (const Json& record : people[0]["records"]) {
    const std::string path = "/v1/records/" + record.get<std::string>() + "/consents";
    const Response answer = world_.as("auditor", Method::kGet, path);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json history = Json::parse(answer.body);
    for (const Json& one : history["statements"]) {
      actions.push_back(one["action"]);
      EXPECT_EQ(one["purpose"], "direct_marketing");
    }
    const Response before =
        world_.as("auditor", Method::kGet, path + "?known_at=2020-01-01T00:00:00Z");
    EXPECT_EQ(before.body, R"({"statements":[]})");
  }
  EXPECT_EQ(actions, (std::vector<std::string>{"give", "give", "withdraw"}));
}

}  // namespace
}  // namespace assent

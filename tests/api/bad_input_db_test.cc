
#include "core/nlohmann.h"
#include "tests/api/api_world.h"

// What every route with a body says to a body that is not as the contract says.
namespace assent {
namespace {

using Json = nlohmann::json;

struct BodyRoute {
  std::string role, path, body;
  std::vector<std::string> required;  // Fields of the body's first level.
  std::string text;                   // One that is text, or holds one, with a bound.
};

const std::string kNil = "00000000-0000-4000-8000-000000000000";

std::vector<BodyRoute> body_routes() {
  const std::string person = R"("identifier":{"kind":"email","value":"anna@example.com"})";
  return {
      {"administrator", "/v1/tokens", R"({"name":"a","role":"officer"})", {"name", "role"}, "name"},
      {"officer",
       "/v1/consents",
       "{" + person + R"(,"purpose":"direct_marketing","action":"object"})",
       {"identifier", "purpose", "action"},
       "purpose"},
      {"officer",
       "/v1/decisions",
       "{" + person + R"(,"purpose":"direct_marketing","channel":"email"})",
       {"identifier", "purpose", "channel"},
       "purpose"},
      {"officer",
       "/v1/recipients",
       R"({"name":"post","role":"processor","country":"DE","contracts":[],"fields":[],"duties":[]})",
       {"name", "role", "country", "contracts", "fields", "duties"},
       "name"},
      {"marketer", "/v1/segments/compute", R"({"as_of":"2026-01-01"})", {"as_of"}, "as_of"},
      {"marketer",
       "/v1/segments/sleeping/releases",
       R"({"purpose":"direct_marketing","channel":"email","recipient":"post","fields":["email"]})",
       {"purpose", "channel", "recipient", "fields"},
       "purpose"},
      {"officer", "/v1/searches", "{" + person + "}", {"identifier"}, ""},
      {"officer",
       "/v1/profiles/" + kNil + "/read",
       R"({"fields":["email"],"reason":"asked"})",
       {"fields", "reason"},
       "reason"},
      {"officer",
       "/v1/requests",
       "{" + person + R"(,"type":"erasure"})",
       {"identifier", "type"},
       "type"},
  };
}

class BadInputTest : public testing::Test {
 protected:
  // The problem; its `field` is "" where it has none.
  std::string refused(const BodyRoute& route, const std::string& body, int status = 400,
                      const std::string& type = "application/json") {
    const Response answer =
        world_.call(Method::kPost, route.path, world_.token_of(route.role), body, type);
    EXPECT_EQ(answer.status, status) << route.path << ' ' << body;
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/problem+json") << route.path;
    const Json problem = Json::parse(answer.body);
    EXPECT_EQ(problem.at("status"), status);
    EXPECT_FALSE(problem.at("detail").get<std::string>().empty());
    EXPECT_EQ(answer.body.find("anna@example.com"), std::string::npos);
    EXPECT_EQ(answer.body.find("surprise"), std::string::npos);
    return problem.value("field", "");
  }
  ApiWorld world_;
};

TEST_F(BadInputTest, EveryRouteThatTakesJsonIsInThisTable) {
  std::set<std::string> tested;
  for (const BodyRoute& route : body_routes()) {
    tested.insert(
        std::string(world_.router().find(Method::kPost, route.path).route->pattern.view()));
  }
  for (const Route& route : world_.router().routes()) {
    const std::string pattern(route.pattern.view());
    const bool no_json =
        pattern.ends_with("/imports") || pattern.ends_with("/unmerge") || pattern.ends_with("/key");
    if (route.method != Method::kPost) continue;
    EXPECT_EQ(tested.contains(pattern), !no_json) << pattern;
  }
}

TEST_F(BadInputTest, AMissingFieldIsNamed) {
  for (const BodyRoute& route : body_routes()) {
    for (const std::string& field : route.required) {
      Json body = Json::parse(route.body);
      body.erase(field);
      EXPECT_EQ(refused(route, body.dump()), field) << route.path;
      body[field] = nullptr;
      EXPECT_EQ(refused(route, body.dump()), field) << route.path;
    }
  }
}

TEST_F(BadInputTest, AnUnknownFieldIsRefusedWithoutItsName) {
  for (const BodyRoute& route : body_routes()) {
    Json body = Json::parse(route.body);
    body["surprise"] = 1;
    refused(route, body.dump());
  }
}

TEST_F(BadInputTest, AFieldGivenTwiceIsRefused) {
  for (const BodyRoute& route : body_routes()) {
    const std::string& field = route.required.front();
    const std::string again = Json::parse(route.body).at(field).dump();
    refused(route, "{\"" + field + "\":" + again + "," + route.body.substr(1));
  }
}

TEST_F(BadInputTest, AFieldOfAnotherTypeIsNamed) {
  for (const BodyRoute& route : body_routes()) {
    for (const std::string& field : route.required) {
      Json body = Json::parse(route.body);
      body[field] = 7;
      EXPECT_EQ(refused(route, body.dump()), field) << route.path;
    }
  }
}

TEST_F(BadInputTest, ATextOverItsLimitIsNamed) {
  for (const BodyRoute& route : body_routes()) {
    if (route.text.empty()) continue;
    Json body = Json::parse(route.body);
    body[route.text] = std::string(2000, 'a');
    EXPECT_EQ(refused(route, body.dump()), route.text) << route.path;
  }
}

TEST_F(BadInputTest, WhatIsNoJsonObjectIsRefused) {
  for (const BodyRoute& route : body_routes()) {
    for (const std::string body : {"", "{", "[]", "null", "\"text\"", "{\"a\":1}trailing",
                                   "{\"a\":\"\xff\"}", "name=anna@example.com"}) {
      refused(route, body);
    }
    refused(route, route.body, 400, "text/plain");
  }
}

TEST_F(BadInputTest, NestingOverTheLimitIsTooLarge) {
  for (const BodyRoute& route : body_routes()) {
    refused(route, "{\"a\":" + std::string(200, '[') + std::string(200, ']') + "}", 413);
  }
}

TEST_F(BadInputTest, AnUnregisteredPurposeIsRefused) {
  for (const BodyRoute& route : body_routes()) {
    Json body = Json::parse(route.body);
    if (!body.contains("purpose")) continue;
    body["purpose"] = "world_domination";
    refused(route, body.dump());
  }
}

TEST_F(BadInputTest, AnEmailWithANulOrAPhoneThatIsNoneIsRefused) {
  for (const BodyRoute& route : body_routes()) {
    Json body = Json::parse(route.body);
    if (!body.contains("identifier")) continue;
    body["identifier"]["value"] = std::string("anna\0@example.com", 17);
    refused(route, body.dump());
    body["identifier"] = {{"kind", "phone"}, {"value", "not a phone"}};
    refused(route, body.dump());
    body["identifier"] = {{"kind", "shoe_size"}, {"value", "43"}};
    refused(route, body.dump());
  }
}

TEST_F(BadInputTest, AQueryParameterNobodyKnowsIsRefused) {
  EXPECT_EQ(world_.as("auditor", Method::kGet, "/v1/log/bundle?form=1").status, 400);
  EXPECT_EQ(world_.as("auditor", Method::kGet, "/v1/log/bundle?from=x").status, 400);
  EXPECT_EQ(
      world_.as("officer", Method::kGet, "/v1/records/" + kNil + "/consents?as_of=now").status,
      400);
}

TEST_F(BadInputTest, AnImportWithoutASourceOrAFileIsRefused) {
  for (const std::string path :
       {"/v1/sources/nobody/imports", "/v1/sources/shop/imports?mapping=none_such",
        "/v1/sources/shop/imports?maping=contacts"}) {
    const Response answer = world_.as("integrator", Method::kPost, path, "external_id\n1\n");
    EXPECT_GE(answer.status, 400) << path;
    EXPECT_LT(answer.status, 500) << path;
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/problem+json") << path;
  }
}

}  // namespace
}  // namespace assent

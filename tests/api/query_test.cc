#include "api/query.h"

#include <gtest/gtest.h>

namespace assent {
namespace {

std::string path_of(std::string_view target) {
  auto parsed = parse_target(target);
  return parsed.ok() ? parsed->path : "refused";
}

TEST(TargetTest, APathIsDecodedSegmentBySegment) {
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/v1/segments/sleeping"), "/v1/segments/sleeping");
  EXPECT_EQ(path_of("/v1/%73egments"), "/v1/segments");
  EXPECT_EQ(path_of("/v1/%D0%B8%D0%BC%D1%8F+x"), "/v1/имя+x");
}

TEST(TargetTest, OnePathHasOneSpelling) {
  for (const auto* target :
       {"//", "/v1//x", "/v1/", "/v1/.", "/v1/../x", "/v1/%2e%2e/x", "/v1/a%2Fb", "/v1/a%2fb"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
}

TEST(TargetTest, WhatIsNotAnAbsolutePathIsRefused) {
  for (const auto* target : {"", "*", "v1", "http://h/v1", "?a=b", "/v1#x", "/v1?a#b"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
}

TEST(TargetTest, BrokenEscapesControlsAndForeignEncodingsAreRefused) {
  for (const auto* target : {"/%", "/%4", "/%zz", "/%00", "/a%0ab", "/%7f", "/%ff", "/%c0%af",
                             "/%ed%a0%80", "/%f4%90%80%80", "/%e2%82"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
}

TEST(QueryTest, ParametersAreDecoded) {
  const auto query = Query::parse("a=1&name=%D0%90%D0%BD%D0%BD%D0%B0+K&empty=&flag");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->get("a"), "1");
  EXPECT_EQ(query->get("name"), "Анна K");
  EXPECT_EQ(query->get("empty"), "");
  EXPECT_EQ(query->get("flag"), "");
  EXPECT_EQ(query->get("other"), std::nullopt);
}

TEST(QueryTest, ARepeatedNamelessOrBrokenParameterIsRefused) {
  for (const auto* query : {"a=1&a=2", "a=1&%61=2", "=1", "a=%0", "a=%00", "a=%ff", "&"}) {
    EXPECT_FALSE(Query::parse(query).ok()) << query;
  }
}

TEST(QueryTest, TooManyParametersAreRefused) {
  std::string query = "p0=";
  for (std::size_t i = 1; i < Query::kParamsMax; ++i) query += "&p" + std::to_string(i) + "=";
  EXPECT_TRUE(Query::parse(query).ok());
  EXPECT_FALSE(Query::parse(query + "&more=").ok());
}

TEST(QueryTest, AParameterOutsideTheContractIsRefused) {
  const auto query = Query::parse("limit=10&cursor=x");
  ASSERT_TRUE(query.ok());
  EXPECT_TRUE(query->only({"cursor", "limit"}).ok());
  EXPECT_FALSE(query->only({"limit"}).ok());
}

}  // namespace
}  // namespace assent

#include "api/problem.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assent {
namespace {

RequestId some_id() {
  return *RequestId::parse("019dbf4e-1c00-7000-8000-000000000001");
}

TEST(ProblemTest, EveryErrorCodeHasItsStatus) {
  const std::pair<ErrorCode, int> expected[] = {
      {ErrorCode::kInvalid, 400},    {ErrorCode::kUnauthenticated, 401},
      {ErrorCode::kDenied, 403},     {ErrorCode::kNotFound, 404},
      {ErrorCode::kConflict, 409},   {ErrorCode::kTooLarge, 413},
      {ErrorCode::kBusy, 429},       {ErrorCode::kCorrupt, 500},
      {ErrorCode::kUnavailable, 503}};
  for (const auto& [code, status] : expected) {
    EXPECT_EQ(render(Error{code, "a reason"}, some_id()).status, status);
  }
}

TEST(ProblemTest, AProblemSaysWhatWhereAndForWhichRequest) {
  const Response response = render(Error{.code = ErrorCode::kInvalid,
                                         .reason = "a \"quoted\" reason",
                                         .position = Position{.line = 3, .column = 14},
                                         .field = CatalogueName::from_policy("purpose")},
                                   some_id());
  EXPECT_EQ(response.headers.find("content-type"), "application/problem+json");
  EXPECT_EQ(nlohmann::json::parse(response.body),
            nlohmann::json::parse(R"({"type":"about:blank","title":"Bad Request","status":400,
              "detail":"a \"quoted\" reason","code":"invalid","line":3,"column":14,
              "field":"purpose","request_id":"019dbf4e-1c00-7000-8000-000000000001"})"));
}

TEST(ProblemTest, WhatDoesNotApplyIsAbsent) {
  const auto body = nlohmann::json::parse(render(Error{ErrorCode::kDenied, "no"}, some_id()).body);
  EXPECT_FALSE(body.contains("line"));
  EXPECT_FALSE(body.contains("column"));
  EXPECT_FALSE(body.contains("field"));
}

TEST(ProblemTest, OnlyWhatMayBeRetriedSaysWhen) {
  EXPECT_TRUE(render(Error{ErrorCode::kBusy, "x"}, some_id()).headers.find("Retry-After"));
  EXPECT_TRUE(render(Error{ErrorCode::kUnavailable, "x"}, some_id()).headers.find("Retry-After"));
  EXPECT_FALSE(render(Error{ErrorCode::kInvalid, "x"}, some_id()).headers.find("Retry-After"));
  EXPECT_FALSE(render(Error{ErrorCode::kCorrupt, "x"}, some_id()).headers.find("Retry-After"));
}

TEST(ProblemTest, AnUnauthenticatedCallerLearnsHowToAuthenticate) {
  EXPECT_EQ(
      render(Error{ErrorCode::kUnauthenticated, "x"}, some_id()).headers.find("WWW-Authenticate"),
      "Bearer");
}

}  // namespace
}  // namespace assent

#include "api/problem.h"

#include <gtest/gtest.h>

#include "core/nlohmann.h"

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

Response told(const Error& error, std::string_view accepted) {
  Request request;
  request.id = some_id();
  if (!accepted.empty()) request.headers.add("Accept-Language", accepted);
  Response response = render(error, request.id);
  speak_to(request, response);
  return response;
}

TEST(ProblemTest, TitleAndDetailAreInTheLanguageAcceptedAndTheRestIsNot) {
  const Error error{.code = ErrorCode::kNotFound,
                    .reason = "no such record",
                    .field = CatalogueName::from_policy("record")};
  const Response russian = told(error, "ru-RU,ru;q=0.9,en;q=0.8");
  EXPECT_EQ(russian.headers.find("Content-Language"), "ru");
  EXPECT_EQ(russian.headers.find("Vary"), "Accept-Language");
  EXPECT_EQ(nlohmann::json::parse(russian.body),
            nlohmann::json::parse(R"({"type":"about:blank","title":"Не найдено","status":404,
              "detail":"такой записи нет","code":"not_found","field":"record",
              "request_id":"019dbf4e-1c00-7000-8000-000000000001"})"));
  const Response english = told(error, "");
  EXPECT_EQ(english.headers.find("Content-Language"), "en");
  EXPECT_EQ(english.headers.find("Vary"), "Accept-Language");
  EXPECT_EQ(english.body, render(error, some_id()).body);
}

TEST(ProblemTest, TheHeaviestLanguageOfOursIsTaken) {
  for (const char* accepted : {"ru", "de, ru;q=0.5", "en;q=0.2, ru;q=0.3", "RU", "ru, en",
                               "de;q=1,ru-RU;q=0.1", " ru ; q=0.7 , en;q=0.1"}) {
    EXPECT_EQ(accepted_language(accepted), Language::kRussian) << accepted;
  }
  for (const char* accepted :
       {"", "de", "*", "en, ru", "ru;q=0", "ru;q=0.5, en", "ru;q=x", "ru;q=-1", ";q=1,,"}) {
    EXPECT_EQ(accepted_language(accepted), Language::kEnglish) << accepted;
  }
}

TEST(ProblemTest, EveryTitleHasItsRussian) {
  for (int status = 400; status < 600; ++status) {
    const StaticText title = reason_phrase(status);
    if (title == StaticText("Unknown")) continue;
    EXPECT_NE(translate(title, Language::kRussian), title.view());
  }
}

TEST(ProblemTest, WhatIsNoProblemIsLeftAlone) {
  Request request;
  request.headers.add("Accept-Language", "ru");
  Response response = json_response(200, "{}");
  speak_to(request, response);
  EXPECT_EQ(response.body, "{}");
  EXPECT_FALSE(response.headers.find("Content-Language"));
}

}  // namespace
}  // namespace assent

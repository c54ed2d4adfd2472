#include "api/edge.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace assent {
namespace {

Headers with(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

TEST(HeadTest, AnUnambiguousHeadIsTaken) {
  EXPECT_TRUE(check_head(with({{"Host", "cdp.example:8080"}})).ok());
  EXPECT_TRUE(check_head(with({{"host", "[::1]"}, {"content-length", "12"}})).ok());
  EXPECT_TRUE(check_head(with({{"Host", "h"}, {"Transfer-Encoding", "Chunked"}})).ok());
}

TEST(HeadTest, WhatAProxyMightReadOtherwiseIsRefused) {
  EXPECT_FALSE(check_head(with({})).ok());
  EXPECT_FALSE(check_head(with({{"Host", ""}})).ok());
  EXPECT_FALSE(check_head(with({{"Host", "a"}, {"Host", "a"}})).ok());
  EXPECT_FALSE(check_head(with({{"Host", "a/b"}})).ok());
  EXPECT_FALSE(check_head(with({{"Host", "u@a"}})).ok());
  EXPECT_FALSE(check_head(with({{"Host", "a"}, {"Content-Length", "+5"}})).ok());
  EXPECT_FALSE(check_head(with({{"Host", "a"}, {"Content-Length", "5, 5"}})).ok());
  EXPECT_FALSE(
      check_head(with({{"Host", "a"}, {"Content-Length", "5"}, {"Content-Length", "5"}})).ok());
  EXPECT_FALSE(check_head(with({{"Host", "a"}, {"Transfer-Encoding", "gzip, chunked"}})).ok());
  EXPECT_FALSE(check_head(with({{"Host", "a"}, {"Transfer-Encoding", "identity"}})).ok());
  EXPECT_FALSE(
      check_head(with({{"Host", "a"}, {"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}))
          .ok());
}

TEST(HeadTest, OfTwoFieldsThatMayStandOnceNoneCounts) {
  for (const char* name : {"Authorization", "Content-Type"}) {
    EXPECT_TRUE(check_head(with({{"Host", "a"}, {name, "Bearer x"}})).ok());
    const Status twice = check_head(with({{"Host", "a"}, {name, "Bearer x"}, {name, "Bearer x"}}));
    ASSERT_FALSE(twice.ok());
    EXPECT_EQ(twice.error().code, ErrorCode::kInvalid);
    EXPECT_NE(twice.error().reason.view().find(name), std::string_view::npos);
  }
}

TEST(HeadersTest, NamesAreFoundWithoutRegardToCase) {
  const Headers headers = with({{"X-One", "1"}, {"x-one", "2"}});
  EXPECT_EQ(headers.find("x-ONE"), "1");
  EXPECT_EQ(headers.count("X-ONE"), 2U);
  EXPECT_EQ(headers.find("X-On"), std::nullopt);
}

TEST(HeadersTest, AFieldCannotBreakOutOfItsLine) {
  Headers headers;
  EXPECT_THROW(headers.add("Location", "/x\r\nSet-Cookie: a=b"), std::logic_error);
  EXPECT_THROW(headers.add("X\n", "v"), std::logic_error);
  EXPECT_THROW(headers.add("X", std::string_view("a\0b", 3)), std::logic_error);
}

TEST(ResponseHeadTest, AnAnswerIsNotStoredByCachesUnlessItsHandlerSaysSo) {
  Response response = no_content();
  const auto head = [&] {
    return response_head(response, {}, {}, Framing::kNone, After::kKeepAlive);
  };
  EXPECT_NE(head().find("Cache-Control: no-store\r\n"), std::string::npos);
  response.headers.add("Cache-Control", "public, max-age=60");
  EXPECT_EQ(head().find("no-store"), std::string::npos);
}

TEST(ResponseHeadTest, TheDateIsWrittenAsHttpWantsIt) {
  EXPECT_EQ(http_date({784'111'777 * kSecondUs}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(ChunkTest, AChunkIsPrecededByItsSizeInHex) {
  EXPECT_EQ(as_chunk(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(RequestTest, AParameterThePatternDoesNotHaveIsABug) {
  Request request;
  request.params = {{"name", "sleeping"}};
  EXPECT_EQ(request.param("name"), "sleeping");
  EXPECT_THROW(request.param("id"), std::logic_error);
}

}  // namespace
}  // namespace assent

#include "core/log.h"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "core/nlohmann.h"
#include "core/plaintext.h"

namespace assent {
namespace {

static_assert(!std::constructible_from<LogValue, std::string>);
static_assert(!std::constructible_from<LogValue, std::string_view>);
static_assert(!std::constructible_from<LogValue, char>);
static_assert(!std::constructible_from<LogValue, const Plaintext&>);
static_assert(!std::constructible_from<LogValue, Bytes>);

class StandingClock final : public Clock {
 public:
  Timestamp now() const override { return *parse_rfc3339("2026-11-21T10:00:00.000001Z"); }
};

class LogTest : public testing::Test {
 protected:
  StandingClock clock_;
  std::ostringstream out_;
};

TEST_F(LogTest, AnEventIsOneLineWithItsFieldsInOrder) {
  Log log(clock_, out_);
  log.info("server.started", {{"port", 8080}, {"tls", true}});
  EXPECT_EQ(out_.str(),
            "{\"ts\":\"2026-11-21T10:00:00.000001Z\",\"level\":\"info\","
            "\"event\":\"server.started\",\"port\":8080,\"tls\":true}\n");
}

TEST_F(LogTest, EveryKindOfValueIsValidJson) {
  Log log(clock_, out_);
  const auto id = *RequestId::parse("019dbf4e-1c00-7000-8000-000000000001");
  log.error("x", {{"request_id", id},
                  {"code", ErrorCode::kBusy},
                  {"word", StaticText("a \"word\"\n")},
                  {"field", CatalogueName::from_policy("имя")},
                  {"at", Timestamp{0}},
                  {"took_us", std::chrono::milliseconds(3)},
                  {"hash", Hash32{}},
                  {"count", std::uint64_t{18'446'744'073'709'551'615ULL}}});
  const auto line = nlohmann::json::parse(out_.str());
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["request_id"], id.text());
  EXPECT_EQ(line["code"], "busy");
  EXPECT_EQ(line["word"], "a \"word\"\n");
  EXPECT_EQ(line["field"], "имя");
  EXPECT_EQ(line["at"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(line["took_us"], 3000);
  EXPECT_EQ(line["hash"], std::string(64, '0'));
  EXPECT_EQ(line["count"], 18'446'744'073'709'551'615ULL);
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  Log log(clock_, out_, Log::Level::kWarning);
  log.info("quiet");
  EXPECT_EQ(out_.str(), "");
  log.warning("loud");
  EXPECT_NE(out_.str().find("loud"), std::string::npos);
}

TEST_F(LogTest, LinesOfManyThreadsNeverMix) {
  Log log(clock_, out_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 500; ++i) log.info("tick", {{"thread", t}, {"i", i}});
    });
  }
  for (auto& thread : threads) thread.join();
  std::istringstream lines(out_.str());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  }
  EXPECT_EQ(count, 2000);
}

}  // namespace
}  // namespace assent

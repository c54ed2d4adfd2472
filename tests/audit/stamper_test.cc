// When a published checkpoint is stamped, what is kept of it, and what a failing authority changes.
#include "audit/stamper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

#include "audit/signer_state.h"
#include "audit/stamp_files.h"
#include "core/digest.h"
#include "core/file.h"
#include "tests/audit/sample_log.h"
#include "tests/audit/test_tsa.h"
#include "tests/support/fake_clock.h"

namespace assent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class StamperTest : public testing::Test {
 protected:
  StamperTest() {
    crypto_ready();
    fs::create_directories(published);
    clock.set({TestTsa::kNowS * kSecondUs});
    restart();
  }
  ~StamperTest() override { fs::remove_all(published); }

  // As a new process would: nothing but the files is left.
  void restart() {
    stamper.emplace(StamperConfig{published, 24h,
                                  [this](const Hash32& imprint) -> Result<GivenStamp> {
                                    ++asked;
                                    if (failure) return *failure;
                                    const StampQuery query{imprint, asked, {}};
                                    const auto answer = tsa.answer(encode_stamp_query(query));
                                    return GivenStamp{answer, *parse_stamp(answer)};
                                  }},
                    clock, steady, said, metrics);
  }
  void publish(std::uint64_t size) {
    const LogKeys keys{{0, log.key.public_key}};
    ASSERT_TRUE(publish_keys(published, tenant, SampleLog::kOrigin, keys).ok());
    ASSERT_TRUE(publish_checkpoint(published, tenant, log.checkpoint(size)).ok());
  }
  LogRound run() {
    auto round = stamper->run_once();
    EXPECT_TRUE(round.ok());
    return *round;
  }
  void pass(std::chrono::seconds time) {
    clock.advance_us(std::chrono::microseconds(time).count());
    steady.advance_us(std::chrono::microseconds(time).count());
  }
  fs::path directory() const { return published_log(published, tenant); }
  std::vector<std::uint64_t> stamped() const { return *stamped_sizes(directory()); }
  std::string file(std::uint64_t size, StampFile::Kind kind) const {
    return *read_file(stamps_directory(directory()) / stamp_file_name({size, kind}), 1 << 16);
  }
  bool metric(const std::string& series, std::uint64_t value) {
    const auto text = read_file(published / "signer.prom", 1 << 16);
    return text.ok() && text->find(series + "{origin=\"cdp.example/acme/log1\"} " +
                                   std::to_string(value) + "\n") != std::string::npos;
  }

  const fs::path published =
      fs::temp_directory_path() / ("assent-stamper-" + std::to_string(::getpid()));
  const TenantId tenant = *TenantId::parse("019dbf4e-1c00-7000-8000-000000000001");
  const SampleLog log{40};
  const TestTsa tsa;
  FakeClock clock;
  FakeClock steady;
  std::ostringstream out;
  Log said{clock, out};
  MetricsFile metrics{published / "signer.prom", said};
  std::optional<Error> failure;
  std::uint64_t asked = 0;
  std::optional<Stamper> stamper;
};

TEST_F(StamperTest, APublishedCheckpointIsStampedAndKeptAsItWas) {
  EXPECT_EQ(run().done, 0U);
  publish(10);
  EXPECT_EQ(run().done, 1U);
  EXPECT_THAT(stamped(), ElementsAre(10));
  EXPECT_EQ(file(10, StampFile::Kind::kCheckpoint), log.checkpoint(10));
  const auto stamp = parse_stamp(file(10, StampFile::Kind::kAnswer));
  EXPECT_EQ(stamp->imprint, sha256(as_bytes(log.checkpoint(10))));
  EXPECT_TRUE(metric("assent_signer_timestamp_size", 10));
  EXPECT_TRUE(metric("assent_signer_timestamp_seconds", TestTsa::kNowS));
  for (const auto& entry : fs::directory_iterator(stamps_directory(directory()))) {
    EXPECT_EQ(entry.status().permissions(), fs::perms(0644));
  }
}

TEST_F(StamperTest, OnceADayAndOnlyWhatHasGrown) {
  publish(10);
  run();
  publish(20);
  pass(24h - 1s);
  EXPECT_EQ(run().done, 0U);
  pass(1s);
  EXPECT_EQ(run().done, 1U);
  EXPECT_THAT(stamped(), ElementsAre(10, 20));
  pass(100h);
  EXPECT_EQ(run().done, 0U);  // Nothing new to stamp.
  EXPECT_EQ(asked, 2U);
  publish(21);
  EXPECT_EQ(run().done, 1U);
}

TEST_F(StamperTest, ARestartDoesNotStampAgain) {
  publish(10);
  run();
  clock.set({SystemClock().now().us});  // As its files say.
  publish(20);
  restart();
  EXPECT_EQ(run().done, 0U);
  EXPECT_TRUE(metric("assent_signer_timestamp_size", 10));
  pass(24h);
  EXPECT_EQ(run().done, 1U);
  EXPECT_EQ(asked, 2U);
}

TEST_F(StamperTest, AClockThatWasSetBackDelaysAStampByADayAtMost) {
  publish(10);
  run();
  clock.set({SystemClock().now().us - 1'000 * kDayUs});
  publish(20);
  restart();
  EXPECT_EQ(run().done, 0U);
  pass(24h);
  EXPECT_EQ(run().done, 1U);
}

TEST_F(StamperTest, AnAuthorityThatFailsIsAskedAgainAfterAPauseThatGrows) {
  publish(10);
  failure = Error{ErrorCode::kUnavailable, "away"};
  const LogRound round = run();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].log, tenant);
  EXPECT_TRUE(metric("assent_signer_timestamp_failing", 1));
  EXPECT_TRUE(metric("assent_signer_timestamp_seconds", 0));
  // During a pause it is refused still, and nobody is asked.
  EXPECT_EQ(run().refused.size(), 1U);
  EXPECT_EQ(asked, 1U);
  pass(1s);
  run();
  pass(1s);
  run();
  EXPECT_EQ(asked, 2U);
  failure.reset();
  pass(1s);
  EXPECT_EQ(run().done, 1U);
  EXPECT_TRUE(metric("assent_signer_timestamp_failing", 0));
  for (int i = 0; i < 40; ++i) {
    failure = Error{ErrorCode::kUnavailable, "away"};
    pass(1h);
    run();
  }
  publish(30);
  asked = 0;
  for (int hour = 0; hour < 10; ++hour) {
    pass(1h);
    run();
  }
  EXPECT_EQ(asked, 10U);  // Never a longer pause than an hour.
}

TEST_F(StamperTest, OneAuthorityThatFailsIsNotAskedForEveryLog) {
  publish(10);
  const auto other = *TenantId::parse("019dbf4e-1c00-7000-8000-000000000002");
  fs::copy(directory(), published_log(published, other), fs::copy_options::recursive);
  failure = Error{ErrorCode::kUnavailable, "away"};
  EXPECT_EQ(run().refused.size(), 2U);
  EXPECT_EQ(asked, 1U);
}

TEST_F(StamperTest, ACheckpointThatIsNotOursIsNotStamped) {
  publish(10);
  const SampleLog stranger(40, 2);
  ASSERT_TRUE(publish_checkpoint(published, tenant, stranger.checkpoint(10)).ok());
  const LogRound round = run();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].error.code, ErrorCode::kCorrupt);
  EXPECT_EQ(asked, 0U);
}

TEST_F(StamperTest, ADeathBetweenTheFilesIsMadeGood) {
  publish(10);
  run();
  fs::remove(stamps_directory(directory()) / "10.tsr");  // The answer is written last.
  EXPECT_THAT(stamped(), ElementsAre());
  restart();
  EXPECT_EQ(run().done, 1U);
  EXPECT_THAT(stamped(), ElementsAre(10));
}

TEST_F(StamperTest, ADamagedStampIsNone) {
  publish(10);
  run();
  ASSERT_TRUE(replace_file(stamps_directory(directory()) / "10.tsr", "noise", 0644).ok());
  restart();
  EXPECT_EQ(run().done, 1U);
  EXPECT_TRUE(parse_stamp(file(10, StampFile::Kind::kAnswer)).ok());
}

TEST_F(StamperTest, ALogUnderANewOriginIsStampedAndLosesNoStampOfTheOldOne) {
  publish(20);
  run();
  const std::string old = file(20, StampFile::Kind::kAnswer);
  const LogKeys keys{{0, log.key.public_key}};
  const auto fork = [&](std::uint64_t size) {
    Checkpoint head = log.head(size);
    head.origin = "cdp.example/acme/log2";
    ASSERT_TRUE(publish_keys(published, tenant, head.origin, keys).ok());
    ASSERT_TRUE(publish_checkpoint(published, tenant, sign_checkpoint(head, log.key)).ok());
  };
  fork(5);
  pass(24h);
  EXPECT_EQ(run().done, 1U);
  EXPECT_THAT(stamped(), ElementsAre(5, 20));
  fork(20);
  pass(24h);
  const LogRound round = run();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].error.code, ErrorCode::kConflict);
  EXPECT_EQ(file(20, StampFile::Kind::kAnswer), old);
  fork(21);
  pass(1h);
  EXPECT_EQ(run().done, 1U);
  restart();
  pass(24h);
  EXPECT_EQ(run().done, 0U);  // Its own newest stamp is that of 21.
}

TEST_F(StamperTest, ADiskThatRefusesCostsOneQuestionAPause) {
  publish(10);
  const fs::path in_the_way = stamps_directory(directory()) / "10.tsr.new";
  fs::create_directories(in_the_way);
  EXPECT_EQ(run().refused.size(), 1U);
  EXPECT_EQ(run().refused.size(), 1U);
  EXPECT_EQ(asked, 1U);
  EXPECT_THAT(stamped(), ElementsAre());
  fs::remove(in_the_way);
  pass(1s);
  EXPECT_EQ(run().done, 1U);
}

TEST_F(StamperTest, AClockThatIsNotTheAuthoritysIsSaid) {
  publish(10);
  run();
  EXPECT_THAT(out.str(), Not(HasSubstr("timestamp.clock_differs")));
  pass(24h);  // The authority's stands still.
  publish(20);
  run();
  EXPECT_THAT(out.str(), HasSubstr("\"timestamp.clock_differs\""));
  EXPECT_THAT(out.str(), HasSubstr("\"ahead_of_it_seconds\":86400"));
}

}  // namespace
}  // namespace assent

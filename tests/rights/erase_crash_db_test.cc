#include <gtest/gtest.h>

#include <thread>

#include "tests/rights/rights_world.h"

namespace assent {
namespace {

struct Crash {};

const std::map<AuditEvent, int> kOneOfEach{{AuditEvent::kRequestReceived, 1},
                                           {AuditEvent::kEraseRequested, 1},
                                           {AuditEvent::kKeyDestroyed, 1},
                                           {AuditEvent::kErasureCompleted, 1},
                                           {AuditEvent::kRequestClosed, 1}};

class EraseCrashTest : public ::testing::TestWithParam<StaticText> {};
INSTANTIATE_TEST_SUITE_P(FaultPoints, EraseCrashTest,
                         ::testing::ValuesIn(EraseWorker::kFaultPoints));

TEST_P(EraseCrashTest, ACrashAtAnyPointIsFinishedExactlyOnce) {
  RightsWorld world;
  world.contacts("shop",
                 "1,Anna,Ivanova,anna@example.com,,,\n2,Boris,Ivanov,boris@example.com,,,\n");
  const auto copy = world.copy_of(world.record("shop", "1"));
  const auto request =
      world.service().request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"));
  ASSERT_TRUE(request.ok());

  bool crashed = false;
  const EraseWorker dying(world.rights(), [&](StaticText at) {
    if (at == GetParam()) {
      crashed = true;
      throw Crash{};
    }
  });
  world.destroy_keys();
  for (int round = 0; round < 3 && !crashed; ++round) {
    try {
      ASSERT_TRUE(dying.run_once(world.tenant).ok());
      world.run_log();
    } catch (const Crash&) {
    }
  }
  ASSERT_TRUE(crashed) << "the point was never reached";
  EXPECT_EQ(world.first_name(world.record("shop", "1")), "");  // Refused at every moment.

  world.finish_erasures();
  EXPECT_EQ(world.leaves(), kOneOfEach);
  EXPECT_FALSE(world.opens_with_a_key_left(copy));
  EXPECT_EQ(world.service().status(world.tenant, request->id)->state, RequestState::kCompleted);
  EXPECT_TRUE(world.service().certificate(world.tenant, world.act, request->id).ok());
  EXPECT_EQ(world.leaves_of(AuditEvent::kKeyDestroyed).front().result_count, 1U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:2"}}));
}

TEST(EraseWorkerTest, ManyWorkersAtOnceDoEachStepOnce) {
  RightsWorld world;
  world.contacts("shop",
                 "1,Anna,Ivanova,anna@example.com,,,\n2,Boris,Ivanov,boris@example.com,,,\n");
  ASSERT_TRUE(world.service()
                  .request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"))
                  .ok());
  for (int round = 0; round < 3; ++round) {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 3; ++i) {
      workers.emplace_back([&] {
        world.destroy_keys();
        EXPECT_TRUE(EraseWorker(world.rights()).run_once(world.tenant).ok());
      });
    }
    workers.clear();
    world.run_log();
  }
  world.finish_erasures();
  EXPECT_EQ(world.leaves(), kOneOfEach);
}

TEST(EraseWorkerTest, WithoutASafeTheErasureWaitsAndStaysRefused) {
  RightsWorld world;
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  const RecordId anna = world.record("shop", "1");
  ASSERT_TRUE(world.service()
                  .request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"))
                  .ok());
  world.destroy_keys();
  DatabaseConfig nowhere = world.safe.config();
  nowhere.host = "/nonexistent";
  Database away(nowhere, world.clock);
  const RightsServices all = world.rights();
  const RightsServices cut{all.data,     all.eraser,           away,         all.keys,
                           all.journal,  all.random,           all.fields,   all.names,
                           all.policies, all.database_country, all.retention};
  const auto round = EraseWorker(cut).run_once(world.tenant);
  ASSERT_TRUE(round.ok());
  ASSERT_TRUE(round->failed);
  EXPECT_EQ(round->failed->code, ErrorCode::kUnavailable);
  EXPECT_EQ(world.first_name(anna), "");
  world.finish_erasures();
  EXPECT_EQ(world.leaves(), kOneOfEach);
}

}  // namespace
}  // namespace assent

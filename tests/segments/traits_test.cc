#include "segments/traits.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "core/nlohmann.h"
#include "tests/segments/people.h"

namespace assent {
namespace {

using Json = nlohmann::json;

TraitRun compute(People& people, Date as_of) {
  return must(in_tx(people.world.data, people.world.tenant, [&](Tx& tx) -> Result<TraitRun> {
    return people.traits.compute(tx, people.act, as_of);
  }));
}

std::int64_t count(People& people, std::string_view segment, Date as_of) {
  return must(in_tx(people.world.data, people.world.tenant, [&](Tx& tx) {
    return people.traits.count(tx, segment, as_of, Viewer::kExact);
  }));
}

std::vector<std::int64_t> integers(People& people, StaticText sql) {
  Tx tx(people.world.data, people.world.tenant);
  std::vector<std::int64_t> values;
  const Rows rows = tx.query(sql);
  for (const auto& row : rows) values.push_back(row.integer(0));
  return values;
}

NewPerson buyer(std::vector<Bought> bought) {
  NewPerson person;
  person.bought = std::move(bought);
  return person;
}

TEST(TraitsTest, OrdersWithoutAnIdCountByDayAndOneIdCountsOnce) {
  People people;
  const Tag16 first{1};
  const Tag16 second{2};
  people.add(
      {buyer({{{2026, 3, 1}, 100, {}}, {{2026, 3, 1}, 250, {}}, {{2026, 3, 2}, 1, {}}}),
       buyer({{{2026, 3, 1}, 10, first}, {{2026, 3, 1}, 20, first}, {{2026, 3, 1}, 30, second}})});
  compute(people, People::kToday);
  EXPECT_EQ(integers(people, "SELECT orders FROM profile_trait ORDER BY revenue_minor"),
            (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(integers(people, "SELECT revenue_minor FROM profile_trait ORDER BY 1"),
            (std::vector<std::int64_t>{60, 351}));
}

TEST(TraitsTest, WhatIsGivenBackLowersTheRevenueAndIsNoOrder) {
  People people;
  people.add({buyer({{{2026, 3, 1}, 500, {}}, {{2026, 5, 1}, -200, {}}}),
              buyer({{{2026, 3, 1}, -200, {}}}), buyer({{{2026, 3, 1}, 0, {}}})});
  compute(people, People::kToday);
  EXPECT_EQ(integers(people, "SELECT revenue_minor FROM profile_trait ORDER BY 1"),
            (std::vector<std::int64_t>{0, 300}));
  EXPECT_EQ(integers(people, "SELECT (max(last_order) - '2026-03-01')::int8 FROM profile_trait"),
            (std::vector<std::int64_t>{0}));
}

TEST(TraitsTest, WhatComesAfterTheDayIsNotKnownYet) {
  People people;
  people.add_one(buyer({{{2026, 3, 1}, 500, {}}, {{2026, 5, 1}, 200, {}}}));
  compute(people, {2026, 4, 30});
  EXPECT_EQ(integers(people, "SELECT revenue_minor FROM profile_trait"),
            (std::vector<std::int64_t>{500}));
  compute(people, {2026, 5, 1});
  EXPECT_EQ(integers(people, "SELECT revenue_minor FROM profile_trait"),
            (std::vector<std::int64_t>{700}));
  compute(people, {2026, 2, 1});
  EXPECT_TRUE(integers(people, "SELECT revenue_minor FROM profile_trait").empty());
}

TEST(TraitsTest, ErasedAndRestrictedPeopleStayOut) {
  People people;
  const auto all = people.add({buyer({{{2026, 3, 1}, 1, {}}}), buyer({{{2026, 3, 1}, 2, {}}}),
                               buyer({{{2026, 3, 1}, 3, {}}})});
  people.set_state(all[0], 1);
  people.restrict(all[1]);
  EXPECT_EQ(compute(people, People::kToday).profiles, 1);
  EXPECT_EQ(integers(people, "SELECT revenue_minor FROM profile_trait"),
            (std::vector<std::int64_t>{3}));
}

TEST(TraitsTest, ARestrictionOfOneRecordKeepsTheWholeProfileOut) {
  People people;
  NewPerson half = buyer({{{2026, 3, 1}, 1, {}}});
  half.phone = "+4915112345678";
  const auto both = people.add({half, half});
  people.restrict(both[1]);
  EXPECT_EQ(compute(people, People::kToday).profiles, 0);
}

TEST(TraitsTest, ASilentCustomerIsOneWithoutAnOrderForMoreThanTheDays) {
  People people;
  people.add({buyer({{{2026, 5, 24}, 1, {}}}), buyer({{{2026, 5, 25}, 1, {}}}), buyer({})});
  compute(people, People::kToday);  // 181 and 180 days.
  EXPECT_EQ(count(people, "sleeping_180d", People::kToday), 1);
}

TEST(TraitsTest, ACountNeedsTheComputationOfItsDay) {
  People people;
  Tx tx(people.world.data, people.world.tenant);
  const auto ask = [&](std::string_view segment) {
    return people.traits.count(tx, segment, People::kToday, Viewer::kExact).error().code;
  };
  EXPECT_EQ(ask("sleeping"), ErrorCode::kConflict);
  EXPECT_EQ(ask("nobody"), ErrorCode::kNotFound);
}

TEST(TraitsTest, AMarketersCountIsRounded) {
  People people;
  people.add(std::vector<NewPerson>(3, buyer({{{2026, 3, 1}, 1, {}}})));
  compute(people, People::kToday);
  Tx tx(people.world.data, people.world.tenant);
  EXPECT_EQ(must(people.traits.count(tx, "sleeping_180d", People::kToday, Viewer::kRounded)), 5);
}

// Ten customers by hand: r is 1 for the longest silence; six of one order are all f = 1.
TEST(TraitsTest, EqualValuesAreNeverParted) {
  People people;
  std::vector<NewPerson> ten;
  for (std::int64_t i = 1; i <= 10; ++i) {
    ten.push_back(buyer({{{2026, 1, static_cast<std::uint8_t>(i)}, i * 100, {}}}));
    if (i > 6) ten.back().bought.push_back({{2026, 2, 1}, 1, {}});
  }
  people.add(ten);
  const TraitRun run = compute(people, {2026, 2, 2});
  const Json cuts = Json::parse(run.thresholds)["EUR"];
  EXPECT_EQ(cuts["r"], (Json{1, 1, 28, 30}));
  EXPECT_EQ(cuts["f"], (Json{1, 1, 1, 2}));
  EXPECT_EQ(cuts["m"], (Json{200, 400, 600, 801}));
  EXPECT_EQ(integers(people, "SELECT f FROM profile_trait ORDER BY revenue_minor"),
            (std::vector<std::int64_t>{1, 1, 1, 1, 1, 1, 4, 4, 4, 4}));
  EXPECT_EQ(integers(people, "SELECT r FROM profile_trait ORDER BY revenue_minor"),
            (std::vector<std::int64_t>{1, 1, 2, 2, 3, 3, 5, 5, 5, 5}));
  EXPECT_EQ(count(people, "vip", {2026, 2, 2}), 4);
}

template <class T>
Param absent(const std::vector<RecordId>& records) {
  return Param::array(std::vector<std::optional<T>>(records.size()));
}

// The published figures, as far as the data lies beside the clone.
class Cdnow : public ::testing::Test {
 protected:
  static std::filesystem::path file(const char* name) {
    return std::filesystem::path(ASSENT_SOURCE_DIR) / "../shared/data/retention/cdnow" / name;
  }
  // customer, date, money; `customer_column` counts from 0.
  void load(const std::filesystem::path& path, int customer_column) {
    std::ifstream in(path);
    std::map<std::string, RecordId> known;
    std::vector<RecordId> records;
    std::vector<Uuid> ids, profiles;
    std::vector<Tag16> externals, keys;
    std::vector<RecordId> buyers;
    std::vector<Timestamp> times;
    std::vector<std::int64_t> cents;
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::vector<std::string> w{std::istream_iterator<std::string>(words), {}};
      if (w.empty() || w[0] == "customer_id") continue;
      const std::string& day = w[w.size() - 3];
      const auto [at, fresh] = known.try_emplace(w[static_cast<std::size_t>(customer_column)],
                                                 RecordId{Uuid::v4(people.world.random)});
      if (fresh) {
        records.push_back(at->second);
        profiles.push_back(Uuid::v4(people.world.random));
        externals.emplace_back();
        people.world.random.fill(externals.back());
      }
      ids.push_back(Uuid::v4(people.world.random));
      keys.emplace_back();
      people.world.random.fill(keys.back());
      buyers.push_back(at->second);
      times.push_back(midnight_utc(
          *parse_date(day.substr(0, 4) + '-' + day.substr(4, 2) + '-' + day.substr(6, 2))));
      const std::string& money = w.back();
      const std::size_t dot = money.find('.');
      cents.push_back(std::stoll(money.substr(0, dot) + money.substr(dot + 1)));
    }
    const std::vector<Uuid> none;
    must(in_tx(people.world.data, people.world.tenant, [&](Tx& tx) -> Status {
      const EventId leaf = people.world.journal.append(tx, leaf_of(people.act, AuditEvent::kBatch));
      tx.exec("SELECT store_records($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9, $10, $9, $8)",
              {leaf, tx.now(), Param::array(records),
               Param::array(std::vector<std::int16_t>(records.size(), 1)), Param::array(externals),
               Param::array(records), Param::array(std::vector<std::int32_t>(records.size(), 0)),
               absent<std::string>(records), absent<std::int16_t>(records), absent<Date>(records)});
      tx.exec("SELECT store_memberships($1, $2, $3, $4, $4, $4, $5, $3, $4)",
              {leaf, tx.now(), Param::array(profiles), Param::array(none), Param::array(records)});
      return Unit{};
    }));
    store(ids, keys, buyers, times, cents);
  }
  void store(const std::vector<Uuid>& ids, const std::vector<Tag16>& keys,
             const std::vector<RecordId>& buyers, const std::vector<Timestamp>& times,
             const std::vector<std::int64_t>& cents) {
    must(in_tx(people.world.owner, people.world.tenant, [&](Tx& tx) -> Status {
      tx.exec(
          "INSERT INTO purchase (tenant, record_id, purchase_id, source_id, ordered_at, quantity, "
          "amount_minor, currency, leaf_id, leaf_pos, row_hash) "
          "SELECT $1, b, i, 1, t, 1, c, 'USD', i, 0, sha256(k) "
          "FROM unnest($2::uuid[], $3::bytea[], $4::uuid[], $5::timestamptz[], $6::int8[]) "
          "AS n (i, k, b, t, c)",
          {people.world.tenant, Param::array(ids), Param::array(keys), Param::array(buyers),
           Param::array(times), Param::array(cents)});
      return Unit{};
    }));
  }
  std::vector<std::int64_t> scores(StaticText sql) { return integers(people, sql); }

  static constexpr Date kAsOf{1998, 7, 1};
  People people;
};

TEST_F(Cdnow, TheSampleScoresAsPublished) {
  if (!std::filesystem::exists(file("CDNOW_sample.txt"))) {
    GTEST_SKIP() << "the CDNOW data does not lie beside the clone";
  }
  load(file("CDNOW_sample.txt"), 1);
  const TraitRun run = compute(people, kAsOf);
  EXPECT_EQ(run.profiles, 2357);
  EXPECT_EQ(
      Json::parse(run.thresholds)["USD"],
      (Json{{"r", {153, 443, 487, 513}}, {"f", {1, 1, 2, 4}}, {"m", {1536, 3195, 5925, 13049}}}));
  const StaticText by_r =
      "SELECT count(t.r) FROM generate_series(1, 5) s LEFT JOIN profile_trait t ON t.r = s "
      "GROUP BY s ORDER BY s";
  const StaticText by_f =
      "SELECT count(t.f) FROM generate_series(1, 5) s LEFT JOIN profile_trait t ON t.f = s "
      "GROUP BY s ORDER BY s";
  const StaticText by_m =
      "SELECT count(t.m) FROM generate_series(1, 5) s LEFT JOIN profile_trait t ON t.m = s "
      "GROUP BY s ORDER BY s";
  EXPECT_EQ(scores(by_r), (std::vector<std::int64_t>{459, 478, 475, 471, 474}));
  EXPECT_EQ(scores(by_f), (std::vector<std::int64_t>{1218, 0, 403, 358, 378}));
  EXPECT_EQ(scores(by_m), (std::vector<std::int64_t>{481, 462, 472, 471, 471}));
  EXPECT_EQ(count(people, "vip", kAsOf), 625);
  EXPECT_EQ(count(people, "loyal", kAsOf), 100);
  EXPECT_EQ(count(people, "promising", kAsOf), 250);
  EXPECT_EQ(count(people, "sleeping", kAsOf), 937);
  EXPECT_EQ(count(people, "sleeping_180d", kAsOf), 1843);  // 78.19 %
}

TEST_F(Cdnow, TheMasterScoresAsPublished) {
  if (!std::filesystem::exists(file("CDNOW_master.txt"))) {
    GTEST_SKIP() << "the CDNOW data does not lie beside the clone";
  }
  load(file("CDNOW_master.txt"), 0);
  const TraitRun run = compute(people, kAsOf);
  EXPECT_EQ(run.profiles, 23'570);
  EXPECT_EQ(
      Json::parse(run.thresholds)["USD"],
      (Json{{"r", {142, 433, 486, 513}}, {"f", {1, 1, 2, 4}}, {"m", {1536, 3135, 5992, 13395}}}));
  EXPECT_EQ(scores("SELECT sum(revenue_minor)::int8 FROM profile_trait"),
            (std::vector<std::int64_t>{250'031'563}));
}

}  // namespace
}  // namespace assent

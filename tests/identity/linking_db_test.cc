#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

#include "identity/link_store.h"
#include "identity/profile_facts.h"
#include "identity/search.h"
#include "identity/unmerge.h"
#include "tests/identity/import_world.h"

namespace assent {
namespace {

Result<UnmergeOutcome> take_out(ImportWorld& world, RecordId record) {
  world.clock.advance_us(kSecondUs);
  return in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<UnmergeOutcome> {
    Resolver resolver = world.resolver();
    auto done = unmerge(tx, world.act, world.journal, resolver, record);
    if (!done.ok()) return done;
    auto permits = refresh_permits(tx, *world.permits, done->changed, done->left);
    if (!permits.ok()) return permits.error();
    return done;
  });
}

TEST(LinkingTest, AnEqualEmailOrPhoneLinksAcrossSources) {
  ImportWorld world;
  world.contacts("crm", "1,Анна,,anna@example.com,,,\n2,Boris,,,+79260000002,,\n");
  const auto report =
      world.contacts("shop", "a,Anna,,anna@example.com,,,\nb,Борис,,,+79260000002,,\n");
  EXPECT_EQ(report.links_made, 2U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"crm:1", "shop:a"}, {"crm:2", "shop:b"}}));
}

TEST(LinkingTest, AFamilyThatSharesAnAddressIsNotMerged) {
  ImportWorld world;
  world.contacts("shop",
                 "1,Anna,Ivanova,family@example.com,+79260000001,,\n"
                 "2,Boris,Ivanov,family@example.com,+79260000001,,\n");
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:1"}, {"shop:2"}}));
}

TEST(LinkingTest, AnInitialLinksNobodyWhoseNameBeginsOtherwise) {
  ImportWorld world;
  world.contacts("shop",
                 "1,Мария И.,Ким,family@example.com,,,\n2,Иван,Ким,family@example.com,,,\n"
                 "3,М.,Ким,family@example.com,,,\n4,Пётр,Ким,family@example.com,,,\n");
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:1", "shop:3"}, {"shop:2"}, {"shop:4"}}));
}

TEST(LinkingTest, DifferentBirthDatesAreTwoPeople) {
  ImportWorld world;
  world.contacts(
      "shop", "1,Anna,,mail.a@example.com,,1990-05-17,\n2,Anna,,mail.a@example.com,,1991-05-17,\n");
  EXPECT_EQ(world.people().size(), 2U);
}

TEST(LinkingTest, NamesakesWithoutASharedValueStayApart) {
  ImportWorld world;
  world.contacts("shop",
                 "1,Anna,Ivanova,mail.a@example.com,,1990-05-17,\n"
                 "2,Anna,Ivanova,mail.b@example.com,,1990-05-17,\n");
  EXPECT_EQ(world.people().size(), 2U);
}

TEST(LinkingTest, AnExternalIdLinksOnlyWithinItsSource) {
  ImportWorld world;
  world.contacts("crm", "7,Anna,,,,,\n");
  world.contacts("shop", "7,Anna,,,,,\n");
  EXPECT_EQ(world.people(), (std::set<Person>{{"crm:7"}, {"shop:7"}}));
}

TEST(LinkingTest, ABlockedValueLinksNobody) {
  ImportWorld world;
  world.contacts(
      "shop", "1,,,noemail@example.com,+79999999999,,\n2,,,noemail@example.com,+79999999999,,\n");
  EXPECT_EQ(world.people().size(), 2U);
}

TEST(LinkingTest, AValueThatTooManyHoldLinksNobodyAndUndoesWhatItLinked) {
  ImportWorld world;
  const auto rows = [](int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += std::to_string(i) + ",,,,+79260000009,,\n";
    return text;
  };
  world.contacts("shop", rows(0, static_cast<int>(kHoldersMax)));
  EXPECT_EQ(world.people().size(), 1U);
  world.contacts("shop", rows(static_cast<int>(kHoldersMax), static_cast<int>(kHoldersMax) + 1));
  EXPECT_EQ(world.people().size(), kHoldersMax + 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM link WHERE retracted_at IS NULL"), 0);
}

TEST(LinkingTest, AMergeKeepsTheOlderProfileAndTheOldIdLeadsToIt) {
  ImportWorld world;
  world.contacts("crm", "1,Anna,,mail.a@example.com,,,\n");
  world.contacts("shop", "2,Anna,,,+79260000001,,\n");
  const auto profile_of = [&](const char* source, const char* id) {
    Tx tx(world.data, world.tenant);
    return profiles_of(tx, std::vector{world.record(source, id)}).at(0);
  };
  const ProfileId older = profile_of("crm", "1");
  const ProfileId younger = profile_of("shop", "2");
  world.contacts("crm", "3,Anna,,mail.a@example.com,+79260000001,,\n");
  EXPECT_EQ(profile_of("shop", "2"), older);
  Tx tx(world.data, world.tenant);
  auto heir = living_profile(tx, younger);
  ASSERT_TRUE(heir.ok());
  EXPECT_EQ(*heir, older);
  EXPECT_EQ(tx.query("SELECT 1 FROM permit WHERE profile_id = $1", {younger}).size(), 0);
}

TEST(LinkingTest, ARowThatChangesItsNameLeavesWhoItContradicts) {
  ImportWorld world;
  world.contacts("crm", "1,Anna,,mail.a@example.com,,,\n");
  world.contacts("shop", "2,Anna,,mail.a@example.com,,,\n");
  EXPECT_EQ(world.people().size(), 1U);
  world.contacts("shop", "2,Boris,,mail.a@example.com,,,\n");
  EXPECT_EQ(world.people().size(), 2U);
}

TEST(LinkingTest, ABridgeJoinsItsStrongerSideAndNeverTwoWhoContradict) {
  ImportWorld world;
  world.contacts("shop",
                 "1,Anna,,mail.a@example.com,,,\n2,Boris,,,+79260000001,,\n"
                 "3,,,mail.a@example.com,+79260000001,,\n");
  const auto people = world.people();
  EXPECT_EQ(people.size(), 2U);
  for (const Person& person : people) {
    EXPECT_FALSE(person.contains("shop:1") && person.contains("shop:2"));
  }
}

// Rows whose partition is not obvious: bridges, families, spelling, birth dates.
std::vector<std::string> tangled_rows() {
  return {"01,Anna,,mail.a@example.com,,,",
          "02,Анна,,mail.a@example.com,+79260000001,,",
          "03,Boris,,,+79260000001,,",
          "04,,,mail.b@example.com,+79260000001,,",
          "05,Boris,,mail.b@example.com,,1980-02-03,",
          "06,Boris,,mail.b@example.com,,1981-02-03,",
          "07,,,mail.b@example.com,+79260000003,,",
          "08,Clara,,mail.c@example.com,+79260000003,,",
          "09,,,mail.c@example.com,,1980-02-03,",
          "10,A.,,mail.a@example.com,,,",
          "11,Dora,,mail.d@example.com,,,",
          "12,Dora,,Mail.D@Example.com,+79260000005,,"};
}

TEST(LinkingTest, TheOrderInWhichRowsArriveDoesNotMatter) {
  std::mt19937 shuffle(20261121);
  std::set<Person> expected;
  for (int round = 0; round < 6; ++round) {
    ImportWorld world;
    std::vector<std::string> rows = tangled_rows();
    if (round > 0) std::shuffle(rows.begin(), rows.end(), shuffle);
    const std::size_t group = round % 3 == 0 ? rows.size() : static_cast<std::size_t>(round);
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      text += rows[i] + '\n';
      if ((i + 1) % group == 0 || i + 1 == rows.size()) {
        world.contacts("shop", text);
        text.clear();
      }
    }
    if (round == 0) expected = world.people();
    EXPECT_EQ(world.people(), expected) << "round " << round;
  }
  EXPECT_GT(expected.size(), 3U);
}

TEST(UnmergeTest, TheRecordLeavesItsProfileForGood) {
  ImportWorld world;
  world.contacts("crm", "1,Anna,,mail.a@example.com,,,\n2,Anna,,mail.a@example.com,,,\n");
  ASSERT_EQ(world.people().size(), 1U);
  ASSERT_TRUE(take_out(world, world.record("crm", "2")).ok());
  EXPECT_EQ(world.people().size(), 2U);
  world.contacts("crm", "2,Anna,Ivanova,mail.a@example.com,,,\n");
  EXPECT_EQ(world.people().size(), 2U);
  world.contacts("shop", "3,Anna,,mail.a@example.com,,,\n");
  for (const Person& person : world.people()) {
    EXPECT_FALSE(person.contains("crm:1") && person.contains("crm:2"));
  }
}

TEST(UnmergeTest, UndoingAMergeGivesBackThePartitionTheIdsAndThePermits) {
  ImportWorld world;
  world.contacts("crm", "1,Anna,,mail.a@example.com,,,1\n");
  world.contacts("shop", "2,Anna,,mail.b@example.com,,,\n");
  const auto state = [&] {
    Tx tx(world.data, world.tenant);
    std::vector<std::string> lines;
    const Rows rows = tx.query(
        "SELECT m.record_id::text || m.profile_id::text || coalesce(p.permitted::text, '') || "
        "coalesce(p.reason::text, '') FROM membership m LEFT JOIN permit p "
        "ON p.profile_id = m.profile_id WHERE m.to_at IS NULL ORDER BY 1");
    for (const auto& row : rows) lines.push_back(row.text(0));
    return lines;
  };
  const auto before = state();
  world.contacts("shop", "2,Anna,,mail.a@example.com,,,\n");
  EXPECT_EQ(world.people().size(), 1U);
  world.contacts("shop", "2,Anna,,mail.b@example.com,,,\n");
  EXPECT_EQ(state(), before);
}

TEST(UnmergeTest, OneLeafAndTheChangeFeedTellOfIt) {
  ImportWorld world;
  world.contacts("crm", "1,Anna,,mail.a@example.com,,,\n2,Anna,,mail.a@example.com,,,\n");
  const auto feed = world.count("SELECT count(*) FROM change_feed WHERE kind = 2");
  ASSERT_TRUE(take_out(world, world.record("crm", "2")).ok());
  EXPECT_GT(world.count("SELECT count(*) FROM change_feed WHERE kind = 2"), feed);
  EXPECT_EQ(world.count("SELECT count(*) FROM cannot_link"), 1);
}

TEST(UnmergeTest, ARecordThatIsAloneOrUnknownIsRefused) {
  ImportWorld world;
  world.contacts("crm", "1,Anna,,mail.a@example.com,,,\n");
  auto alone = take_out(world, world.record("crm", "1"));
  ASSERT_FALSE(alone.ok());
  EXPECT_EQ(alone.error().code, ErrorCode::kConflict);
  auto unknown = take_out(world, RecordId{Uuid::v4(world.random)});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
}

TEST(ExplainTest, ALinkIsExplainedByTheKindsOfTheValuesNeverTheValues) {
  ImportWorld world;
  world.contacts(
      "crm",
      "1,Anna,,mail.a@example.com,+79260000001,,\n2,Anna,,mail.a@example.com,+79260000001,,\n");
  Tx tx(world.data, world.tenant);
  const auto evidence = explain(tx, world.record("crm", "2"), world.record("crm", "1"));
  ASSERT_EQ(evidence.size(), 2U);
  EXPECT_EQ(evidence[0].kind, kPhoneIndex);
  EXPECT_EQ(evidence[1].kind, kEmailIndex);
  EXPECT_FALSE(evidence[0].retracted_at.has_value());
}

TEST(SearchTest, ARecordIsFoundByItsValueAndNeverByAnothers) {
  ImportWorld world;
  ImportWorld other;
  world.contacts("crm", "1,Anna,,mail.a@example.com,,,\n");
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(records_with(tx, world.tags(), kEmailIndex, "mail.a@example.com").size(), 1U);
  EXPECT_EQ(records_with(tx, world.tags(), kExternalIdIndex, "1").size(), 1U);
  EXPECT_TRUE(records_with(tx, world.tags(), kEmailIndex, "mail.b@example.com").empty());
  EXPECT_TRUE(records_with(tx, other.tags(), kEmailIndex, "mail.a@example.com").empty());
}

TEST(ConcurrencyTest, TwoImportersAtOnceGiveWhatOneAfterTheOtherGives) {
  const auto rows = [](const char* prefix) {
    std::string text = kContactCaptions;
    for (int i = 0; i < 5000; ++i) {
      const std::string n = std::to_string(i);
      text += prefix + n + ",,,u" + n + "@example.com,,,\n";
    }
    return text;
  };
  const auto import = [](ImportWorld& world, const std::string& source, const std::string& text,
                         const std::string& name) {
    const auto path = world.directory.path() / name;
    std::ofstream(path) << text;
    std::atomic<bool> stop{false};
    auto report = Importer(world.services())
                      .run(
                          world.tenant, world.act,
                          {source, find_mapping(world.mappings, "contacts"), path, ""},
                          [&](const ImportProgress&) { world.clock.advance_us(1000); }, stop);
    ASSERT_TRUE(report.ok()) << report.error().reason.view();
    EXPECT_TRUE(report->finished);
  };
  ImportWorld one;
  import(one, "crm", rows("c"), "a.csv");
  import(one, "shop", rows("s"), "b.csv");
  ImportWorld both;
  std::thread crm([&] { import(both, "crm", rows("c"), "a.csv"); });
  std::thread shop([&] { import(both, "shop", rows("s"), "b.csv"); });
  crm.join();
  shop.join();
  EXPECT_EQ(both.people(), one.people());
  EXPECT_EQ(both.people().size(), 5000U);
}

}  // namespace
}  // namespace assent

#include <gtest/gtest.h>

#include "consent/erasure_marker.h"
#include "identity/name.h"
#include "identity/rejected.h"
#include "tests/identity/import_world.h"

namespace assent {
namespace {

constexpr auto kAnna = "1,Anna,Ivanova,anna@example.com,,,\n";

// What an erasure leaves of Anna's record: markers, and no key.
void erase(ImportWorld& world, const std::string& source) {
  const TagMaker tags = world.tags();
  auto done = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    const Rows rows = tx.query("SELECT source_id FROM source WHERE name = $1", {source});
    const Tag16 address = tags.tag(kEmailIndex, "anna@example.com");
    std::vector<ErasureMarker> markers{
        source_marker(tags, static_cast<std::int16_t>(rows[0].integer(0)),
                      tags.tag(kExternalIdIndex, "1")),
        marker_of(tags, MarkerKind::kAddress, address)};
    for (const std::string& form : world.names.marks("Anna")) {
      markers.push_back(named_marker(tags, address, form));
    }
    ErasureMarkers::store(
        tx, world.journal.append(tx, leaf_of(world.act, AuditEvent::kErasureCompleted)),
        Uuid::v4(world.random), markers);
    return Unit{};
  });
  ASSERT_TRUE(done.ok());
  auto destroyed = in_tx(world.key_destroyer, world.tenant, [&](Tx& tx) -> Status {
    tx.exec("DELETE FROM subject_key WHERE tenant = $1 AND subject = $2",
            {world.tenant, world.record(source, "1")});
    return Unit{};
  });
  ASSERT_TRUE(destroyed.ok());
  auto marked = in_tx(world.owner, world.tenant, [&](Tx& tx) -> Status {
    tx.exec("UPDATE record SET state = 2 WHERE record_id = $1", {world.record(source, "1")});
    return Unit{};
  });
  ASSERT_TRUE(marked.ok());
}

std::vector<RejectedNote> rejected(ImportWorld& world, Uuid import) {
  Tx tx(world.data, world.tenant);
  return list_rejected(tx, import, 0, 100);
}

TEST(ErasedTest, ARowOfAnErasedPersonIsRejectedAndNothingOfItIsKept) {
  ImportWorld world;
  world.contacts("shop", kAnna);
  erase(world, "shop");
  const auto report = world.contacts("shop", kAnna);
  EXPECT_EQ(report.rejected, 1U);
  const auto notes = rejected(world, report.import);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].reason.substr(0, 6), "ERASED");
  EXPECT_EQ(world.count("SELECT count(*) FROM unit_tag"), 0);
  EXPECT_TRUE(world.people().empty());
}

TEST(ErasedTest, ThePersonIsKnownAgainInAnotherSourceByAddressAndName) {
  ImportWorld world;
  world.contacts("shop", kAnna);
  erase(world, "shop");
  EXPECT_EQ(world.contacts("crm", "77,Анна,Иванова,anna@example.com,,,\n").rejected, 1U);
}

TEST(ErasedTest, ARelativeAtTheSameAddressIsUntouched) {
  ImportWorld world;
  world.contacts("shop", kAnna);
  erase(world, "shop");
  const auto report = world.contacts("shop", "2,Boris,Ivanov,anna@example.com,,,\n");
  EXPECT_EQ(report.stored, 1U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:2"}}));
}

TEST(ErasedTest, AnOlderOrderIsRefusedAndALaterOneBringsThePersonBack) {
  ImportWorld world;
  world.import("till", "orders", kOrderCaptions + "1,o1,2026-01-02T10:00:00Z,1,EUR\n");
  erase(world, "till");
  const auto old =
      world.import("till", "orders", kOrderCaptions + "1,o2,2026-02-02T10:00:00Z,1,EUR\n");
  EXPECT_EQ(old.rejected, 1U);
  world.clock.advance_days(2);
  const std::string later = to_rfc3339({world.clock.now().us - kDayUs});
  const auto back = world.import("till", "orders", kOrderCaptions + "1,o3," + later + ",1,EUR\n");
  EXPECT_EQ(back.stored, 1U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"till:1"}}));
  EXPECT_EQ(world.count("SELECT count(*) FROM erasure_marker WHERE kind = 1 AND "
                        "lifted_at IS NULL"),
            0);
}

TEST(ErasedTest, AnActThatIsDatedAheadBringsNobodyBack) {
  ImportWorld world;
  world.import("till", "orders", kOrderCaptions + "1,o1,2026-01-02T10:00:00Z,1,EUR\n");
  erase(world, "till");
  world.clock.advance_days(2);
  for (const std::int64_t days : {1, 400}) {
    const std::string ahead = to_rfc3339({world.clock.now().us + days * kDayUs});
    const auto report =
        world.import("till", "orders", kOrderCaptions + "1,o3," + ahead + ",1,EUR\n");
    EXPECT_EQ(report.rejected, 1U);
    EXPECT_EQ(rejected(world, report.import).at(0).reason.substr(0, 6), "ERASED");
  }
  EXPECT_EQ(world.count("SELECT count(*) FROM erasure_marker WHERE lifted_at IS NULL AND kind = 1"),
            1);
}

TEST(ErasedTest, ASignUpThatIsDatedAheadBringsNobodyBack) {
  ImportWorld world;
  for (Mapping& mapping : world.mappings) mapping.act_of = ActOf::kPerson;
  const std::string captions = "ID,Тип,Дата создания,Рабочий email\n";
  const auto row = [&](const std::string& created) {
    return world.import("site", "amocrm_contacts", captions + "1,контакт," + created + ",\n");
  };
  row("01.01.2026");
  erase(world, "site");
  EXPECT_EQ(row("01.01.2031").rejected, 1U);
}

TEST(ErasedTest, AClerksEditIsNoActOfThePerson) {
  ImportWorld world;
  world.contacts("shop", kAnna);
  erase(world, "shop");
  world.clock.advance_days(2);
  const std::string claim = to_rfc3339({world.clock.now().us - kDayUs});
  const auto report = world.import("shop", "contacts",
                                   "external_id,purpose,channel,action,effective_at,notice,"
                                   "method\n1,direct_marketing,email,give," +
                                       claim + ",,web_form\n");
  EXPECT_EQ(report.rejected, 1U);
}

TEST(ErasedTest, ARecordWhoseKeyIsGoneReadsAsErased) {
  ImportWorld world;
  world.contacts("shop", kAnna);
  auto destroyed = in_tx(world.key_destroyer, world.tenant, [&](Tx& tx) -> Status {
    tx.exec("DELETE FROM subject_key WHERE subject = $1", {world.record("shop", "1")});
    return Unit{};
  });
  ASSERT_TRUE(destroyed.ok());
  EXPECT_EQ(world.contacts("shop", "1,Anna,Petrova,anna@example.com,,,\n").rejected, 1U);
  EXPECT_TRUE(world.people().empty());
}

}  // namespace
}  // namespace assent

#include <fstream>

#include "consent/erasure_marker.h"
#include "consent/flag.h"
#include "consent/notice.h"
#include "consent/purpose.h"
#include "tests/consent/consent_world.h"

namespace assent {
namespace {

EventId batch_leaf(ConsentWorld& world, Tx& tx) {
  return world.journal.append(tx, leaf_of(world.act, AuditEvent::kBatch));
}

std::vector<Suppressions::Entry> standing(ConsentWorld& world, Tag16 contact) {
  Tx tx(world.data, world.tenant);
  return Suppressions::standing(tx, {&contact, 1})[contact];
}

TEST(SuppressionTest, AnAddressNobodyHoldsIsSuppressedBeforeItIsEverSeen) {
  ConsentWorld world;
  world.must([&](Tx& tx) {
    return world.suppressions.suppress(tx, world.act, {tag_of(1), hidden(1)}, kEmailChannel,
                                       tx.now());
  });
  EXPECT_EQ(standing(world, tag_of(1)).size(), 1U);
  EXPECT_EQ(world.leaves(AuditEvent::kSuppressed).size(), 1U);
}

TEST(SuppressionTest, ALaterDateReplacesAnEarlierOneAndNeverTheOtherWay) {
  ConsentWorld world;
  const Timestamp late = world.clock.now();
  for (const Timestamp since : {Timestamp{late.us - 5}, late, Timestamp{late.us - 9}}) {
    world.must([&](Tx& tx) {
      return world.suppressions.suppress(tx, world.act, {tag_of(1), hidden(1)}, 0, since);
    });
  }
  ASSERT_EQ(standing(world, tag_of(1)).size(), 1U);
  EXPECT_EQ(standing(world, tag_of(1))[0].since, late);
}

TEST(SuppressionTest, ChannelsAreSuppressedOneByOne) {
  ConsentWorld world;
  const std::vector<SuppressedAddress> list{{hidden(1), kEmailChannel, world.clock.now()},
                                            {hidden(1), kSmsChannel, world.clock.now()}};
  world.must([&](Tx& tx) -> Status {
    const EventId leaf = batch_leaf(world, tx);
    const ContactTags tags{tag_of(1), hidden(1)};
    if (auto noted = world.suppressions.note_contacts(tx, leaf, {&tags, 1}); !noted.ok()) {
      return noted;
    }
    return world.suppressions.suppress(tx, leaf, list);
  });
  EXPECT_EQ(standing(world, tag_of(1)).size(), 2U);
}

TEST(SuppressionTest, ContactsThatAreNotKnownAreCountedOut) {
  ConsentWorld world;
  const SuppressedContact unknown{tag_of(7), kEmailChannel, world.clock.now()};
  auto known = world.must([&](Tx& tx) {
    return world.suppressions.suppress_contacts(tx, world.act, {&unknown, 1});
  });
  EXPECT_EQ(known, 0U);
}

TEST(SuppressionTest, StandingDenialsOfARecordOutliveIt) {
  ConsentWorld world;
  const RecordId anna = world.new_record();
  world.must([&](Tx& tx) -> Status {
    const std::vector<ContactTags> tags{{tag_of(1), hidden(1)}, {tag_of(2), hidden(2)}};
    return world.suppressions.note_contacts(tx, batch_leaf(world, tx), tags);
  });
  world.say(world.event(anna, ConsentAction::kWithdraw, kEmailChannel, tag_of(1), "1"));
  world.say(world.event(anna, ConsentAction::kWithdraw, kEmailChannel, tag_of(2), "2"));
  world.wait_hours(1);
  ConsentEvent again = world.event(anna, ConsentAction::kGive, kEmailChannel, tag_of(2), "3");
  again.by_verified_holder = true;
  world.say(again);
  auto kept = world.must([&](Tx& tx) {
    return world.suppressions.keep_denials(tx, batch_leaf(world, tx), {&anna, 1});
  });
  EXPECT_EQ(kept, 1U);
  EXPECT_EQ(standing(world, tag_of(1)).size(), 1U);
  EXPECT_TRUE(standing(world, tag_of(2)).empty());
}

TEST(SuppressionTest, NothingIsSuppressedWithoutALeaf) {
  ConsentWorld world;
  const SuppressedAddress address{hidden(1), 0, world.clock.now()};
  auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) {
    return world.suppressions.suppress(tx, EventId{Uuid::v4(world.random)}, {&address, 1});
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
}

class MarkerTest : public ::testing::Test {
 protected:
  TagMaker tags() { return std::move(*world.keys.tags(world.tenant, {1})); }
  std::size_t standing(const std::vector<ErasureMarker>& markers) {
    Tx tx(world.data, world.tenant);
    return ErasureMarkers::standing(tx, markers).size();
  }
  void store(Uuid group, const std::vector<ErasureMarker>& markers) {
    world.must([&](Tx& tx) -> Status {
      ErasureMarkers::store(tx, batch_leaf(world, tx), group, markers);
      return Unit{};
    });
  }
  void lift(Uuid group) {
    world.must([&](Tx& tx) -> Status {
      ErasureMarkers::lift(tx, batch_leaf(world, tx), {&group, 1});
      return Unit{};
    });
  }
  ErasureMarker key(int id) { return source_marker(tags(), 1, tag_of(id)); }
  ConsentWorld world;
};

TEST_F(MarkerTest, AMarkerStandsForItsValueAndKindAlone) {
  const auto address = marker_of(tags(), MarkerKind::kAddress, tag_of(2));
  const auto anna = named_marker(tags(), tag_of(2), "anna");
  store(Uuid::v4(world.random), {key(1), address, anna});
  EXPECT_EQ(standing({key(1), address, anna}), 3U);
  EXPECT_EQ(standing({source_marker(tags(), 2, tag_of(1)), key(9)}), 0U);
  EXPECT_EQ(standing({marker_of(tags(), MarkerKind::kCard, tag_of(2))}), 0U);
  EXPECT_EQ(standing({named_marker(tags(), tag_of(2), "boris")}), 0U);
  EXPECT_EQ(standing({named_marker(tags(), tag_of(3), "anna")}), 0U);
}

TEST_F(MarkerTest, AllMarkersOfOneErasureAreLiftedTogetherAndNoOthers) {
  const Uuid anna = Uuid::v4(world.random);
  const auto shared = marker_of(tags(), MarkerKind::kAddress, tag_of(2));
  store(anna, {key(1), shared});
  store(Uuid::v4(world.random), {key(5), shared});
  EXPECT_EQ(standing({key(1), shared}), 3U);
  lift(anna);
  EXPECT_EQ(standing({key(1)}), 0U);
  EXPECT_EQ(standing({key(5), shared}), 2U);
}

TEST_F(MarkerTest, ALiftedMarkerBindsAgainAfterTheNextErasure) {
  const Uuid first = Uuid::v4(world.random);
  store(first, {key(1)});
  lift(first);
  EXPECT_EQ(standing({key(1)}), 0U);
  store(Uuid::v4(world.random), {key(1)});
  EXPECT_EQ(standing({key(1)}), 1U);
}

TEST(RecordFlagTest, AFlagStandsUntilItIsEndedAndIsToldToTheFeed) {
  ConsentWorld world;
  const RecordId anna = world.new_record();
  const auto ended = world.must([&](Tx& tx) -> Result<std::size_t> {
    const EventId leaf = batch_leaf(world, tx);
    const Timestamp before{tx.now().us - 1};
    RecordFlags::set(tx, leaf, {&anna, 1}, RecordFlag::kRestriction, before);
    RecordFlags::set(tx, leaf, {&anna, 1}, RecordFlag::kRestriction, before);
    const std::size_t first = RecordFlags::end(tx, leaf, {&anna, 1}, RecordFlag::kRestriction);
    return first * 10 + RecordFlags::end(tx, leaf, {&anna, 1}, RecordFlag::kRestriction);
  });
  EXPECT_EQ(ended, 10U);
  Tx tx(world.data, world.tenant);
  EXPECT_GE(tx.query("SELECT count(*) FROM change_feed WHERE kind = 6")[0].integer(0), 1);
}

class CatalogueTest : public ::testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) {
    const auto file = world.directory.path() / "catalogue.yaml";
    std::ofstream(file) << text;
    return file;
  }
  ConsentWorld world;
};

TEST_F(CatalogueTest, TheShippedPurposesAreRegisteredOnceEachWithALeaf) {
  auto purposes = load_purposes(world.policies() / "purposes.yaml");
  ASSERT_TRUE(purposes.ok());
  const auto publish = [&] {
    return world.must(
        [&](Tx& tx) { return Purposes(world.journal).publish(tx, world.act, *purposes); });
  };
  EXPECT_EQ(publish(), purposes->size());
  EXPECT_EQ(publish(), 0U);
  EXPECT_EQ(world.leaves(AuditEvent::kPurposeRegistered).size(), purposes->size());
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(*Purposes::find(tx, "direct_marketing"), PurposeCode::kDirectMarketing);
  EXPECT_EQ(Purposes::find(tx, "world_domination").error().code, ErrorCode::kNotFound);
}

TEST_F(CatalogueTest, TheShippedNoticesArePublishedOnceAndFoundByDay) {
  auto notices = load_notices(world.policies() / "notices.yaml");
  ASSERT_TRUE(notices.ok()) << notices.error().reason.view();
  const auto publish = [&](const std::vector<Notice>& list) {
    return in_tx(world.data, world.tenant,
                 [&](Tx& tx) { return Notices(world.journal).publish(tx, world.act, list); });
  };
  EXPECT_EQ(*publish(*notices), notices->size());
  EXPECT_EQ(*publish(*notices), 0U);
  EXPECT_EQ(world.leaves(AuditEvent::kNoticePublished).size(), notices->size());
  const Notice& first = notices->front();
  Tx tx(world.data, world.tenant);
  auto found = Notices::in_force(tx, first.name, midnight_utc(first.effective_from));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->body, first.body);
  EXPECT_EQ(found->channels, first.channels);
  EXPECT_EQ(Notices::by_id(tx, found->id)->name, first.name);
  EXPECT_FALSE(Notices::in_force(tx, first.name, {midnight_utc(first.effective_from).us - 1}).ok());
}

TEST_F(CatalogueTest, APublishedTextIsNeverEdited) {
  auto notices = load_notices(world.policies() / "notices.yaml");
  const auto publish = [&](const std::vector<Notice>& list) {
    return in_tx(world.data, world.tenant,
                 [&](Tx& tx) { return Notices(world.journal).publish(tx, world.act, list); });
  };
  ASSERT_TRUE(publish(*notices).ok());
  notices->front().body += " (changed)";
  notices->front().body_hash[0] ^= 1;
  EXPECT_EQ(publish(*notices).error().code, ErrorCode::kConflict);
  notices->front().version += 1;
  EXPECT_EQ(*publish(*notices), 1U);
}

TEST_F(CatalogueTest, ADefectOfACatalogueIsNamedWithItsPlace) {
  const auto purposes = [&](std::string_view text) { return load_purposes(write(text)).error(); };
  const Error unknown_key = purposes(
      "schema: assent-purposes/1\npurposes:\n  - key: service\n    title: {}\n    legal_basis: "
      "contract\n    retention_days: 3\n    chanels: []\n");
  EXPECT_EQ(unknown_key.code, ErrorCode::kInvalid);
  ASSERT_TRUE(unknown_key.position.has_value());
  EXPECT_EQ(unknown_key.position->line, 7U);
  EXPECT_EQ(purposes("schema: assent-purposes/1\npurposes: [{key: spying, legal_basis: consent, "
                     "retention_days: 1}]\n")
                .code,
            ErrorCode::kInvalid);
  EXPECT_EQ(purposes("schema: [").code, ErrorCode::kInvalid);
  EXPECT_EQ(load_purposes(world.directory.path() / "none.yaml").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent

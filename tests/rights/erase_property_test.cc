#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "consent/permit.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

// Five first names that are nobody's short form of each other, so each is a person of the family.
const std::vector<std::string> kNames{"Anna", "Boris", "Clara", "Dmitri", "Frieda"};

struct Family {
  int members = 1;         // 1 to 5, who share one address.
  int shops = 1;           // 1 to 2 sources that know them.
  bool opted_out = false;  // The first of them.
};

struct Somebody {
  std::string address;
  std::string name;
  friend auto operator<=>(const Somebody&, const Somebody&) = default;
};

// Over the whole range whatever the size of the case is.
int pick(int from, int to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to + 1));
}

std::string address_of(std::size_t family) {
  return "family" + std::to_string(family) + "@example.com";
}

// All people of the families, each in every shop of the family.
std::vector<Somebody> settle(RightsWorld& world, const std::vector<Family>& families) {
  std::vector<Somebody> all;
  for (int shop = 0; shop < 2; ++shop) {
    std::string rows;
    for (std::size_t f = 0; f < families.size(); ++f) {
      if (shop >= families[f].shops) continue;
      for (int m = 0; m < families[f].members; ++m) {
        const std::string id = std::to_string(f) + "x" + std::to_string(m);
        rows += id + "," + kNames[m] + ",Muster," + address_of(f) + ",,," +
                (m == 0 && families[f].opted_out ? "yes" : "") + "\n";
        if (shop == 0) all.push_back({address_of(f), kNames[m]});
      }
    }
    if (!rows.empty()) world.contacts("shop" + std::to_string(shop), rows);
  }
  return all;
}

// What an outsider can see of every record that is live: its name, its person, its permits.
using View = std::map<RecordId, std::string>;
View view(RightsWorld& world) {
  View seen;
  Tx tx(world.data, world.tenant);
  const Rows rows = tx.query(
      "SELECT r.record_id, m.profile_id, r.version, "
      "(SELECT count(*) FROM identifier i WHERE i.record_id = r.record_id), "
      "(SELECT count(*) FROM link l WHERE l.retracted_at IS NULL AND "
      "  r.record_id IN (l.record_a, l.record_b)), "
      "coalesce((SELECT string_agg(p.channel || ':' || p.permitted || ':' || p.reason, ',' "
      "  ORDER BY p.channel, p.contact_tag, p.record_id) FROM permit p "
      "  WHERE p.profile_id = m.profile_id), '') "
      "FROM record r JOIN membership m ON m.record_id = r.record_id AND m.to_at IS NULL "
      "WHERE r.state = 0");
  for (const auto& row : rows) {
    const auto record = row.id<RecordId>(0);
    seen[record] = world.first_name(record) + '|' + row.uuid(1).text() + '|' +
                   std::to_string(row.integer(2)) + '|' + std::to_string(row.integer(3)) + '|' +
                   std::to_string(row.integer(4)) + '|' + row.text(5);
  }
  return seen;
}

// I6: erasing a person removes that person from every read, for good, and nobody else.
RC_GTEST_PROP(ErasePropertyTest, ErasingAnybodyTouchesNobodyElse, ()) {
  std::vector<Family> families;
  const int count = pick(1, 3);
  for (int i = 0; i < count; ++i) families.push_back({pick(1, 5), pick(1, 2), pick(0, 1) == 1});
  RightsWorld world;
  const std::vector<Somebody> all = settle(world, families);
  RC_ASSERT(world.people().size() == all.size());
  const View before = view(world);
  std::map<RecordId, RightsWorld::Copy> copies;
  for (const auto& [record, what] : before) copies[record] = world.copy_of(record);

  std::size_t erased = 0;
  for (const Somebody& one : all) {
    if (pick(0, 1) == 0) continue;
    world.erase(RightsWorld::by_email(one.address, one.name));
    ++erased;
  }
  const View after = view(world);
  std::size_t left = 0;
  for (const auto& [record, what] : before) {
    const bool is_left = after.contains(record);
    RC_ASSERT(world.opens_with_a_key_left(copies[record]) == is_left);
    if (is_left) RC_ASSERT(after.at(record) == what);
    left += is_left ? 1 : 0;
  }
  RC_ASSERT(after.size() == left);
  RC_ASSERT(world.people().size() == all.size() - erased);
}

}  // namespace
}  // namespace assent

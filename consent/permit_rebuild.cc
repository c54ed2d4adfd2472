#include <algorithm>
#include <map>

#include "consent/permit.h"

namespace assent {
namespace {

constexpr std::size_t kBatch = 2'000;

using RowsByProfile = std::map<ProfileId, std::vector<PermitRow>>;

RowsByProfile by_profile(std::vector<PermitRow> rows) {
  RowsByProfile grouped;
  for (PermitRow& row : rows) grouped[row.profile].push_back(std::move(row));
  return grouped;
}

Result<RebuildReport> rebuild_batch(Tx& tx, const PermitDeriver& deriver,
                                    std::span<const PersonFacts> people) {
  RebuildReport report;
  if (people.empty()) return report;
  std::vector<ProfileId> ids;
  for (const PersonFacts& person : people) ids.push_back(person.profile);
  const RowsByProfile before = by_profile(PermitDeriver::stored(tx, ids));
  if (auto written = deriver.rebuild(tx, people); !written.ok()) return written.error();
  const RowsByProfile after = by_profile(PermitDeriver::stored(tx, ids));
  const auto rows_of = [](const RowsByProfile& rows, ProfileId id) {
    const auto found = rows.find(id);
    return found == rows.end() ? std::vector<PermitRow>() : found->second;
  };
  report.profiles = ids.size();
  report.changed = static_cast<std::size_t>(std::ranges::count_if(
      ids, [&](ProfileId id) { return rows_of(before, id) != rows_of(after, id); }));
  report.last = ids.back();
  return report;
}

}  // namespace

Result<RebuildReport> rebuild_all(Database& data, TenantId tenant, const PermitDeriver& deriver,
                                  const PeopleSource& people, std::optional<ProfileId> after,
                                  const std::function<void(const RebuildReport&)>& on_batch) {
  RebuildReport total;
  total.last = after;
  for (;;) {
    auto batch = in_tx(data, tenant, [&](Tx& tx) -> Result<RebuildReport> {
      auto next = people(tx, total.last, kBatch);
      if (!next.ok()) return next.error();
      return rebuild_batch(tx, deriver, *next);
    });
    if (!batch.ok()) return batch.error();
    total.profiles += batch->profiles;
    total.changed += batch->changed;
    if (batch->last) total.last = batch->last;
    if (on_batch) on_batch(total);
    if (batch->profiles < kBatch) return total;
  }
}

}  // namespace assent

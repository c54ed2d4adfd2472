#include "journal_pages.h"

#include <set>

namespace assent {
namespace {

constexpr std::int64_t kPage = 5'000;
constexpr StaticText kLines = R"sql(
  SELECT position, kind, record_id, at, convert_from(body, 'UTF8') FROM denial
   WHERE tenant = $1 AND position > $2 ORDER BY position LIMIT $3
)sql";
// A position alone says little: data that went on after a restore may have given it anew.
constexpr StaticText kFeed =
    "SELECT position, kind, record_id, at FROM change_feed WHERE position = ANY ($1)";

Result<std::vector<DenialLine>> page_after(Database& journal_of_denials, TenantId tenant,
                                           std::int64_t after) {
  return in_tx(journal_of_denials, tenant, [&](Tx& tx) -> Result<std::vector<DenialLine>> {
    std::vector<DenialLine> lines;
    const Rows rows = tx.query(kLines, {tenant, after, kPage});
    for (const auto& row : rows) {
      DenialLine line;
      line.position = row.integer(0);
      line.kind = static_cast<std::int16_t>(row.integer(1));
      line.record = row.uuid(2);
      line.at = row.time(3);
      if (auto read = read_denial_body(row.text(4), line); !read.ok()) return read.error();
      lines.push_back(std::move(line));
    }
    return lines;
  });
}

using Place = std::tuple<std::int64_t, std::int16_t, Uuid, Timestamp>;

Result<std::set<Place>> known_places(Database& data, TenantId tenant,
                                     const std::vector<DenialLine>& lines) {
  std::vector<std::int64_t> positions;
  for (const DenialLine& line : lines) positions.push_back(line.position);
  return in_tx(data, tenant, [&](Tx& tx) -> Result<std::set<Place>> {
    std::set<Place> places;
    const Rows rows = tx.query(kFeed, {Param::array(positions)});
    for (const auto& row : rows) {
      places.emplace(row.integer(0), static_cast<std::int16_t>(row.integer(1)), row.uuid(2),
                     row.time(3));
    }
    return places;
  });
}

}  // namespace

Status for_each_missing(Database& journal_of_denials, Database& data, TenantId tenant,
                        const PageOfDenials& look) {
  for (std::int64_t reached = 0;;) {
    auto lines = page_after(journal_of_denials, tenant, reached);
    if (!lines.ok()) return lines.error();
    if (lines->empty()) return Unit{};
    reached = lines->back().position;
    const auto known = known_places(data, tenant, *lines);
    if (!known.ok()) return known.error();
    std::erase_if(*lines, [&](const DenialLine& line) {
      return known->contains({line.position, line.kind, line.record, line.at});
    });
    if (auto looked = look(*lines, reached); !looked.ok()) return looked;
  }
}

}  // namespace assent

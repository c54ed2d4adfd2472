#include "link_store.h"

namespace assent {
namespace {

constexpr StaticText kHolders = R"sql(
  SELECT kind, tag, record_id FROM (
    SELECT t.kind, t.tag, h.record_id, count(*) OVER (PARTITION BY t.kind, t.tag) AS holders
      FROM (SELECT DISTINCT k, v FROM unnest($1::smallint[], $2::bytea[]) AS n (k, v))
             AS t (kind, tag)
     CROSS JOIN LATERAL (
       SELECT i.record_id FROM identifier i
        WHERE i.tag = t.tag AND i.kind = t.kind LIMIT $3) AS h
     CROSS JOIN LATERAL (
       SELECT FROM record r WHERE r.record_id = h.record_id AND r.state = 0 LIMIT 1) AS live
       ) AS found
   WHERE holders > 1 ORDER BY kind, tag, record_id
)sql";

constexpr StaticText kComponent = R"sql(
  WITH RECURSIVE reached (r) AS (
    SELECT unnest($1::uuid[])
    UNION
    SELECT next.r FROM reached CROSS JOIN LATERAL (
      SELECT record_b AS r FROM link WHERE record_a = reached.r AND retracted_at IS NULL
      UNION ALL
      SELECT record_a FROM link WHERE record_b = reached.r AND retracted_at IS NULL
      UNION ALL
      SELECT peer.record_id
        FROM (SELECT profile_id FROM membership
               WHERE record_id = reached.r AND to_at IS NULL LIMIT 1) AS mine
       CROSS JOIN LATERAL (SELECT record_id FROM membership
                            WHERE profile_id = mine.profile_id AND to_at IS NULL
                           OFFSET 0) AS peer) AS next)
  SELECT r FROM reached ORDER BY r
)sql";

constexpr StaticText kLinks = R"sql(
  SELECT record_a, record_b, kind, tag FROM link
   WHERE record_a = ANY($1::uuid[]) AND record_b = ANY($1::uuid[]) AND retracted_at IS NULL
)sql";

constexpr StaticText kCannotLinks = R"sql(
  SELECT record_a, record_b FROM cannot_link
   WHERE record_a = ANY($1::uuid[]) AND record_b = ANY($1::uuid[])
)sql";

Param ids(std::span<const RecordId> records) {
  return Param::array(std::vector<RecordId>(records.begin(), records.end()));
}

struct LinkColumns {
  std::vector<RecordId> firsts, seconds;
  std::vector<std::int16_t> kinds;
  std::vector<Tag16> tags;

  explicit LinkColumns(std::span<const Link> links) {
    for (const Link& link : links) {
      firsts.push_back(link.a);
      seconds.push_back(link.b);
      kinds.push_back(static_cast<std::int16_t>(link.by.kind));
      tags.push_back(link.by.tag);
    }
  }
};

LinkTag link_tag(const Rows::Row& row, int kind_column, int tag_column) {
  return {static_cast<std::uint16_t>(row.integer(kind_column)), row.tag(tag_column)};
}

}  // namespace

RecordPair ordered(RecordId a, RecordId b) {
  return a < b ? RecordPair{a, b} : RecordPair{b, a};
}

std::vector<Holders> find_holders(Tx& tx, std::span<const LinkTag> tags, std::size_t batch) {
  std::vector<std::int16_t> kinds;
  std::vector<Tag16> values;
  for (const LinkTag& tag : tags) {
    kinds.push_back(static_cast<std::int16_t>(tag.kind));
    values.push_back(tag.tag);
  }
  std::vector<Holders> found;
  if (tags.empty()) return found;
  const auto limit = static_cast<std::int64_t>(kHoldersMax + batch + 1);
  const Rows rows = tx.query(kHolders, {Param::array(kinds), Param::array(values), limit});
  for (const auto& row : rows) {
    const LinkTag by = link_tag(row, 0, 1);
    if (found.empty() || found.back().by != by) found.push_back({by, {}});
    found.back().records.push_back(row.id<RecordId>(2));
  }
  return found;
}

std::vector<RecordId> find_component(Tx& tx, std::span<const RecordId> seeds) {
  std::vector<RecordId> reached;
  const Rows rows = tx.query(kComponent, {ids(seeds)});
  for (const auto& row : rows) reached.push_back(row.id<RecordId>(0));
  return reached;
}

std::vector<Link> find_links(Tx& tx, std::span<const RecordId> records) {
  std::vector<Link> links;
  const Rows rows = tx.query(kLinks, {ids(records)});
  for (const auto& row : rows) {
    links.push_back({row.id<RecordId>(0), row.id<RecordId>(1), link_tag(row, 2, 3)});
  }
  return links;
}

std::set<RecordPair> find_cannot_links(Tx& tx, std::span<const RecordId> records) {
  std::set<RecordPair> pairs;
  const Rows rows = tx.query(kCannotLinks, {ids(records)});
  for (const auto& row : rows) pairs.emplace(row.id<RecordId>(0), row.id<RecordId>(1));
  return pairs;
}

void store_links(Tx& tx, EventId leaf, std::span<const Link> links) {
  if (links.empty()) return;
  const LinkColumns columns(links);
  tx.post("SELECT store_links($1, $2, $3, $4, $5, $6)",
          {leaf, tx.now(), Param::array(columns.firsts), Param::array(columns.seconds),
           Param::array(columns.kinds), Param::array(columns.tags)});
}

void retract_links(Tx& tx, EventId leaf, std::span<const Link> links, RetractReason reason) {
  if (links.empty()) return;
  const LinkColumns columns(links);
  tx.post(
      "SELECT retract_links($1, $2, $3, $4, $5, $6, $7)",
      {leaf, tx.now(), Param::array(columns.firsts), Param::array(columns.seconds),
       Param::array(columns.kinds), Param::array(columns.tags), static_cast<std::int16_t>(reason)});
}

}  // namespace assent

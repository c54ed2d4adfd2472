#include "segments/traits.h"

#include "core/digest.h"
#include "core/json_text.h"
#include "identity/date_text.h"
#include "segment_filter.h"

namespace assent {
namespace {

constexpr StaticText kCompute =
    "SELECT of_currency, total, cut_r, cut_f, cut_m "
    "FROM compute_traits($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr StaticText kStoreRun = "SELECT store_trait_run($1, $2, $3, $4, $5, $6, $7)";
constexpr StaticText kNewestRun =
    "SELECT as_of FROM trait_run WHERE tenant = $1 ORDER BY run_id DESC LIMIT 1";
constexpr StaticText kCount = "SELECT count(*) FROM segment_profiles($1, $2)";

// The segments by score as columns, in their order.
struct RuleColumns {
  std::vector<std::string> labels;
  std::vector<std::int32_t> r_from, r_to, f_from, f_to, m_from, m_to;

  explicit RuleColumns(const SegmentCatalogue& segments) {
    for (const Segment& segment : segments.all()) {
      if (!segment.by_score()) continue;
      labels.push_back(segment.name.text());
      r_from.push_back(segment.r.from);
      r_to.push_back(segment.r.to);
      f_from.push_back(segment.f.from);
      f_to.push_back(segment.f.to);
      m_from.push_back(segment.m.from);
      m_to.push_back(segment.m.to);
    }
  }
};

// {"EUR":{"r":[…],"f":[…],"m":[…]},…}
std::string thresholds_json(const Rows& cuts) {
  std::string json = "{";
  for (const auto& row : cuts) {
    if (json.size() > 1) json += ',';
    append_json_string(json, row.text(0));
    json += ":{\"r\":" + row.text(2) + ",\"f\":" + row.text(3) + ",\"m\":" + row.text(4) + '}';
  }
  return json + '}';
}

}  // namespace

Result<TraitRun> Traits::compute(Tx& tx, const Act& act, Date as_of) const {
  if (as_of > latest_day(tx.now())) {
    return Error{.code = ErrorCode::kInvalid,
                 .reason = "as_of is a day in the future: nobody knows yet who bought by then",
                 .field = CatalogueName::from_policy("as_of")};
  }
  const RuleColumns rule(segments_);
  const Rows cuts = tx.query(
      kCompute, {as_of, tx.now(), Param::array(rule.labels), Param::array(rule.r_from),
                 Param::array(rule.r_to), Param::array(rule.f_from), Param::array(rule.f_to),
                 Param::array(rule.m_from), Param::array(rule.m_to)});
  const TraitRun run{Uuid::v7(tx.now(), random_), as_of, segments_.rule(), thresholds_json(cuts),
                     cuts.empty() ? 0 : cuts[0].integer(1)};
  Leaf leaf = leaf_of(act, AuditEvent::kSegmentComputed);
  leaf.object_kind = ObjectKind::kSegment;
  leaf.object = run.id;
  leaf.result_count = static_cast<std::uint32_t>(run.profiles);
  leaf.record_hash = sha256(as_bytes(run.thresholds));
  tx.exec(kStoreRun, {journal_.append(tx, leaf), run.id, as_of, run.rule, run.thresholds,
                      run.profiles, tx.now()});
  return run;
}

Result<std::int64_t> Traits::count(Tx& tx, std::string_view segment, Date as_of,
                                   Viewer viewer) const {
  const Segment* found = segments_.find(segment);
  if (found == nullptr) return Error{ErrorCode::kNotFound, "no such segment"};
  const Rows newest = tx.query(kNewestRun, {tx.tenant()});
  if (newest.empty() || newest[0].date(0) != as_of) {
    return Error{ErrorCode::kConflict, "the segments have not been computed as of this day"};
  }
  const SegmentFilter filter = filter_of(*found, as_of);
  const std::int64_t exact =
      tx.query(kCount, {filter.label, filter.last_order_before})[0].integer(0);
  return shown_count(exact, viewer);
}

}  // namespace assent

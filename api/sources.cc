#include "api/json.h"
#include "api/problem.h"
#include "api/routes.h"
#include "api/source_totals.h"

// GET /v1/sources
namespace assent {
namespace {

constexpr StaticText kTotals = R"sql(
  SELECT s.name, s.mapping, coalesce(p.currency::text, ''), coalesce(p.customers, 0),
         coalesce(p.orders, 0), coalesce(p.total, 0)::bigint,
         (SELECT count(*) FROM record r
           WHERE r.tenant = s.tenant AND r.source_id = s.source_id AND r.state = 0),
         (SELECT count(*) FROM organisation g
           WHERE g.tenant = s.tenant AND g.source_id = s.source_id)
    FROM source s
    LEFT JOIN (SELECT o.tenant, o.source_id, o.currency, count(DISTINCT o.record_id) AS customers,
                      count(*) AS orders, sum(o.amount_minor) AS total
                 FROM purchase o JOIN record r ON r.tenant = o.tenant AND r.record_id = o.record_id
                WHERE r.state = 0 GROUP BY o.tenant, o.source_id, o.currency) p
      ON p.tenant = s.tenant AND p.source_id = s.source_id
   ORDER BY s.name, p.currency
)sql";

}  // namespace

std::vector<SourceTotals> source_totals(Tx& tx) {
  std::vector<SourceTotals> totals;
  const Rows rows = tx.query(kTotals);
  for (const auto& row : rows) {
    totals.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4),
                      row.integer(5), row.integer(6), row.integer(7)});
  }
  return totals;
}

Response list_sources(const Request& request, const Caller& caller, Services& services) {
  auto totals =
      in_tx(services.data, caller.tenant,
            [](Tx& tx) -> Result<std::vector<SourceTotals>> { return source_totals(tx); });
  if (!totals.ok()) return render(totals.error(), request.id);
  JsonWriter out;
  out.begin_object().key("sources").begin_array();
  for (const SourceTotals& source : *totals) {
    out.begin_object();
    out.key("name").text(source.name);
    out.key("mapping").text(source.mapping);
    out.key("records").integer(source.records);
    out.key("organisations").integer(source.organisations);
    out.key("currency").text(source.currency);
    out.key("customers").integer(source.customers);
    out.key("orders").integer(source.orders);
    out.key("total_minor").integer(source.total_minor);
    out.end_object();
  }
  return json_response(200, out.end_array().end_object().take());
}

}  // namespace assent

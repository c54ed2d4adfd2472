#include "identity/sealed_rows.h"

namespace assent {
namespace {

// sealed_row_entry() of audit/commitments.h, as PostgreSQL computes it.
constexpr StaticText kOfUnits = R"sql(
  SELECT leaf_id, leaf_pos, sha256('record_version'::bytea || uuid_send(row_id) || row_hash)
    FROM record_version WHERE tenant = assent_tenant() AND record_id = ANY ($1)
  UNION ALL
  SELECT leaf_id, leaf_pos, sha256('purchase'::bytea || uuid_send(purchase_id) || row_hash)
    FROM purchase WHERE tenant = assent_tenant() AND record_id = ANY ($1)
  UNION ALL
  SELECT leaf_id, leaf_pos, sha256('rejected_row'::bytea || uuid_send(rejected_id) || row_hash)
    FROM rejected_row WHERE tenant = assent_tenant() AND rejected_id = ANY ($2)
  UNION ALL
  SELECT leaf_id, leaf_pos, sha256('organisation'::bytea || uuid_send(row_id) || row_hash)
    FROM organisation WHERE tenant = assent_tenant() AND organisation_id = ANY ($3)
)sql";

constexpr StaticText kOfPurchases = R"sql(
  SELECT p.leaf_id, p.leaf_pos, sha256('purchase'::bytea || uuid_send(p.purchase_id) || p.row_hash)
    FROM purchase_key k
    JOIN purchase p ON p.tenant = k.tenant AND p.record_id = k.record_id
                   AND p.purchase_id = k.purchase_id
   WHERE k.tenant = assent_tenant() AND k.key_tag = ANY ($1)
)sql";

std::vector<RemovedRow> read(const Rows& rows) {
  std::vector<RemovedRow> sealed;
  for (const auto& row : rows) {
    sealed.push_back({row.id<EventId>(0), static_cast<std::int32_t>(row.integer(1)), row.hash(2)});
  }
  return sealed;
}

}  // namespace

std::vector<RemovedRow> sealed_rows_of(Tx& tx, const UnitsThatGo& units) {
  return read(tx.query(kOfUnits, {Param::array(units.records), Param::array(units.rejected),
                                  Param::array(units.organisations)}));
}

std::vector<RemovedRow> sealed_purchases(Tx& tx, const std::vector<Tag16>& keys) {
  return read(tx.query(kOfPurchases, {Param::array(keys)}));
}

}  // namespace assent

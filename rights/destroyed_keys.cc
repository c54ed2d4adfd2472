#include "destroyed_keys.h"

#include <algorithm>
#include <set>

#include "audit/commitments.h"

namespace assent {
namespace {

constexpr StaticText kOfAct = R"sql(
  SELECT t.subject, t.commitments, t.kek_epoch
    FROM destruction d JOIN tombstone t ON t.tenant = d.tenant AND t.subject = d.subject
   WHERE d.tenant = $1 AND d.act = $2 ORDER BY t.subject
)sql";

constexpr StaticText kEvidence = R"sql(
  SELECT count(DISTINCT subject) FROM subject_key
   WHERE tenant = $1 AND subject = ANY($2::uuid[]) AND purpose = $3
)sql";

}  // namespace

std::vector<Hash32> split_commitments(ByteView commitments) {
  std::vector<Hash32> parts(commitments.size() / sizeof(Hash32));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto from = commitments.subspan(i * sizeof(Hash32), sizeof(Hash32));
    std::copy(from.begin(), from.end(), parts[i].begin());
  }
  return parts;
}

Result<std::optional<std::vector<DestroyedKeys>>> destroyed_keys(Database& safe, TenantId tenant,
                                                                 const Uuid& act,
                                                                 const std::vector<Uuid>& units) {
  using Found = std::optional<std::vector<DestroyedKeys>>;
  return in_tx(safe, tenant, [&](Tx& tx) -> Result<Found> {
    std::vector<DestroyedKeys> destroyed;
    std::set<Uuid> waiting(units.begin(), units.end());
    const Rows rows = tx.query(kOfAct, {tenant, act});
    for (const auto& row : rows) {
      destroyed.push_back({row.uuid(0), split_commitments(row.view(1)), std::nullopt});
      if (!row.is_null(2)) destroyed.back().epoch = static_cast<std::uint32_t>(row.integer(2));
      waiting.erase(row.uuid(0));
    }
    return waiting.empty() ? Found(std::move(destroyed)) : Found();
  });
}

Result<std::size_t> evidence_kept(Database& safe, TenantId tenant, const std::vector<Uuid>& units) {
  return in_tx(safe, tenant, [&](Tx& tx) -> Result<std::size_t> {
    const Rows rows = tx.query(
        kEvidence,
        {tenant, Param::array(units), static_cast<std::int16_t>(KeyPurpose::kConsentEvidence)});
    return static_cast<std::size_t>(rows[0].integer(0));
  });
}

std::optional<std::uint32_t> newest_epoch(std::span<const DestroyedKeys> destroyed) {
  std::optional<std::uint32_t> newest;
  for (const DestroyedKeys& one : destroyed) newest = std::max(newest, one.epoch);
  return newest;
}

std::size_t key_count(std::span<const DestroyedKeys> destroyed) {
  std::size_t count = 0;
  for (const DestroyedKeys& one : destroyed) count += one.commitments.size();
  return count;
}

Hash32 destruction_hash(std::span<const DestroyedKeys> destroyed) {
  std::vector<Hash32> commitments;
  for (const DestroyedKeys& one : destroyed) {
    commitments.insert(commitments.end(), one.commitments.begin(), one.commitments.end());
  }
  return keys_destroyed_hash(commitments);
}

}  // namespace assent

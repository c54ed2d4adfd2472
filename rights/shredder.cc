#include "shredder.h"

#include "audit/commitments.h"

namespace assent {
namespace {

constexpr StaticText kDestroy = R"sql(
  WITH gone AS (
    DELETE FROM subject_key
     WHERE tenant = $1 AND subject = ANY($2::uuid[]) AND purpose = ANY($3::smallint[])
    RETURNING subject, purpose, dek_version, dek_commit, kek_epoch)
  INSERT INTO tombstone (tenant, subject, destroyed_at, keys, commitments, kek_epoch)
  SELECT $1, u, $4, count(g.subject),
         coalesce(string_agg(g.dek_commit, ''::bytea ORDER BY g.purpose, g.dek_version), ''::bytea),
         max(g.kek_epoch)
    FROM (SELECT DISTINCT unnest($2::uuid[]) AS u) AS units LEFT JOIN gone g ON g.subject = u
   GROUP BY u
  ON CONFLICT (tenant, subject) DO NOTHING
)sql";

constexpr StaticText kTombstones = R"sql(
  SELECT subject, commitments, kek_epoch FROM tombstone
   WHERE tenant = $1 AND subject = ANY($2::uuid[]) ORDER BY subject
)sql";

constexpr StaticText kEvidence = R"sql(
  SELECT count(DISTINCT subject) FROM subject_key
   WHERE tenant = $1 AND subject = ANY($2::uuid[]) AND purpose = $3
)sql";

std::vector<Hash32> split(ByteView commitments) {
  std::vector<Hash32> parts(commitments.size() / sizeof(Hash32));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto from = commitments.subspan(i * sizeof(Hash32), sizeof(Hash32));
    std::copy(from.begin(), from.end(), parts[i].begin());
  }
  return parts;
}

}  // namespace

Result<std::vector<DestroyedKeys>> Shredder::destroy(
    TenantId tenant, const std::vector<Uuid>& units,
    const std::vector<KeyPurpose>& purposes) const {
  std::vector<std::int16_t> numbers;
  for (const KeyPurpose purpose : purposes) numbers.push_back(static_cast<std::int16_t>(purpose));
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::vector<DestroyedKeys>> {
    tx.exec(kDestroy, {tenant, Param::array(units), Param::array(numbers), tx.now()});
    std::vector<DestroyedKeys> destroyed;
    const Rows rows = tx.query(kTombstones, {tenant, Param::array(units)});
    for (const auto& row : rows) {
      destroyed.push_back({row.uuid(0), split(row.view(1)), std::nullopt});
      if (!row.is_null(2)) destroyed.back().epoch = static_cast<std::uint32_t>(row.integer(2));
    }
    return destroyed;
  });
}

Result<std::size_t> Shredder::evidence_kept(TenantId tenant, const std::vector<Uuid>& units) const {
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::size_t> {
    const Rows rows = tx.query(
        kEvidence,
        {tenant, Param::array(units), static_cast<std::int16_t>(KeyPurpose::kConsentEvidence)});
    return static_cast<std::size_t>(rows[0].integer(0));
  });
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

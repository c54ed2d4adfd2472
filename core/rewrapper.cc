#include "core/rewrapper.h"

#include "core/key_epochs.h"

namespace assent {
namespace {

constexpr StaticText kNextTenant =
    "SELECT tenant FROM subject_key WHERE $1::uuid IS NULL OR tenant > $1 ORDER BY tenant LIMIT 1";
constexpr StaticText kBatch = R"sql(
  SELECT subject, purpose, dek_version, kek_epoch, wrapped, dek_commit FROM subject_key
   WHERE tenant = $1 AND (subject, purpose, dek_version) > ($2, $3, $4) AND kek_epoch < $5
   ORDER BY subject, purpose, dek_version LIMIT $6
)sql";
constexpr StaticText kStore = "SELECT rewrap_keys($1, $2, $3, $4, $5, $6)";
// Nothing is known of how many keys a tenant has, and whoever guesses few would sort all that is
// left for each batch.
constexpr StaticText kWalkTheIndex = "SET LOCAL enable_sort = off";

}  // namespace

struct Rewrapper::Place {
  Uuid subject;
  std::int16_t purpose = -1;
  std::int32_t version = 0;
};

struct Rewrapper::Batch {
  int looked_at = 0;
  Place last;
  std::vector<Uuid> subjects;
  std::vector<std::int16_t> purposes;
  std::vector<std::int32_t> versions;
  std::vector<std::int32_t> epochs;
  std::vector<Bytes> old_wraps;
  std::vector<Bytes> new_wraps;
};

Result<RewrapReport> Rewrapper::run(const Told& told) const {
  const auto keyring = keyring_.now();
  const auto in_use = epoch_in_use(safe_);
  if (!in_use.ok()) return in_use.error();
  if (*in_use != keyring->current_epoch()) {
    return Error{ErrorCode::kConflict,
                 "the newest epoch of the keyring is not the one in use: finish with 'assent keys "
                 "new-epoch', or bring today's keyring back"};
  }
  RewrapReport report;
  std::optional<TenantId> tenant;
  for (;;) {
    const auto next = next_tenant(tenant);
    if (!next.ok()) return next.error();
    if (!*next) return report;
    tenant = **next;
    if (auto done = rewrap_tenant(*keyring, *tenant, report, told); !done.ok()) {
      return done.error();
    }
  }
}

// Of the safe itself: a tenant whose creation died has keys and no row in the data.
Result<std::optional<TenantId>> Rewrapper::next_tenant(const std::optional<TenantId>& after) const {
  return in_tx(safe_, TenantId{}, [&](Tx& tx) -> Result<std::optional<TenantId>> {
    const Rows rows = tx.query(kNextTenant, {after});
    if (rows.empty()) return std::optional<TenantId>();
    return std::optional(rows[0].id<TenantId>(0));
  });
}

Status Rewrapper::rewrap_tenant(const Keyring& keyring, TenantId tenant, RewrapReport& report,
                                const Told& told) const {
  Place after;
  for (;;) {
    const auto more = rewrap_batch(keyring, tenant, after, report);
    if (!more.ok()) return more.error();
    if (!*more) return Unit{};
    told(report.rewrapped + report.changed + report.damaged);
  }
}

Result<bool> Rewrapper::rewrap_batch(const Keyring& keyring, TenantId tenant, Place& after,
                                     RewrapReport& report) const {
  RewrapReport after_it;  // A transaction that is repeated counts once.
  auto done = in_tx(safe_, tenant, [&](Tx& tx) -> Result<Batch> {
    after_it = report;
    auto batch = open_batch(tx, keyring, after, after_it);
    if (!batch.ok() || batch->subjects.empty()) return batch;
    at_("rewrap.opened");
    const Rows rows =
        tx.query(kStore, {Param::array(batch->subjects), Param::array(batch->purposes),
                          Param::array(batch->versions), Param::array(batch->epochs),
                          Param::array(batch->old_wraps), Param::array(batch->new_wraps)});
    const auto stored = static_cast<std::uint64_t>(rows[0].integer(0));
    after_it.rewrapped += stored;
    after_it.changed += batch->subjects.size() - stored;
    return batch;
  });
  if (!done.ok()) return done.error();
  if (done->looked_at == 0) return false;
  report = after_it;
  after = done->last;
  at_("rewrap.stored");
  return true;
}

Result<Rewrapper::Batch> Rewrapper::open_batch(Tx& tx, const Keyring& keyring, const Place& after,
                                               RewrapReport& report) const {
  tx.exec(kWalkTheIndex);
  const Rows rows = tx.query(kBatch, {tx.tenant(), after.subject, after.purpose, after.version,
                                      static_cast<std::int32_t>(keyring.current_epoch()),
                                      static_cast<std::int64_t>(batch_)});
  Batch batch;
  batch.looked_at = rows.size();
  for (const auto& row : rows) {
    batch.last = {row.uuid(0), static_cast<std::int16_t>(row.integer(1)),
                  static_cast<std::int32_t>(row.integer(2))};
    const KeyName name{tx.tenant().value, batch.last.subject,
                       static_cast<std::uint32_t>(batch.last.version),
                       static_cast<KeyPurpose>(batch.last.purpose)};
    const auto key = keyring.unwrap(name, row.view(4), row.hash(5));
    if (!key.ok()) {
      if (report.damaged++ == 0) report.first_damaged = name;
      continue;
    }
    Bytes wrap = keyring.wrap(name, *key, random_);
    if (auto again = keyring.unwrap(name, wrap, row.hash(5)); !again.ok()) return again.error();
    batch.subjects.push_back(batch.last.subject);
    batch.purposes.push_back(batch.last.purpose);
    batch.versions.push_back(batch.last.version);
    batch.epochs.push_back(static_cast<std::int32_t>(row.integer(3)));
    batch.old_wraps.push_back(row.bytes(4));
    batch.new_wraps.push_back(std::move(wrap));
  }
  return batch;
}

}  // namespace assent

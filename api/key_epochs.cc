#include "api/key_epochs.h"

#include <algorithm>

#include "api/installation.h"
#include "api/maintenance.h"
#include "core/epoch_custody.h"
#include "core/file.h"

namespace assent {
namespace {

// A burn that died between the log and the safe is in the log already, by its epoch and the
// commitment of its key. Its time keeps the search short; a day more, should the clock have been
// set back since.
constexpr StaticText kIsTold = R"sql(
  SELECT EXISTS (
    SELECT FROM (
      SELECT leaf FROM audit_leaf WHERE tenant = $1 AND acted_us >= $2
      UNION ALL
      SELECT leaf FROM audit_outbox WHERE tenant = $1) AS told
     WHERE substr(leaf, 6, 2) = int2send($3) AND substr(leaf, 226, 8) = int8send($4)
       AND substr(leaf, 176, 32) = $5)
)sql";

Result<DirectoryLock> lock_keys(Services& services) {
  return DirectoryLock::take(services.config.custody.keyring.parent_path());
}

Leaf epoch_leaf(AuditEvent event) {
  Leaf leaf = leaf_of(installation_act(), event);
  leaf.object_kind = ObjectKind::kKey;
  return leaf;
}

Result<EventId> log_new_epoch(Services& services, std::uint32_t epoch, const Hash32& commitment) {
  return in_tx(services.data, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    Leaf leaf = epoch_leaf(AuditEvent::kKeyEpochCreated);
    leaf.record_hash = commitment;
    leaf.result_count = epoch;
    return services.journal.append(tx, leaf);
  });
}

// Nil: it is there already.
Result<EventId> log_burn(Services& services, const EpochRow& epoch, const BurnCounts& counts) {
  return in_tx(services.data, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    const Rows told =
        tx.query(kIsTold, {TenantId{}, epoch.burn_begun_at->us - kDayUs,
                           static_cast<std::int16_t>(AuditEvent::kKekEpochBurned),
                           static_cast<std::int64_t>(epoch.number), epoch.commitment});
    if (told[0].flag(0)) return EventId{};
    Leaf leaf = epoch_leaf(AuditEvent::kKekEpochBurned);
    leaf.record_hash = epoch.commitment;
    leaf.result_count = static_cast<std::uint32_t>(counts.destroyed);
    leaf.ext = counts;
    return services.journal.append(tx, leaf);
  });
}

Result<Hash32> commitment_of(Services& services, std::uint32_t number) {
  const auto keyring = read_keyring(services.config.custody.keyring);
  if (!keyring.ok()) return keyring.error();
  for (const KeyringFile::Epoch& epoch : keyring->epochs) {
    if (epoch.number == number) return epoch.commitment;
  }
  return Error{ErrorCode::kCorrupt, "the keyring lacks an epoch that was never burned"};
}

Error keys_are_left() {
  return {ErrorCode::kConflict, "keys are left under an older epoch: 'assent keys rewrap' first"};
}

// Nothing of the wraps that were destroyed under the epoch may lie in the safe's files when it
// goes. With no key left under it nothing can be destroyed under it any more, so once is enough.
Status vacuum_before(Services& services, const KeyEpochs& epochs, std::uint32_t epoch,
                     const std::function<void(StaticText)>& told) {
  const auto wanted = epochs.wants_vacuum(epoch);
  if (!wanted.ok()) return wanted.error();
  if (!*wanted) return Unit{};
  const auto left = epochs.left_before(epoch + 1);
  if (!left.ok()) return left.error();
  if (*left > 0) return keys_are_left();
  const auto done = vacuum_clusters(services, told);
  if (!done.ok()) return done.error();
  return Unit{};
}

// What the safe says of an epoch, after it has noted the burn.
Result<EpochRow> note_burn(Services& services, const KeyEpochs& epochs, const EpochRow& old) {
  if (old.burn_begun_at) return old;
  const auto commitment = commitment_of(services, old.number);
  if (!commitment.ok()) return commitment.error();
  if (auto begun = epochs.begin_burn(old.number, *commitment); !begun.ok()) {
    return begun.error().code == ErrorCode::kInvalid ? keys_are_left() : begun.error();
  }
  const auto all = epochs.all();
  if (!all.ok()) return all.error();
  return *std::ranges::find(*all, old.number, &EpochRow::number);
}

Result<BurnedEpoch> burn(Services& services, const KeyEpochs& epochs, const EpochRow& old,
                         const FaultPoint& at) {
  const auto noted = note_burn(services, epochs, old);
  if (!noted.ok()) return noted.error();
  const std::uint32_t number = old.number;
  at("burn.noted");
  if (auto gone = drop_epoch(services.config.custody, number, at); !gone.ok()) return gone.error();
  at("burn.wiped");
  BurnedEpoch burned{{number, noted->rewrapped, noted->destroyed, 0}, {}};
  const auto leaf = log_burn(services, *noted, burned.counts);
  if (!leaf.ok()) return leaf.error();
  burned.leaf = *leaf;
  at("burn.told");
  if (auto ended = epochs.end_burn(number); !ended.ok()) return ended.error();
  return burned;
}

Result<std::uint32_t> newest_of_keyring(Services& services) {
  const auto keyring = read_keyring(services.config.custody.keyring);
  if (!keyring.ok()) return keyring.error();
  return keyring->epochs.back().number;
}

}  // namespace

std::optional<std::int64_t> days_since(const std::optional<Timestamp>& made, Timestamp now) {
  if (!made) return std::nullopt;
  return (now.us - made->us) / kDayUs;
}

Result<BegunEpoch> begin_epoch(Services& services, const FaultPoint& at) {
  const auto lock = lock_keys(services);
  if (!lock.ok()) return lock.error();
  const auto in_use = epoch_in_use(services.safe);
  if (!in_use.ok()) return in_use.error();
  BegunEpoch begun;
  const auto added = add_newest_epoch(
      services.config.custody, *in_use, services.clock.now(), services.random,
      [&](std::uint32_t epoch, const Hash32& commitment) -> Status {
        const auto leaf = log_new_epoch(services, epoch, commitment);
        if (!leaf.ok()) return leaf.error();
        begun.leaf = *leaf;
        return Unit{};
      },
      at);
  if (!added.ok()) return added.error();
  begun.number = added->number;
  if (auto done = KeyEpochs(services.rewrapping).begin(added->number); !done.ok()) {
    return done.error();
  }
  at("new_epoch.begun");
  return begun;
}

Result<RewrapReport> rewrap_keys(Services& services, const Rewrapper::Told& told,
                                 const FaultPoint& at) {
  const auto lock = lock_keys(services);
  if (!lock.ok()) return lock.error();
  return Rewrapper(services.rewrapping, *services.keyring, services.random, at).run(told);
}

Result<std::vector<BurnedEpoch>> burn_epochs(Services& services, const FaultPoint& at,
                                             const std::function<void(StaticText)>& vacuumed) {
  const auto lock = lock_keys(services);
  if (!lock.ok()) return lock.error();
  const KeyEpochs epochs(services.rewrapping);
  const auto all = epochs.all();
  if (!all.ok()) return all.error();
  const auto newest = newest_of_keyring(services);
  if (!newest.ok()) return newest.error();
  if (*newest != all->back().number) {
    return Error{ErrorCode::kConflict,
                 "the newest epoch of the keyring is not the one in use: finish with 'assent keys "
                 "new-epoch', or bring today's keyring back"};
  }
  std::vector<BurnedEpoch> burned;
  for (const EpochRow& epoch : *all) {
    if (epoch.number == *newest || epoch.is_burn_told) continue;
    if (!epoch.burn_begun_at) {
      auto ready = vacuum_before(services, epochs, epoch.number, vacuumed);
      if (!ready.ok()) return ready.error();
    }
    auto one = burn(services, epochs, epoch, at);
    if (!one.ok()) return one.error();
    burned.push_back(*one);
  }
  return burned;
}

Result<bool> is_round_open(Services& services) {
  const auto all = KeyEpochs(services.rewrapping).all();
  if (!all.ok()) return all.error();
  const auto newest = newest_of_keyring(services);
  if (!newest.ok()) return newest.error();
  if (*newest != all->back().number) return true;
  for (const EpochRow& epoch : *all) {
    if (epoch.number != *newest && !epoch.is_burn_told) return true;
  }
  return false;
}

}  // namespace assent

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/db.h"
#include "core/sealed.h"

// What the safe knows of the epochs: which one is in use, how far the older ones have come.
// migrations/safe/0004. Source: data-protection 6.2 and 7; decisions/0030.
namespace assent {

// How long an epoch may be the one in use; then a round (`assent keys rotate-epoch`) is due.
inline constexpr std::int64_t kEpochDaysMax = 30;

struct EpochRow {
  std::uint32_t number = 0;
  Timestamp begun_at;
  std::uint64_t rewrapped = 0;             // Keys that went from it to a newer one.
  std::uint64_t destroyed = 0;             // Keys whose last wrap was under it; with its burn.
  Hash32 commitment{};                     // Of its key; with its burn.
  std::optional<Timestamp> burn_begun_at;  // Nothing is left under it.
  bool is_burn_told = false;               // Its key is gone and the log says so.
};

// How many keys there are, of all tenants.
struct WrapCount {
  std::uint32_t epoch = 0;
  KeyPurpose purpose = KeyPurpose::kFields;
  std::uint8_t suite = 0;  // Of the wrap's header.
  std::int64_t keys = 0;
};

// Stands on the role that may move wraps and nothing else. Thread-safe; each call is a transaction
// of its own. Every call: kUnavailable the safe is away.
class KeyEpochs {
 public:
  // `rewrapper` is the safe as assent_rewrapper and must outlive it.
  explicit KeyEpochs(Database& rewrapper) : safe_(rewrapper) {}

  // Oldest first; the last one is in use.
  Result<std::vector<EpochRow>> all() const;
  // Reads every row of keys.
  Result<std::vector<WrapCount>> count() const;
  // Keys under epochs before this one. Reads every row of keys.
  Result<std::uint64_t> left_before(std::uint32_t epoch) const;
  // From this commit on nothing is wrapped under an older epoch. Nothing happens when it is in use
  // already. kUnavailable also when the keys are locked for long.
  Status begin(std::uint32_t epoch) const;
  // Whether keys were destroyed under it after the last VACUUM (vacuum.h) began: the burn waits for
  // the next one.
  Result<bool> wants_vacuum(std::uint32_t epoch) const;
  // `commitment` is the keyring's of the key that is to go. Once begun it stays as it was.
  // kInvalid: it is in use, keys are left under it or an older one, or it wants a VACUUM.
  Status begin_burn(std::uint32_t epoch, const Hash32& commitment) const;
  Status end_burn(std::uint32_t epoch) const;

 private:
  Database& safe_;
};

// The epoch that the safe demands of new wraps, for who may only read: `app` is the safe as
// assent_app.
Result<std::uint32_t> epoch_in_use(Database& app);
// When the round that burns this epoch is due; nullopt for one that the safe does not know. `app`
// as above.
Result<std::optional<Timestamp>> burn_due(Database& app, std::uint32_t epoch);

}  // namespace assent

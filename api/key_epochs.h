#pragma once

#include <vector>

#include "api/services.h"
#include "core/key_epochs.h"
#include "core/rewrapper.h"

// The monthly round of the epoch keys, by the server's own terminal, beside whatever runs: a new
// epoch, every key wrapped under it, the old epoch's key destroyed. Each step may be repeated after
// a death at any point and then goes on. One works at a time, also beside the rotation of the root:
// all answer kBusy else. Source: data-protection 6.2 and 7; decisions/0030.
namespace assent {

std::optional<std::int64_t> days_since(const std::optional<Timestamp>& made, Timestamp now);

struct BegunEpoch {
  std::uint32_t number = 0;
  EventId leaf;  // KEY_EPOCH_CREATED; nil when an earlier call had announced and added it.
};
// The entry of the log first, then the keyring, then the safe: from then on nothing is wrapped
// under an older epoch. The errors of add_newest_epoch and KeyEpochs::begin.
Result<BegunEpoch> begin_epoch(
    Services& services, const FaultPoint& at = [](StaticText) {});
inline constexpr StaticText kEpochFaultPoints[] = {
    "new_epoch.announced", "new_epoch.added", "new_epoch.begun", "burn.noted",
    "burn.linked",         "burn.dropped",    "burn.wiped",      "burn.told"};

// The errors of Rewrapper::run.
Result<RewrapReport> rewrap_keys(
    Services& services, const Rewrapper::Told& told, const FaultPoint& at = [](StaticText) {});

struct BurnedEpoch {
  BurnCounts counts;
  EventId leaf;  // KEK_EPOCH_BURNED; nil when an earlier call had told it.
};
// Burns every epoch but the one in use, the oldest first: noted in the safe, out of the keyring, in
// the log, in this order, so that the log never tells of a burn that has not been. Where keys were
// destroyed under it since the last VACUUM, that comes first; `vacuumed` is told each cluster's
// name. kConflict  keys are left under an older epoch, or a new epoch was begun and not finished.
Result<std::vector<BurnedEpoch>> burn_epochs(
    Services& services, const FaultPoint& at = [](StaticText) {},
    const std::function<void(StaticText)>& vacuumed = [](StaticText) {});

// Whether an older epoch is to be rewrapped or burned, or a newer one to be begun.
Result<bool> is_round_open(Services& services);

}  // namespace assent

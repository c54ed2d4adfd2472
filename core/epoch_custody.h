#pragma once

#include <cstdint>
#include <functional>

#include "core/custody.h"

// How epochs come into the keyring file and leave it. Whoever calls holds the DirectoryLock of the
// keyring's directory. Source: data-protection 6.2 and 7; decisions/0030.
namespace assent {

// Called before the keyring changes. `commitment` is the new key's, as the file will have it.
using AnnounceEpoch = std::function<Status(std::uint32_t epoch, const Hash32& commitment)>;

struct NewestEpoch {
  std::uint32_t number = 0;
  bool was_added = false;  // An earlier call had come so far; nothing was announced now.
};

// Adds an epoch after the one that is in use, in one rename; its key has been wrapped and opened
// again by the root before. When the keyring has one newer than `in_use` already, that is it.
// kConflict  the keyring has the form of before, or is older than the epoch in use.
// Else the errors of root_of and of the root.
Result<NewestEpoch> add_newest_epoch(
    const CustodyConfig& config, std::uint32_t in_use, Timestamp now, Random& random,
    const AnnounceEpoch& announce, const FaultPoint& at = [](StaticText) {});

// Takes an epoch out of the keyring for good, in one rename, then overwrites the bytes of the old
// file. May be repeated until it is answered, also after it has gone. What a file cannot promise,
// copies and media that keep what is overwritten, stands in docs/operations.md.
// kConflict  it is the newest one.
Status drop_epoch(
    const CustodyConfig& config, std::uint32_t epoch, const FaultPoint& at = [](StaticText) {});

}  // namespace assent

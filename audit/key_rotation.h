#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "core/db.h"
#include "core/random.h"
#include "core/result.h"

// How the key of the log comes and goes (docs/decisions/0021). Each new key is named in the log of
// the installation by a leaf SIGNING_KEY_CREATED with the SHA-256 of the public key.
namespace assent {

// The first key of an installation, in a file as read_secret_file() demands. `signer_role` connects
// as assent_signer.
// kConflict      the file exists: a key is never overwritten.
// kUnavailable   the database is away or not migrated; the disk refuses.
Status create_log_key(Database& signer_role, Random& random, const std::filesystem::path& file);

// Replaces the key in `file` by a new one: from each log's last signed size on, the new key signs,
// and the old one is destroyed. `state` is the signer's directory; the signer must be stopped. May
// be repeated after a crash at any point and then finishes with the key it had begun. A key of the
// time before the signer was a program of its own is taken over and rotated.
// kBusy          the signer runs.
// kNotFound      there is no key to rotate.
// kCorrupt       the state was not signed by the keys it lists.
// kUnavailable   as above.
Status rotate_log_key(Database& signer_role, Random& random, const std::filesystem::path& file,
                      const std::filesystem::path& state);

// The receipt (tlog-proof) of the entry that names the key: it is of the installation's log, and
// there as soon as the key signs. `patience` is how long it waits for that. kNotFound      the log
// names no such key, or the entry waits for its number. kUnavailable   no checkpoint covers the
// entry yet, or the database is away.
Result<std::string> key_receipt(Database& signer_role, const Hash32& public_key,
                                std::chrono::milliseconds patience);

// A rotation was begun and not finished: nothing may be signed before it is.
bool rotation_is_open(const std::filesystem::path& file);

}  // namespace assent

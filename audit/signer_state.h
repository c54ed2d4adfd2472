#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/log_keys.h"
#include "core/id.h"

// What is known of every log outside PostgreSQL, so that a restored or rewritten database is
// noticed. The signer's own directory holds of each log <tenant>.checkpoint, the note it signed
// last, and <tenant>.keys, the public keys; the published one holds <tenant>/checkpoint and
// <tenant>/keys, the log's tiles (tile_files.h), and <tenant>/signed while the signer refuses the
// log.
namespace assent {

// What the signer remembers of one log.
struct SignerState {
  Checkpoint checkpoint;
  LogKeys keys;
};

// The checkpoint in a note that one of `keys` signed under the checkpoint's own origin, at a size
// that was its to sign.
// kCorrupt   it is no signed checkpoint, or not by them.
Result<Checkpoint> own_checkpoint(std::string_view note, const LogKeys& keys);

// Empty when the directory holds none. kUnavailable it cannot be read; kCorrupt as above: a state
// is never skipped. kConflict a log has no list of keys: it was signed before the signer was a
// program of its own, and its key is to be rotated.
Result<std::map<TenantId, SignerState>> read_signer_states(const std::filesystem::path& directory);

// Both are durable when they return.
Status write_signer_state(const std::filesystem::path& directory, TenantId log,
                          const std::string& note);
Status write_signer_keys(const std::filesystem::path& directory, TenantId log,
                         const std::string& origin, const LogKeys& keys);

// The states that have no list of keys yet get one that begins with `public_key`, by which they
// must be signed (kCorrupt).
Status adopt_first_key(const std::filesystem::path& directory, const Hash32& public_key);

// What the world was told of one log.
struct Published {
  LogKeys keys;
  std::optional<Checkpoint> checkpoint = std::nullopt;  // Not yet, when the signer died before it.
  std::string note = {};                                // Of it, verbatim.
  // What the signer signed last, published or not, while it refuses the database's log.
  std::optional<Checkpoint> last_signed = std::nullopt;
};
// nullopt when nothing has been published of it.
// kCorrupt as own_checkpoint, or the list of keys is missing; kUnavailable it cannot be read.
Result<std::optional<Published>> read_published(const std::filesystem::path& directory,
                                                TenantId log);
// Durable when they return.
Status publish_keys(const std::filesystem::path& directory, TenantId log, const std::string& origin,
                    const LogKeys& keys);
Status publish_checkpoint(const std::filesystem::path& directory, TenantId log,
                          const std::string& note);
// What the signer signed last, told while it refuses the database's log (`last_signed` above).
// Both do nothing when it is so already. Durable when they return.
Status tell_last_signed(const std::filesystem::path& directory, TenantId log,
                        const std::string& note);
Status tell_nothing(const std::filesystem::path& directory, TenantId log);
// The logs of which something has been published; empty when the directory is not there.
std::vector<TenantId> published_logs(const std::filesystem::path& directory);
// Where the files of a log are; its list of keys; its newest checkpoint.
std::filesystem::path published_log(const std::filesystem::path& directory, TenantId log);
std::filesystem::path published_keys_file(const std::filesystem::path& directory, TenantId log);
std::filesystem::path published_checkpoint_file(const std::filesystem::path& directory,
                                                TenantId log);

// Makes `directory` with `mode` if it is missing, and what is missing above it for everybody to
// enter; durable when it returns. kUnavailable it cannot be made.
Status make_directories(const std::filesystem::path& directory, unsigned mode);

}  // namespace assent

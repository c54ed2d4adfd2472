#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "core/id.h"

// The last checkpoint signed of every log, kept outside PostgreSQL so that a restored or rewritten
// database cannot make the signer contradict itself: one signed note a log, <tenant>.checkpoint.
namespace assent {

// The checkpoint in a note that `public_key` signed under the checkpoint's own origin.
// kCorrupt   it is no signed checkpoint, or not by this key.
Result<Checkpoint> own_checkpoint(std::string_view note, const Hash32& public_key);

// Empty when the directory holds none. kUnavailable it cannot be read; kCorrupt as above: a state
// is never skipped.
Result<std::map<TenantId, Checkpoint>> read_signer_states(const std::filesystem::path& directory,
                                                          const Hash32& public_key);

// The newest checkpoint for the world, <tenant>/checkpoint: nullopt when there is none.
// kUnavailable it cannot be read.
Result<std::optional<std::string>> read_published(const std::filesystem::path& directory,
                                                  TenantId log);
Status write_published(const std::filesystem::path& directory, TenantId log,
                       const std::string& note);

// Durable when it returns.
Status write_signer_state(const std::filesystem::path& directory, TenantId log,
                          const std::string& note);

}  // namespace assent

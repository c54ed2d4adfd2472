#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note.h"
#include "core/id.h"

// The public keys that signed a log, the oldest first: what is left of a key after its rotation,
// and what the signer publishes beside its checkpoints (docs/audit-format.md). Pure but for the
// files.
namespace assent {

// Signs trees of at least this size, until the next key takes over; the tree at which it takes over
// may carry either signature.
struct LogKey {
  std::uint64_t from_size = 0;
  Hash32 public_key{};
  friend bool operator==(const LogKey&, const LogKey&) = default;
};
using LogKeys = std::vector<LogKey>;

// Of the installation's log, which is the nil tenant's; `log_host` begins every origin.
std::string installation_origin(const std::string& log_host);

// What an auditor needs of us, once, by another way than the log: a C2SP tlog-policy that trusts
// these keys for this origin and asks for no witness. A remark above each key says from which size
// on it signs. `others` are keys to trust under names of their own: the one that signs releases.
std::string log_policy_text(const std::string& origin, const LogKeys& keys,
                            std::span<const VerifierKey> others = {});

// One line a key: its size, a space, its vkey.
std::string format_log_keys(const std::string& origin, const LogKeys& keys);
// kCorrupt   not such lines, none, or sizes that do not begin with 0 and grow.
Result<LogKeys> parse_log_keys(std::string_view text);
// The errors of parse_log_keys; kNotFound when there is no such file.
Result<LogKeys> read_log_keys(const std::filesystem::path& file);
// Durable when it returns.
Status write_log_keys(const std::filesystem::path& file, const std::string& origin,
                      const LogKeys& keys, unsigned mode);

}  // namespace assent

#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/key_epochs.h"
#include "api/key_rotation.h"

namespace assent {

// What there is to know of an installation's keys without seeing one.
struct KeyStatus {
  struct Epoch {
    std::uint32_t number = 0;
    std::optional<Timestamp> created_at;  // Nobody noted it in a keyring of before.
    bool current = false;
    std::map<KeyPurpose, std::int64_t> keys;
    std::map<std::uint8_t, std::int64_t> suites;  // Of their wraps.
    std::uint64_t rewrapped = 0;                  // Keys that left it for a newer epoch.
  };
  struct Index {
    std::string tenant;
    std::uint32_t root_version = 0;   // Of the tenant's index root,
    std::uint32_t index_version = 0;  // and of the keys that are derived from it.
  };
  struct Sealed {
    std::string tenant;
    SealedState state;
    std::optional<Timestamp> next_end;  // Of a replaced version; nullopt: none waits, or for ever.
  };
  RootKind root = RootKind::kFile;
  std::uint32_t generation = 0;
  Uuid installation;  // Nil in a keyring of before.
  std::vector<Epoch> epochs;
  std::vector<Index> indexes;
  Suite suite = Suite::kPoly1305;     // Of new values.
  std::vector<Sealed> sealed;         // What is sealed under which version and in which suite.
  std::vector<std::string> warnings;  // In the terminal's language.
};

// The errors of read_keyring; clusters that are away are a warning, and the counts are missing.
Result<KeyStatus> key_status(Services& services);

// For the terminal, and as one JSON object.
std::string key_status_text(const KeyStatus& status, Timestamp now);
std::string key_status_json(const KeyStatus& status);

}  // namespace assent

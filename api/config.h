#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "api/server.h"
#include "core/custody.h"
#include "core/db.h"
#include "core/result.h"
#include "core/sealed_stream.h"
#include "core/sealed.h"

namespace assent {

// Of `assent backup` (docs/operations.md).
struct BackupConfig {
  std::optional<BackupRecipient> recipient;  // Whom backups are sealed for; none: none are taken.
  // What else belongs into a backup: states of the signer and of a witness, their configuration.
  std::vector<std::filesystem::path> also;
};

// One installation, as one YAML file says (docs/operations.md lists every key). Relative paths are
// relative to the file. Secrets are never in it: it names files that hold them.
struct Config {
  DatabaseConfig data;  // Without a role: services.cc connects as several.
  DatabaseConfig safe;
  CustodyConfig custody;           // Root key and keyring.
  Suite suite = Suite::kPoly1305;  // In which new values are sealed.
  std::filesystem::path token_key;
  std::filesystem::path published;  // What assent-signer publishes; read, never written.
  std::filesystem::path policies;
  std::filesystem::path migrations;
  std::string log_host;          // First part of every log's origin.
  std::string database_country;  // Where the data cluster stands; localisation rules read it.
  ServerConfig http;
  BackupConfig backup;
  std::filesystem::path file;  // Which it was read from.
};

struct ConfigError {
  std::string message;  // May name the file, a line and a key of ours; shown on the terminal only.
};

// Every key is known or it is an error. Returns the first thing that is wrong.
struct ConfigResult {
  std::optional<Config> config;
  ConfigError error;
};
ConfigResult load_config(const std::filesystem::path& file);

// A cluster of it, for a role.
DatabaseConfig as_role(DatabaseConfig cluster, std::string role, std::size_t sessions);

// The file that `--config` would name: ./var/assent.yaml, else /etc/assent/assent.yaml.
std::filesystem::path default_config_file();

}  // namespace assent

#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "audit/checkpoint.h"
#include "audit/log_problem.h"
#include "core/db.h"
#include "core/random.h"

namespace assent {

// The key that signs checkpoints and nothing else: a secret file as read_secret_file() demands.
// One key serves every log of the installation; its vkey differs by the log's origin.
Status create_log_key(const std::filesystem::path& file, Random& random);
Result<SigningKey> read_log_key(const std::filesystem::path& file);

// What an auditor needs of us, once, by another way than the log: a C2SP tlog-policy that trusts
// this key for this origin and asks for no witness.
// `others` are keys to trust under names of their own: the one that signs releases.
std::string log_policy_text(const std::string& origin, const Hash32& public_key,
                            std::span<const VerifierKey> others = {});

struct SignerConfig {
  std::string installation_origin;  // Of the nil tenant's log; the others' stand in table tenant.
  std::filesystem::path state;      // Directory, private, never in a backup of the database.
  std::filesystem::path published;  // Directory; <tenant>/checkpoint is written for the world.
};

// Signs heads that extend what it signed before, and nothing else. Believes its own state before
// the database: the state is on disk before a checkpoint leaves (data-protection.md 9.6). Not
// thread-safe.
class Signer {
 public:
  // Creates missing directories. `sequencer_role` connects as assent_sequencer.
  // kBusy          another signer runs on this state directory.
  // kCorrupt       the state does not verify under this key: put the right key, or the right state.
  // kUnavailable   a directory cannot be used.
  static Result<std::unique_ptr<Signer>> open(Database& sequencer_role, const SigningKey& key,
                                              SignerConfig config);
  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  // A checkpoint of every log that has grown. Refused (kCorrupt) is a log that is behind our state,
  // has another root under the same size, or does not extend it; and one with checkpoints of which
  // our state knows nothing.
  Result<LogRound> run_once();

 private:
  struct Head;
  struct Signed {
    Checkpoint checkpoint;
    bool published = false;  // By this process; after a restart everything is published once more.
  };
  Signer(Database& db, const SigningKey& key, SignerConfig config, int lock)
      : db_(db), key_(key), config_(std::move(config)), lock_(lock) {}

  Result<std::vector<Head>> heads();
  Result<std::size_t> attend(const Head& head);
  Status check(const Head& head);
  Status check_extends(const Head& head, const Checkpoint& before);
  Status publish(TenantId log, Signed& state);

  Database& db_;
  const SigningKey key_;
  const SignerConfig config_;
  const int lock_;  // Descriptor that holds the state directory.
  std::map<TenantId, Signed> signed_;
};

}  // namespace assent

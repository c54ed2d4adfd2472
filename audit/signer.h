#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "audit/cosigner.h"
#include "audit/log_keys.h"
#include "audit/log_problem.h"
#include "audit/retention_files.h"
#include "audit/signer_state.h"
#include "audit/tile_publisher.h"
#include "core/db.h"
#include "core/file.h"

namespace assent {

// The key that signs checkpoints and nothing else: a secret file as read_secret_file() demands.
// One key serves every log of the installation; its vkey differs by the log's origin.
Result<SigningKey> read_log_key(const std::filesystem::path& file);

struct SignerConfig {
  std::string installation_origin;  // Of the nil tenant's log; the others' stand in table tenant.
  std::filesystem::path state;      // Directory, private, never in a backup of the database.
  std::filesystem::path published;  // Directory; <tenant>/checkpoint, keys, tiles, for the world.
  Cosigner* cosigner = nullptr;     // Outlives the signer. Null: everything is published.
  // New leaves of one log that a round writes as files, at most; the next round goes on.
  std::uint64_t leaves_a_round = TilePublisher::kLeavesAtOnce;
};

// Signs heads that extend what it signed before, and nothing else. Believes its own state before
// the database: the state is on disk before a checkpoint leaves (data-protection.md 9.6), and the
// tree of which it speaks is there as files before it is signed. Not thread-safe.
class Signer {
 public:
  // Creates missing directories. `signer_role` connects as assent_signer.
  // kBusy          another signer runs on this state directory.
  // kCorrupt       the state does not verify, or this key is not the one that signs now: put the
  //                right key, or the right state.
  // kConflict      the state is of the time before the signer was a program: rotate the key.
  // kUnavailable   a directory cannot be used.
  static Result<std::unique_ptr<Signer>> open(Database& signer_role, const SigningKey& key,
                                              SignerConfig config);
  // Returns when no witness asks for proofs any more.
  ~Signer();

  // Files and a checkpoint of every log that has grown, published once its witnesses are enough;
  // what was signed is remembered all the same, so that it cannot be unsaid. Refused (kCorrupt) is
  // a log that is behind our state, has another root under the same size, does not extend it, or
  // whose leaves, tiles and head are not of one tree; one with checkpoints of which our state
  // knows nothing; and one that was pruned otherwise than it had announced. Of a log that it
  // refuses it tells what it signed last (signer_state.h). No log waits for another one: long work
  // is done in parts, and witnesses are asked beside it; a round waits for them for kWitnessGrace
  // in all.
  Result<LogRound> run_once();
  static constexpr std::chrono::milliseconds kWitnessGrace{100};

 private:
  struct Head;
  struct Signed {
    Checkpoint checkpoint;
    LogKeys keys;
    bool published = false;  // By this process; after a restart everything is published once more.
    bool is_asked = false;   // It is with the witnesses, and nothing newer is signed meanwhile.
  };
  enum class Step { kNothing, kPublished, kAsked, kMore };
  Signer(Database& db, const SigningKey& key, SignerConfig config, DirectoryLock lock);

  Result<std::vector<Head>> heads();
  Result<Step> attend(const Head& newest);
  static void note(LogRound& round, TenantId log, const Result<Step>& step);
  Head target_of(const Head& newest);
  Result<Step> sign(const Head& head);
  Result<Step> leave(TenantId log);
  Result<Step> follow(TenantId log, Step step);
  Status check(const Head& head);
  Status check_extends(const Head& head, const Checkpoint& before);
  Result<bool> write_tiles(const Head& head);
  Status keep(const Head& head, const std::string& note);
  Result<HashPath> proof(TenantId log, std::uint64_t old_size, std::uint64_t size);
  Cosigning witnessed(TenantId log, const Checkpoint& checkpoint);
  Status publish(TenantId log, Signed& state, const std::string& note);
  Error refuse(TenantId log, Error error);

  Database& db_;
  const SigningKey key_;
  const SignerConfig config_;
  const DirectoryLock lock_;
  std::map<TenantId, Signed> signed_;
  std::map<TenantId, TilePublisher> tiles_;
  std::map<TenantId, Checkpoint> begun_;  // Trees that are to be signed, and not all files yet.
  std::map<TenantId, RetentionFiles> retention_;
};

}  // namespace assent

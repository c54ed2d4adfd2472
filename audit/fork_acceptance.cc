#include "audit/fork_acceptance.h"

#include <optional>

#include "audit/leaf.h"
#include "audit/log_store.h"
#include "audit/merkle.h"
#include "audit/origin.h"
#include "core/file.h"

namespace assent {
namespace {

// The event stands in the leaf (docs/audit-format.md).
constexpr StaticText kForkEntries =
    "SELECT idx, leaf FROM audit_leaf WHERE tenant = $1 "
    "AND substring(leaf FROM 6 FOR 2) = '\\x0106'::bytea ORDER BY idx DESC";

constexpr unsigned kForTheSigner = 0700;
constexpr unsigned kForTheWorld = 0755;

struct Told {
  std::uint64_t entry;
  std::uint64_t kept_size;
};

// Where the old state is: in its place, or already kept by an acceptance that died.
struct OldState {
  std::filesystem::path directory;
  SignerState state;
};

Result<std::optional<SignerState>> state_in(const std::filesystem::path& directory, TenantId log) {
  if (!std::filesystem::is_directory(directory)) return std::optional<SignerState>();
  auto states = read_signer_states(directory);
  if (!states.ok()) return states.error();
  const auto found = states->find(log);
  return found == states->end() ? std::optional<SignerState>() : std::optional(found->second);
}

Result<OldState> old_state(const std::filesystem::path& now, const std::filesystem::path& kept,
                           TenantId log, const std::string& new_origin) {
  auto known = state_in(now, log);
  auto before = state_in(kept, log);
  if (!before.ok()) return before.error();
  const bool is_done = known.ok() && *known && (*known)->checkpoint.origin == new_origin;
  if (is_done)
    return Error{ErrorCode::kConflict, "this fork is accepted already: start the signer"};
  if (*before) return OldState{kept, std::move(**before)};
  if (!known.ok()) return known.error();
  if (!*known) return Error{ErrorCode::kNotFound, "nothing of this log was ever signed here"};
  return OldState{now, std::move(**known)};
}

// The entry that tells of the fork from `old`, when it is in the tree of the head.
Result<Told> told_in(LogStore& store, const Rows& forks, const LogHead& head,
                     const Checkpoint& old) {
  for (const auto& row : forks) {
    const auto leaf = decode(row.view(1));
    const auto* fork = leaf.ok() ? std::get_if<ForkedLog>(&leaf->ext) : nullptr;
    if (fork == nullptr || fork->old_size != old.size || fork->old_root != old.root) continue;
    const auto entry = static_cast<std::uint64_t>(row.integer(0));
    const auto path = inclusion_path(store, entry, head.size);
    if (!path.ok() ||
        !verify_inclusion(entry, head.size, leaf_hash(row.view(1)), *path, head.root)) {
      return Error{ErrorCode::kCorrupt, "the entry of the fork is not in the log's tree"};
    }
    return Told{entry, fork->kept_size};
  }
  return Error{ErrorCode::kConflict,
               "no entry of the log tells of a fork from what was signed here last"};
}

// Durable; what is there already stays.
Status move_aside(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failed;
  if (std::filesystem::exists(to, failed) || !std::filesystem::exists(from, failed)) return Unit{};
  std::filesystem::rename(from, to, failed);
  if (failed) return Error{ErrorCode::kUnavailable, "a file of the signer cannot be moved"};
  return sync_directory(to.parent_path());
}

// A copy, because the state stays in force until the new one is in its place.
Status keep_state(const std::filesystem::path& now, const std::filesystem::path& kept, TenantId log,
                  const SignerState& state) {
  if (auto made = make_directories(kept, kForTheSigner); !made.ok()) return made;
  auto note = read_file(now / (log.text() + ".checkpoint"), kNoteBytesMax);
  if (!note.ok()) return note.error();
  auto keys = write_signer_keys(kept, log, state.checkpoint.origin, state.keys);
  return keys.ok() ? write_signer_state(kept, log, *note) : keys;
}

Status keep_published(const std::filesystem::path& now, const std::filesystem::path& kept) {
  if (!std::filesystem::is_directory(now)) return Unit{};
  if (auto made = make_directories(kept, kForTheWorld); !made.ok()) return made;
  // The checkpoint first: without it nobody looks for the others in their old place.
  for (const char* name : {"signed", "checkpoint", "keys", "tile", "timestamps", "retention"}) {
    if (auto moved = move_aside(now / name, kept / name); !moved.ok()) return moved;
  }
  return sync_directory(now);
}

}  // namespace

Result<AcceptedFork> accept_fork(Database& signer_role, const SigningKey& key,
                                 const SignerConfig& config, TenantId log) {
  auto lock = DirectoryLock::take(config.state);
  if (!lock.ok()) return lock.error();
  std::optional<OldState> old;
  std::string name;
  std::string origin;
  auto told = in_tx(signer_role, TenantId{}, [&](Tx& tx) -> Result<Told> {
    LogStore store(tx, log);
    const LogHead head = store.head();
    const auto before = head.origin ? previous_origin(*head.origin) : std::nullopt;
    if (!before) return Error{ErrorCode::kConflict, "the database's log was not forked"};
    origin = *head.origin;
    name = *origin_directory(*before);
    auto found = old_state(config.state, config.state / name, log, origin);
    if (!found.ok()) return found.error();
    old = std::move(*found);
    if (old->state.checkpoint.origin != *before) {
      return Error{ErrorCode::kConflict, "the log was forked from another origin than was signed"};
    }
    return told_in(store, tx.query(kForkEntries, {log}), head, old->state.checkpoint);
  });
  if (!told.ok()) return told.error();
  const SignerState& state = old->state;
  if (state.keys.back().public_key != key.public_key) {
    return Error{ErrorCode::kCorrupt, "the key file is not the key that signs the log"};
  }
  const auto kept = config.state / name;
  if (old->directory != kept) {
    if (auto done = keep_state(config.state, kept, log, state); !done.ok()) return done.error();
  }
  const auto published = published_log(config.published, log);
  if (auto done = keep_published(published, published / name); !done.ok()) return done.error();
  auto keys = write_signer_keys(config.state, log, origin, {{0, key.public_key}});
  if (!keys.ok()) return keys.error();
  auto begun =
      write_signer_state(config.state, log, sign_checkpoint({origin, 0, empty_root()}, key));
  if (!begun.ok()) return begun.error();
  // A witness that is to know the new name finds it here before anything is published.
  auto listed = publish_keys(config.published, log, origin, {{0, key.public_key}});
  if (!listed.ok()) return listed.error();
  return AcceptedFork{state.checkpoint.origin, origin, told->kept_size, state.checkpoint.size,
                      told->entry};
}

}  // namespace assent

#include "audit/key_rotation.h"

#include "audit/journal.h"
#include "audit/log_store.h"
#include "audit/signer.h"
#include "audit/signer_state.h"
#include "core/file.h"
#include "core/secret_file.h"

namespace assent {
namespace {

// Event and record hash stand in the leaf (docs/audit-format.md).
constexpr StaticText kNamedBy = R"sql(
  SELECT event_id FROM audit_leaf
   WHERE tenant = $1 AND substring(leaf FROM 6 FOR 2) = '\x0112'::bytea
     AND substring(leaf FROM 176 FOR 32) = $2
)sql";

std::filesystem::path next_file(const std::filesystem::path& file) {
  return file.string() + ".next";
}

Leaf announcement(const Hash32& public_key) {
  Act act;
  act.actor_kind = ActorKind::kProcess;
  act.purpose = PurposeCode::kOperations;
  Leaf leaf = leaf_of(act, AuditEvent::kSigningKeyCreated);
  leaf.object_kind = ObjectKind::kKey;
  leaf.record_hash = sha256(public_key);
  return leaf;
}

// The leaf before the file: a key in use is in the log. One that a crash keeps from its file is in
// the log too, and signs nothing.
Status make_key(Database& signer_role, Random& random, const std::filesystem::path& file) {
  const SecretKey secret = new_secret_key(random);
  const SigningKey key = signing_key_from_seed(secret.bytes());
  auto told = in_tx(signer_role, TenantId{}, [&](Tx& tx) -> Status {
    Journal(random, "SELECT append_signer_leaf($1)").append(tx, announcement(key.public_key));
    return Unit{};
  });
  if (!told.ok()) return told;
  return write_secret_file(file, secret);
}

Status hand_over(const std::filesystem::path& state, const Hash32& to) {
  auto states = read_signer_states(state);
  if (!states.ok()) return states.error();
  for (auto& [log, known] : *states) {
    if (known.keys.back().public_key == to) continue;
    known.keys.push_back({known.checkpoint.size, to});
    auto listed = write_signer_keys(state, log, known.checkpoint.origin, known.keys);
    if (!listed.ok()) return listed;
  }
  return Unit{};
}

}  // namespace

Status create_log_key(Database& signer_role, Random& random, const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) {
    return Error{ErrorCode::kConflict, "a key file exists already and is never overwritten"};
  }
  if (auto made = make_directories(file.parent_path(), 0700); !made.ok()) return made;
  return make_key(signer_role, random, file);
}

Status rotate_log_key(Database& signer_role, Random& random, const std::filesystem::path& file,
                      const std::filesystem::path& state) {
  if (auto made = make_directories(state, 0700); !made.ok()) return made;
  auto lock = DirectoryLock::take(state);
  if (!lock.ok()) return lock.error();
  auto old = read_log_key(file);
  if (!old.ok()) return old.error();
  if (auto adopted = adopt_first_key(state, old->public_key); !adopted.ok()) return adopted;
  const std::filesystem::path next = next_file(file);
  if (!rotation_is_open(file)) {
    if (auto made = make_key(signer_role, random, next); !made.ok()) return made;
  }
  auto key = read_log_key(next);
  if (!key.ok()) return key.error();
  if (auto done = hand_over(state, key->public_key); !done.ok()) return done;
  std::error_code failed;
  std::filesystem::rename(next, file, failed);
  if (failed)
    return Error{ErrorCode::kUnavailable, "the directory of the log key cannot be written"};
  return sync_directory(file.parent_path());
}

Result<std::string> key_receipt(Database& signer_role, const Hash32& public_key,
                                std::chrono::milliseconds patience) {
  auto event = in_tx(signer_role, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    const Rows rows = tx.query(kNamedBy, {TenantId{}, sha256(public_key)});
    if (rows.empty()) return Error{ErrorCode::kNotFound, "no entry of the log names this key yet"};
    return rows[0].id<EventId>(0);
  });
  if (!event.ok()) return event.error();
  return wait_for_checkpoint(signer_role, TenantId{}, *event, patience);
}

bool rotation_is_open(const std::filesystem::path& file) {
  return std::filesystem::exists(next_file(file));
}

}  // namespace assent

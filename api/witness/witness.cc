#include "witness.h"

#include <algorithm>

namespace assent {
namespace {

Error inconsistent(StaticText reason) {
  return Error{ErrorCode::kInvalid, reason};
}

// Does the request extend what was cosigned last? The rules of c2sp.org/tlog-witness from the 409
// on; the caller has compared the sizes already.
Status check_extends(const AddCheckpoint& request, const std::optional<Cosigned>& newest) {
  const Checkpoint& head = request.head.checkpoint;
  if (head.size == 0 && head.root != empty_root()) {
    return inconsistent("the empty tree has another root");
  }
  if (request.old_size == 0) {
    if (request.proof.empty()) return Unit{};
    return inconsistent("the empty tree needs no proof");
  }
  if (verify_consistency(request.old_size, head.size, newest->checkpoint.root, head.root,
                         request.proof)) {
    return Unit{};
  }
  if (request.old_size == head.size) {
    return inconsistent("another root, or a proof, under the same size");
  }
  return inconsistent("the proof does not lead from the checkpoint cosigned last to this one");
}

}  // namespace

StaticText outcome_name(WitnessOutcome outcome) {
  switch (outcome) {
    case WitnessOutcome::kMalformed:
      return "malformed";
    case WitnessOutcome::kUnknownLog:
      return "unknown_log";
    case WitnessOutcome::kUnsigned:
      return "unsigned";
    case WitnessOutcome::kOldBeyond:
      return "old_size_beyond";
    case WitnessOutcome::kOtherSize:
      return "other_size";
    case WitnessOutcome::kInconsistent:
      return "inconsistent";
    case WitnessOutcome::kNotKept:
      return "not_kept";
    case WitnessOutcome::kCosigned:
      return "cosigned";
  }
  return "";
}

Result<std::unique_ptr<Witness>> Witness::open(std::filesystem::path directory, VerifierKey own,
                                               const SigningKey& key, const Clock& clock,
                                               Log& log) {
  auto lock = DirectoryLock::take(directory);
  if (!lock.ok()) return lock.error();
  auto states = read_witness_state(directory, own);
  if (!states.ok()) return states.error();
  if (states->empty()) return Error{ErrorCode::kNotFound, "the witness knows no log yet"};
  std::unique_ptr<Witness> witness(
      new Witness(std::move(directory), std::move(own), key, clock, log, std::move(*lock)));
  for (auto& [origin, state] : *states) witness->add_entry(std::move(state));
  return witness;
}

void Witness::add_entry(WitnessedLog log) {
  const std::string origin = log.origin;
  auto entry = std::make_unique<Entry>(std::move(log));
  entry->contradicted = has_contradiction(directory_, origin);
  by_hash_.emplace(origin_hash(origin), entry.get());
  by_origin_.emplace(origin, std::move(entry));
}

Witness::Entry* Witness::find(const std::string& origin) {
  {
    const std::shared_lock hold(logs_mutex_);
    const auto known = by_origin_.find(origin);
    if (known != by_origin_.end()) return known->second.get();
  }
  return learn(origin);
}

// A log that was added since the start. Its file is verified as at a start.
Witness::Entry* Witness::learn(const std::string& origin) {
  auto log = read_witnessed_log(directory_, origin, own_);
  if (!log.ok()) {
    if (log.error().code != ErrorCode::kNotFound && !refused_a_file_.exchange(true)) {
      log_.error("witness.log_refused", {{"origin_hash", sha256(as_bytes(origin))},
                                         {"code", log.error().code},
                                         {"reason", log.error().reason}});
    }
    return nullptr;
  }
  const std::unique_lock hold(logs_mutex_);
  if (!by_origin_.contains(origin)) {
    add_entry(std::move(*log));
    log_.info("witness.log_added", {{"origin_hash", sha256(as_bytes(origin))}});
  }
  return by_origin_.find(origin)->second.get();
}

// What is kept of the log is what we know of it, but for keys that were added.
bool Witness::is_ours(Entry& entry, const Result<WitnessedLog>& kept) {
  const auto note = [](const WitnessedLog& log) { return log.newest ? log.newest->note : ""; };
  if (kept.ok() && note(*kept) == note(entry.state)) return true;
  if (!std::exchange(entry.is_refused, true)) {
    log_.error("witness.state_changed",
               {{"origin_hash", sha256(as_bytes(entry.state.origin))}, {"readable", kept.ok()}});
  }
  return false;
}

void Witness::learn_keys(Entry& entry) {
  auto kept = read_witnessed_log(directory_, entry.state.origin, own_);
  if (!is_ours(entry, kept) || kept->keys == entry.state.keys) return;
  entry.state.keys = std::move(kept->keys);
  log_.info("witness.key_added", {{"origin_hash", sha256(as_bytes(entry.state.origin))},
                                  {"keys", entry.state.keys.size()}});
}

WitnessAnswer Witness::add_checkpoint(std::string_view body) {
  WitnessAnswer answer = judge(body);
  ++counts_[static_cast<std::size_t>(answer.outcome)];
  return answer;
}

WitnessAnswer Witness::judge(std::string_view body) {
  const auto request = parse_add_checkpoint(body);
  if (!request.ok()) return {WitnessOutcome::kMalformed, 0, {}, request.error().reason};
  const Checkpoint& head = request->head.checkpoint;
  Entry* const known = find(head.origin);
  if (known == nullptr) return {WitnessOutcome::kUnknownLog};
  Entry& entry = *known;
  const std::lock_guard hold(entry.mutex);
  auto signatures = log_signatures(request->head.note, entry.state.keys);
  if (signatures.state == SignatureState::kAbsent) {
    learn_keys(entry);
    signatures = log_signatures(request->head.note, entry.state.keys);
  }
  if (signatures.state != SignatureState::kValid) return {WitnessOutcome::kUnsigned};
  if (request->old_size > head.size) return {WitnessOutcome::kOldBeyond};
  return extend(entry, *request, std::move(signatures.lines));
}

WitnessAnswer Witness::extend(Entry& entry, const AddCheckpoint& request, std::string log_lines) {
  const auto& newest = entry.state.newest;
  const Checkpoint& head = request.head.checkpoint;
  if (newest && newest->checkpoint.size == head.size && newest->checkpoint.root != head.root) {
    note_contradiction(entry, request.head);
  }
  const std::uint64_t known_size = newest ? newest->checkpoint.size : 0;
  if (request.old_size != known_size) return {WitnessOutcome::kOtherSize, known_size};
  if (const auto extends = check_extends(request, newest); !extends.ok()) {
    log_.warning("witness.inconsistent", {{"origin_hash", sha256(as_bytes(head.origin))},
                                          {"known_size", known_size},
                                          {"size", head.size},
                                          {"root", head.root}});
    return {WitnessOutcome::kInconsistent, 0, {}, extends.error().reason};
  }
  return cosign(entry, request.head, log_lines);
}

WitnessAnswer Witness::cosign(Entry& entry, const SignedCheckpoint& head,
                              const std::string& log_lines) {
  const auto& newest = entry.state.newest;
  // A clock that was set back, or stands before 1970, does not make an older statement of ours.
  const auto now_s = std::max<std::int64_t>(clock_.now().us / kSecondUs, 1);
  const std::uint64_t time_s =
      std::max(static_cast<std::uint64_t>(now_s), newest ? newest->time_s : 0);
  std::string line = cosignature_line(own_.name, key_, head.note.text, time_s);
  std::string note = head.note.text + "\n" + log_lines + line;
  if (note.size() > kNoteBytesMax) {
    return {WitnessOutcome::kMalformed, 0, {}, "the checkpoint leaves no room for a cosignature"};
  }
  // Under the lock of the log and with the keys that are kept now: none that was added is lost.
  const auto lock = lock_witnessed_log(directory_, entry.state.origin);
  if (!lock.ok()) return {WitnessOutcome::kNotKept};
  const auto before = read_witnessed_log(directory_, entry.state.origin, own_);
  if (!is_ours(entry, before)) return {WitnessOutcome::kNotKept};
  WitnessedLog next{entry.state.origin, before->keys,
                    Cosigned{head.checkpoint, time_s, std::move(note)}};
  if (auto kept = write_witness_state(directory_, next); !kept.ok()) {
    log_.error("witness.not_kept", {{"code", kept.error().code}, {"reason", kept.error().reason}});
    return {WitnessOutcome::kNotKept};
  }
  entry.state = std::move(next);
  ++entry.cosigned;
  return {WitnessOutcome::kCosigned, 0, std::move(line)};
}

// Both checkpoints carry the log's signature, so the two together convict it whoever sent them.
void Witness::note_contradiction(Entry& entry, const SignedCheckpoint& head) {
  if (entry.contradicted) return;
  const auto kept = keep_contradiction(directory_, entry.state, head.note);
  entry.contradicted = kept.ok();
  log_.error("witness.contradiction", {{"origin_hash", sha256(as_bytes(entry.state.origin))},
                                       {"size", head.checkpoint.size},
                                       {"known_root", entry.state.newest->checkpoint.root},
                                       {"root", head.checkpoint.root},
                                       {"kept", kept.ok()}});
}

std::optional<std::string> Witness::checkpoint(std::string_view hash) const {
  const std::shared_lock logs(logs_mutex_);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return std::nullopt;
  const std::lock_guard hold(found->second->mutex);
  const auto& newest = found->second->state.newest;
  if (!newest) return std::nullopt;
  return newest->note;
}

std::vector<WitnessedLogFacts> Witness::logs() const {
  const std::shared_lock logs(logs_mutex_);
  std::vector<WitnessedLogFacts> facts;
  for (const auto& [origin, entry] : by_origin_) {
    const std::lock_guard hold(entry->mutex);
    const auto& newest = entry->state.newest;
    facts.push_back({origin, newest ? newest->checkpoint.size : 0, newest ? newest->time_s : 0,
                     entry->cosigned, entry->contradicted});
  }
  return facts;
}

std::uint64_t Witness::count(WitnessOutcome outcome) const {
  return counts_[static_cast<std::size_t>(outcome)];
}

}  // namespace assent

#include "bundle_check.h"

#include <algorithm>

#include "audit/leaf.h"
#include "audit/origin.h"
#include "audit/stamp_check.h"
#include "line_base64.h"

namespace assent {
namespace {

// The range of `tail` with the subtrees of everything before it.
std::optional<CompactRange> complete(std::span<const Hash32> before, const CompactRange& tail) {
  auto range = CompactRange::restore(tail.begin(), before);
  if (!range.ok()) return std::nullopt;
  for (const Subtree& subtree : tail.subtrees()) range->append_subtree(subtree);
  return std::move(*range);
}

}  // namespace

BundleCheck::BundleCheck(std::istream& bundle, const LogPolicy* policy,
                         std::optional<std::string_view> since, const StampEvidence* stamp)
    : policy_(policy), reader_(bundle) {
  if (since) read_since(*since, stamp);
}

void BundleCheck::read_since(std::string_view text, const StampEvidence* stamp) {
  report_.extends = Extends::kCannotTell;
  const auto older = parse_signed_checkpoint(text);
  if (!older.ok()) return say(cannot_tell("the older checkpoint cannot be read"));
  report_.since_size = older->checkpoint.size;
  std::vector<Finding> doubts;
  judge(*older, policy_, doubts, OriginRule::kEarlierToo);
  if (policy_ != nullptr && !doubts.empty()) {
    return say(cannot_tell("the policy does not accept the older checkpoint"));
  }
  since_ = older->checkpoint;
  if (stamp == nullptr) return;
  report_.stamp = judge_stamp(text, *stamp, findings_);
  if (report_.stamp && report_.stamp->is_proved && report_.stamp->fits) {
    stamped_ = report_.stamp->not_later_than;
  }
}

BundleReport BundleCheck::run() {
  auto header = reader_.header();
  if (!header.ok()) {
    say(cannot_tell(header.error().reason));
    return finish();
  }
  header_ = *header;
  report_.header = header_;
  if (header_.first >= header_.end || header_.end > header_.tree_size) {
    say(cannot_tell("bundle has no entries, or a range outside its tree"));
    return finish();
  }
  entries_.emplace(header_.first);
  writers_.emplace(header_.first == 0 ? WriterCheck::Range::kFromLogStart
                                      : WriterCheck::Range::kFromMiddle);
  retention_.emplace(header_.first);
  const auto end = read_entries();
  if (entries_->read() == 0) {
    say(cannot_tell("bundle has no entries"));
  } else if (end == BundleItem::Kind::kNoTrailer) {
    say_first_bad();
    say(cannot_tell("bundle is cut off: it has no trailer"));
  } else {
    entries_->end_of_entries();
    check_trailer();
  }
  return finish();
}

BundleItem::Kind BundleCheck::read_entries() {
  while (true) {
    const BundleItem item = reader_.next();
    switch (item.kind) {
      case BundleItem::Kind::kEntry:
        see_entry(item);
        break;
      case BundleItem::Kind::kHashes:
        entries_->hashes(item.first, item.hashes);
        break;
      case BundleItem::Kind::kTrailer:
      case BundleItem::Kind::kNoTrailer:
        return item.kind;
    }
  }
}

void BundleCheck::see_entry(const BundleItem& item) {
  const std::uint64_t index = entries_->next_index();
  remember_since();
  if (item.text.empty() || !decode_line_base64(item.text, leaf_bytes_)) {
    return entries_->entry(std::nullopt);
  }
  entries_->entry(leaf_bytes_);
  const auto leaf = decode(leaf_bytes_);
  if (leaf.ok()) {
    writers_->see(index, *leaf);
    compare_with_stamp(index, leaf->time);
    retention_->see(index, *leaf);
    see_told(index, leaf->ext);
  } else if (!first_foreign_) {
    first_foreign_ = index;
  }
}

// The stamped tree held the entry, so it was there by then, whatever time it names.
void BundleCheck::compare_with_stamp(std::uint64_t index, Timestamp entry_time) {
  if (!stamped_ || late_ || index >= since_->size) return;
  if (entry_time.us <= stamped_->us + kStampToleranceUs) return;
  late_ = tampered("entry names a later time than the time stamp of a tree that holds it",
                   to_rfc3339(*stamped_), to_rfc3339(entry_time));
  late_->entry = index;
}

void BundleCheck::see_told(std::uint64_t index, const LeafExt& ext) {
  const auto* recovered = std::get_if<RecoveredLog>(&ext);
  if (recovered != nullptr && report_.recoveries.size() < BundleReport::kToldMax) {
    report_.recoveries.push_back({index, *recovered});
  }
  const auto* fork = std::get_if<ForkedLog>(&ext);
  if (fork != nullptr && report_.forks.size() < BundleReport::kToldMax) {
    report_.forks.push_back({index, *fork});
  }
}

void BundleCheck::remember_since() {
  const CompactRange* range = entries_->actual();
  if (since_ && range != nullptr && range->end() == since_->size) at_since_ = *range;
}

void BundleCheck::check_trailer() {
  remember_since();
  const auto trailer = reader_.trailer();
  const auto head = trailer.ok() ? parse_signed_checkpoint(trailer->checkpoint)
                                 : Result<SignedCheckpoint>(trailer.error());
  if (!head.ok()) {
    say_first_bad();
    return say(cannot_tell("trailer or checkpoint of the bundle is damaged"));
  }
  const Checkpoint& checkpoint = head->checkpoint;
  check_root(*trailer, checkpoint);
  report_.report.log = judge(*head, policy_, findings_);
  if (checkpoint.origin != header_.origin) say(tampered("checkpoint is of another log"));
  if (checkpoint.size != header_.tree_size) {
    say(tampered("checkpoint is of another tree size", std::to_string(header_.tree_size),
                 std::to_string(checkpoint.size)));
  }
  check_counts(*trailer);
  check_extension(*trailer, checkpoint);
  if (since_) check_since(*trailer, checkpoint);
  if (!reader_.sum_holds()) say(cannot_tell("header or trailer were changed after the export"));
}

void BundleCheck::check_counts(const BundleTrailer& trailer) {
  const std::uint64_t promised = header_.end - header_.first;
  if (trailer.count != promised || entries_->read() != promised) {
    say(tampered("number of entries is not the promised one", std::to_string(promised),
                 std::to_string(entries_->read()) + ", trailer " + std::to_string(trailer.count)));
  }
}

void BundleCheck::check_root(const BundleTrailer& trailer, const Checkpoint& head) {
  const auto first = split_path(header_.first, head.size, trailer.first_path);
  const auto last = split_path(header_.end - 1, head.size, trailer.last_path);
  if (!first || !last) {
    say_first_bad();
    return say(tampered("inclusion proof of the first or last entry has the wrong length"));
  }
  before_.assign(first->left.rbegin(), first->left.rend());
  const auto leads_to_root = [&](const CompactRange* range) {
    if (range == nullptr || range->end() != header_.end) return false;
    const auto whole = complete(before_, *range);
    return whole && root_beyond(*whole, last->right, head.size) == head.root;
  };
  report_.all_hashes_match = leads_to_root(entries_->actual());
  if (report_.all_hashes_match) {
    entries_match();
    check_paths(trailer, head);
  } else {
    entries_differ(leads_to_root(&entries_->claimed()) ? Claimed::kLeadsToRoot : Claimed::kDoesNot);
  }
}

void BundleCheck::say_first_bad() {
  if (!entries_->first_bad()) return;
  say(*entries_->first_bad());
  report_.report.further = entries_->further();
}

void BundleCheck::entries_match() {
  if (const auto& bad = entries_->first_bad()) {
    say(tampered("a hashes line was changed; the entries themselves lead to the root"));
    findings_.back().entry = bad->entry;
  }
  if (first_foreign_) {
    say(cannot_tell("entry is as it was logged, but this version cannot read it"));
    findings_.back().entry = first_foreign_;
  }
  for (Finding& finding : writers_->finish()) say(std::move(finding));
  if (late_) say(std::move(*late_));
  for (Finding& finding : retention_->finish()) say(std::move(finding));
  report_.pruned = retention_->pruned();
}

void BundleCheck::entries_differ(Claimed claimed) {
  say_first_bad();
  // The numbers of the writers may name the entry where the hashes lines were changed with it.
  for (Finding& finding : writers_->finish()) say(std::move(finding));
  if (claimed == Claimed::kDoesNot) {
    say(tampered("neither the entries nor their hashes lines lead to the root of the checkpoint"));
    if (first_foreign_) {
      say(tampered("entry cannot be decoded"));
      findings_.back().entry = first_foreign_;
    }
  }
}

void BundleCheck::check_paths(const BundleTrailer& trailer, const Checkpoint& head) {
  if (!verify_inclusion(header_.first, head.size, entries_->first_hash(), trailer.first_path,
                        head.root)) {
    say(tampered("inclusion proof of the first entry does not hold"));
  }
  if (!verify_inclusion(header_.end - 1, head.size, entries_->last_hash(), trailer.last_path,
                        head.root)) {
    say(tampered("inclusion proof of the last entry does not hold"));
  }
}

void BundleCheck::check_extension(const BundleTrailer& trailer, const Checkpoint& head) {
  if (!trailer.extension) return;
  const BundleExtension& extension = *trailer.extension;
  if (!verify_consistency(extension.old_size, head.size, extension.old_root, head.root,
                          extension.path)) {
    say(tampered("consistency proof of the bundle does not hold"));
  }
}

void BundleCheck::check_since_root(const Hash32& root_then) {
  report_.extends = root_then == since_->root ? Extends::kYes : Extends::kNo;
  if (report_.extends == Extends::kYes) return;
  say_forked("fork: the log had another root at the size of the older checkpoint",
             to_base64(since_->root), to_base64(root_then));
}

// The entry that tells of the fork is named where the older checkpoint is of the origin before it.
void BundleCheck::say_forked(StaticText what, std::string expected, std::string found) {
  say(tampered(what, std::move(expected), std::move(found)));
  if (since_->origin == header_.origin) return;
  for (const ToldFork& fork : report_.forks) {
    if (findings_.back().entry && fork.what.kept_size >= since_->size) continue;
    findings_.back().entry = fork.entry;
  }
}

// A log has another origin because an entry of it says so.
void BundleCheck::check_fork_is_told() {
  const bool all_of_it = header_.first <= since_->size && header_.end == header_.tree_size;
  if (!all_of_it || !report_.forks.empty()) return;
  say(tampered("the log has another origin than the older checkpoint, and no entry tells why"));
}

void BundleCheck::check_since(const BundleTrailer& trailer, const Checkpoint& head) {
  const std::uint64_t then = since_->size;
  if (is_earlier_origin(since_->origin, head.origin)) {
    check_fork_is_told();
  } else if (since_->origin != head.origin) {
    return say(cannot_tell("the older checkpoint is of another log"));
  }
  if (then > head.size) {
    report_.extends = Extends::kNo;
    return say_forked("log is smaller than the older checkpoint: its tail was cut",
                      "at least " + std::to_string(then), std::to_string(head.size));
  }
  if (then == head.size) return check_since_root(head.root);
  if (then == 0) return check_since_root(empty_root());
  if (report_.all_hashes_match && at_since_) {
    if (const auto tree_then = complete(before_, *at_since_)) {
      return check_since_root(tree_then->root());
    }
  }
  const auto& extension = trailer.extension;
  if (!extension || extension->old_size != then ||
      !verify_consistency(then, head.size, extension->old_root, head.root, extension->path)) {
    return say(cannot_tell("bundle cannot show that it extends the older checkpoint"));
  }
  check_since_root(extension->old_root);
}

BundleReport BundleCheck::finish() {
  if (policy_ == nullptr) say(cannot_tell("no policy was given: internal consistency only"));
  if (entries_) {
    report_.entries = entries_->read();
    report_.writers = writers_->writers();
    report_.gaps = writers_->gaps();
    report_.backwards = writers_->backwards();
    report_.newest = writers_->newest();
  }
  report_.report.findings = std::move(findings_);
  report_.report.verdict = verdict_of(report_.report.findings);
  return std::move(report_);
}

BundleReport verify_bundle(std::istream& bundle, const LogPolicy* policy,
                           std::optional<std::string_view> since, const StampEvidence* stamp) {
  return BundleCheck(bundle, policy, since, stamp).run();
}

}  // namespace assent

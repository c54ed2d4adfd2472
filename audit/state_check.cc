#include "audit/state_check.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "audit/commitments.h"
#include "audit/leaf.h"
#include "audit/merkle.h"
#include "core/digest.h"
#include "findings.h"
#include "leaf_search.h"
#include "state_dump_reader.h"

namespace assent {
namespace {

constexpr std::size_t kNamedMax = 20;  // Bad rows by name; the others are counted.

// An entry whose record hash is the root over rows.
struct SealingEntry {
  std::uint64_t index = 0;
  Hash32 root{};
  std::optional<std::uint32_t> rows;  // Where the entry says how many.
  bool is_met = false;
};

bool seals_rows(const Leaf& leaf) {
  switch (leaf.event) {
    case AuditEvent::kBatch:
    case AuditEvent::kConsentRecorded:
    case AuditEvent::kConsentWithdrawn:
    case AuditEvent::kErasureCompleted:
      break;
    case AuditEvent::kKeyDestroyed:
      if (leaf.object_kind != ObjectKind::kRejectedRow) return false;
      break;
    case AuditEvent::kRecordKeysRotated:
      if (leaf.object_kind == ObjectKind::kKey) return false;
      break;
    default:
      return false;
  }
  return leaf.record_hash != Hash32{} && leaf.record_hash != empty_root();
}

bool counts_rows(const Leaf& leaf) {
  return leaf.event == AuditEvent::kBatch || leaf.event == AuditEvent::kConsentRecorded ||
         leaf.event == AuditEvent::kConsentWithdrawn;
}

// Of one removal, wherever it stands: all of them together cancel out.
Hash32 mark_of(const Uuid& leaf, std::uint32_t position, const Uuid& by, const Hash32& entry) {
  Bytes bytes;
  put(bytes, leaf.view());
  put_u32(bytes, position);
  put(bytes, by.view());
  put(bytes, entry);
  return sha256(bytes);
}

std::string name_of(const StateLine& line) {
  return line.table + " " + line.row.text();
}

class StateCheck {
 public:
  explicit StateCheck(StateReport& report) : report_(report) {}

  const std::optional<BundleReport>& log() const { return log_; }

  bool read_log(std::istream& bundle, const LogPolicy* policy) {
    log_ = each_leaf(bundle, policy, report_.report.findings,
                     [&](std::uint64_t index, const Leaf& leaf) { see(index, leaf); });
    if (log_ && log_->header->first == 0) {
      for (const std::uint64_t index : keyless_) {
        add(tampered("rows were erased without an entry that their keys were destroyed"), index);
      }
    }
    of_the_log_ = report_.report.findings.size();
    return log_.has_value();
  }

  void read_dump(std::istream& in) {
    StateDumpReader dump(in);
    if (auto header = dump.header(); !header.ok()) return unreadable(header.error());
    if (dump.origin() != log_->header->origin) {
      return add(cannot_tell("the dump is of another log than the bundle"));
    }
    std::vector<StateLine> group;
    while (true) {
      auto line = dump.next();
      if (!line.ok()) return unreadable(line.error());
      if (!group.empty() && (!*line || (*line)->leaf != group.front().leaf)) {
        check(group);
        group.clear();
      }
      if (!*line) break;
      count(**line);
      group.push_back(std::move(**line));
    }
    conclude(dump);
  }

 private:
  void see(std::uint64_t index, const Leaf& leaf) {
    if (seals_rows(leaf)) {
      SealingEntry entry{index, leaf.record_hash, std::nullopt};
      if (counts_rows(leaf)) entry.rows = leaf.result_count;
      entries_.emplace(leaf.id.value, entry);
    }
    if (leaf.event == AuditEvent::kKeyDestroyed) shredded_.insert(leaf.object);
    if (leaf.event == AuditEvent::kErasureCompleted && !shredded_.contains(leaf.object)) {
      keyless_.push_back(index);
    }
  }

  // An id of version 7 begins with its milliseconds: of a leaf that may have been pruned.
  bool is_pruned(const Uuid& leaf) const {
    const bool has_time = leaf.bytes[6] >> 4 == 7;
    const auto ms = static_cast<std::int64_t>(get_u64(leaf.bytes.data()) >> 16);
    return begins_after_pruned() && has_time && ms * 1'000 <= log_->pruned->range.newest.us;
  }
  bool begins_after_pruned() const {
    const std::uint64_t first = log_->header->first;
    return first != 0 && log_->pruned && first <= log_->pruned->range.minimum;
  }

  void count(const StateLine& line) {
    const bool stands = line.kind == StateLine::Kind::kRow || line.kind == StateLine::Kind::kErased;
    if (stands) ++report_.rows;
    if (line.kind == StateLine::Kind::kErased) {
      ++report_.erased;
      erased_.insert(line.record);
    }
    Hash32 mark{};
    if (line.kind == StateLine::Kind::kRemoved) {
      ++report_.removed;
      mark = mark_of(line.leaf, line.position, line.row, line.hash);
    } else if (line.kind == StateLine::Kind::kRemoval) {
      mark = mark_of(line.row, line.removed_position, line.leaf, line.hash);
    }
    for (std::size_t i = 0; i < mark.size(); ++i) removals_[i] ^= mark[i];
  }

  // What the entry sealed at this place, by the columns or by the hash that is kept beside them.
  static Hash32 sealed(const StateLine& line, bool by_columns) {
    switch (line.kind) {
      case StateLine::Kind::kRow:
      case StateLine::Kind::kErased:
        return sealed_row_entry(line.table, line.row, by_columns ? line.hash : line.kept);
      case StateLine::Kind::kRemoved:
        return line.hash;
      case StateLine::Kind::kRemoval:
        return sealed_row_entry(
            "removed_row", line.row,
            removal_hash(static_cast<std::int32_t>(line.removed_position), line.hash));
    }
    return {};
  }

  static Hash32 root_of(const std::vector<StateLine>& rows, bool by_columns) {
    CompactRange tree;
    for (const StateLine& row : rows) tree.append(leaf_hash(sealed(row, by_columns)));
    return tree.root();
  }

  // All lines of one leaf.
  void check(std::vector<StateLine>& rows) {
    const auto found = entries_.find(rows.front().leaf);
    if (found == entries_.end() && is_pruned(rows.front().leaf)) {
      report_.not_checked += rows.size();
      return note_erased(rows);
    }
    if (found == entries_.end()) {
      for (const StateLine& row : rows) {
        if (strangers_.size() < kNamedMax) strangers_.push_back(name_of(row));
        ++stranger_count_;
      }
      return;
    }
    SealingEntry& entry = found->second;
    if (std::exchange(entry.is_met, true)) {
      return add(cannot_tell("the lines of one entry do not stand together in the dump"),
                 entry.index);
    }
    std::ranges::stable_sort(rows, {}, &StateLine::position);
    if (!places_fit(rows, entry)) return;
    if (root_of(rows, true) == entry.root) return note_erased(rows);
    const bool kept_holds = root_of(rows, false) == entry.root;
    bool is_named = false;
    for (const StateLine& row : rows) {
      if (row.hash == row.kept) continue;
      is_named = true;
      add(tampered("a row is not as the entry sealed it", to_hex(row.kept), name_of(row)),
          entry.index);
    }
    if (kept_holds && is_named) return;
    add(tampered("the rows are not those that the entry sealed, whatever is kept beside them",
                 to_hex(entry.root), to_hex(root_of(rows, true))),
        entry.index);
  }

  void note_erased(const std::vector<StateLine>& rows) {
    for (const StateLine& row : rows) {
      if (row.kind == StateLine::Kind::kRow && row.table == "tombstone") tombs_.insert(row.row);
    }
  }

  // Each place once, from 0 on without a hole.
  bool places_fit(const std::vector<StateLine>& rows, const SealingEntry& entry) {
    bool fits = true;
    std::uint32_t expected = 0;
    for (const StateLine& row : rows) {
      if (row.position < expected || (entry.rows && row.position >= *entry.rows)) {
        add(tampered("a row has a place that the entry did not seal for it", "", name_of(row)),
            entry.index);
        fits = false;
        continue;
      }
      for (; expected < row.position; ++expected) fits = missing(expected, entry);
      ++expected;
    }
    for (; entry.rows && expected < *entry.rows; ++expected) fits = missing(expected, entry);
    return fits;
  }

  bool missing(std::uint32_t position, const SealingEntry& entry) {
    add(tampered("a row that the entry sealed is missing", "row " + std::to_string(position), ""),
        entry.index);
    return false;
  }

  void conclude(const StateDumpReader& dump) {
    const BundleHeader& range = *log_->header;
    const bool covered = (range.first == 0 || begins_after_pruned()) && range.end >= dump.covers();
    if (!covered) {
      add(
          cannot_tell("the bundle does not hold all entries that the dump can name: export it from "
                      "the first entry, after the dump"));
    }
    if (report_.not_checked != 0) {
      add(cannot_tell("rows of entries that the log has pruned cannot be checked"));
    }
    if (begins_after_pruned() && !keyless_.empty()) {
      add(cannot_tell("the log has pruned the entry that the keys of erased rows were destroyed"),
          keyless_.front());
    }
    for (const std::string& row : strangers_) {
      add(covered
              ? tampered("a row names an entry that seals no rows or is not in the log", "", row)
              : Finding{LogVerdict::kCannotTell, "a row names an entry that is not in the bundle",
                        std::nullopt, "", row});
    }
    report_.report.further += stranger_count_ - strangers_.size();
    for (const auto& [leaf, entry] : entries_) {
      ++report_.entries;
      if (!entry.is_met && entry.index < dump.size()) {
        add(tampered("all rows that the entry sealed are missing"), entry.index);
      }
    }
    if (removals_ != Hash32{}) {
      add(tampered("what was removed and what says so are not the same"));
    }
    if (!covered || std::ranges::includes(tombs_, erased_)) return;
    add(tampered("a row is said to be of an erased person whom no entry names"));
  }

  void unreadable(const Error& error) {
    // What half a dump lacks is nobody's tampering.
    std::vector<Finding>& all = report_.report.findings;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(of_the_log_), all.end());
    report_.report.further = 0;
    Finding finding = cannot_tell(error.reason);
    if (error.position) finding.found = "line " + std::to_string(error.position->line);
    add(std::move(finding));
  }

  void add(Finding finding, std::optional<std::uint64_t> entry = std::nullopt) {
    finding.entry = entry;
    std::vector<Finding>& all = report_.report.findings;
    if (all.size() < kNamedMax || finding.verdict == LogVerdict::kCannotTell) {
      all.push_back(std::move(finding));
    } else {
      ++report_.report.further;
    }
  }

  StateReport& report_;
  std::optional<BundleReport> log_;
  std::size_t of_the_log_ = 0;  // Findings that do not come from the dump.
  std::map<Uuid, SealingEntry> entries_;
  std::set<Uuid> shredded_;             // Requests whose keys were destroyed.
  std::vector<std::uint64_t> keyless_;  // Erasures that no such entry stands before.
  std::set<Uuid> tombs_;                // Records that an entry says are erased,
  std::set<Uuid> erased_;               // and that rows are said to be of.
  std::vector<std::string> strangers_;
  std::uint64_t stranger_count_ = 0;
  Hash32 removals_{};
};

}  // namespace

StateReport verify_state(std::istream& dump, std::istream& bundle, const LogPolicy* policy) {
  StateReport report;
  StateCheck check(report);
  if (check.read_log(bundle, policy)) {
    report.report.log = check.log()->report.log;
    check.read_dump(dump);
  }
  std::vector<Finding>& findings = report.report.findings;
  // The first bad entry comes first.
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    const auto rank = [](const Finding& f) {
      return std::pair(f.verdict != LogVerdict::kTampered,
                       f.entry.value_or(std::numeric_limits<std::uint64_t>::max()));
    };
    return rank(a) < rank(b);
  });
  report.report.verdict = verdict_of(findings);
  return report;
}

}  // namespace assent

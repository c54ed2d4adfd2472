#include "writer_check.h"

#include <algorithm>

#include "findings.h"

namespace assent {

namespace {

// Of a writer whose next number is `next`.
std::optional<std::uint64_t> last_before(std::uint64_t next) {
  return next == 0 ? std::nullopt : std::optional(next - 1);
}

}  // namespace

void WriterCheck::gap(StaticText what, std::uint64_t index, std::uint64_t expected,
                      std::optional<std::uint64_t> found) {
  ++gaps_;
  if (first_gap_) return;
  first_gap_ = tampered(what, "number " + std::to_string(expected),
                        found ? "number " + std::to_string(*found) : "no entry");
  first_gap_->entry = index;
}

void WriterCheck::see(std::uint64_t index, const Leaf& leaf) {
  newest_ = std::max(newest_, leaf.time);
  if (const auto* replaced = std::get_if<ReplacedWriter>(&leaf.ext);
      replaced != nullptr && replaced_.size() < kWritersMax) {
    replaced_.insert_or_assign(replaced->writer, Replaced{replaced->last_seq, index});
  }
  if (const auto* named = std::get_if<NamedWriters>(&leaf.ext)) see_heartbeat(index, *named);
  const auto known = writers_.find(leaf.writer);
  if (known == writers_.end() && writers_.size() == kWritersMax) {
    too_many_ = true;
    return;
  }
  see_number(index, leaf, known == writers_.end() ? nullptr : &known->second);
  Writer& writer = writers_[leaf.writer];
  writer.next_seq = leaf.writer_seq + 1;
  see_time(index, leaf, writer);
}

// What a heartbeat names was committed before it, so it stands before it.
void WriterCheck::see_heartbeat(std::uint64_t index, const NamedWriters& named) {
  for (const LastNumber& last : named.writers) {
    const auto writer = writers_.find(last.writer);
    if (writer == writers_.end() && range_ == Range::kFromMiddle) continue;
    const std::uint64_t seen = writer == writers_.end() ? 0 : writer->second.next_seq;
    if (seen <= last.last_seq) {
      gap("entries of a writer that a heartbeat names are missing", index, last.last_seq,
          last_before(seen));
    }
  }
}

void WriterCheck::see_number(std::uint64_t index, const Leaf& leaf, Writer* known) {
  const std::uint64_t found = leaf.writer_seq;
  if (leaf.event == AuditEvent::kWriterOpened && found != 0) {
    gap("opening of a writer is not its number 0", index, 0, found);
  } else if (known == nullptr) {
    if (range_ == Range::kFromLogStart && found != 0) {
      gap("first entries of a writer are missing", index, 0, found);
    }
  } else if (found > known->next_seq) {
    gap("entries of a writer are missing before this one", index, known->next_seq, found);
  } else if (found < known->next_seq) {
    gap("a number of a writer stands twice", index, known->next_seq, found);
  }
}

void WriterCheck::see_time(std::uint64_t index, const Leaf& leaf, Writer& writer) {
  if (leaf.time.us < writer.newest.us - kBackwardsUsMax) {
    ++backwards_;
    if (!first_backwards_) {
      first_backwards_ = tampered("time of a writer runs backwards by more than 5 s",
                                  "from " + to_rfc3339(writer.newest), to_rfc3339(leaf.time));
      first_backwards_->entry = index;
    }
  }
  writer.newest = std::max(writer.newest, leaf.time);
}

std::vector<Finding> WriterCheck::finish() {
  for (const auto& [id, replaced] : replaced_) {
    const auto writer = writers_.find(id);
    if (writer == writers_.end() && range_ == Range::kFromMiddle) continue;
    const std::uint64_t seen = writer == writers_.end() ? 0 : writer->second.next_seq;
    if (seen != replaced.last_seq + 1) {
      gap("last entries of the writer replaced here are missing", replaced.index, replaced.last_seq,
          last_before(seen));
    }
  }
  std::vector<Finding> findings;
  if (first_gap_) findings.push_back(*first_gap_);
  if (first_backwards_) findings.push_back(*first_backwards_);
  if (too_many_) findings.push_back(cannot_tell("more writers than one check can follow"));
  return findings;
}

}  // namespace assent

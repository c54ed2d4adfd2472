#pragma once

#include <string>
#include <vector>

#include "core/db.h"

namespace assent {

// Rows of files that were not stored. What is listed here is where and why, never what stood there:
// the row itself is sealed under a key of its own and dies with it after kRejectedDays.
inline constexpr int kRejectedDays = 30;

struct RejectedNote {
  Uuid id;
  std::uint64_t line = 0;
  std::uint32_t column = 0;  // 0: the row as a whole.
  std::string reason;        // A literal of the program.
  std::string field;         // A catalogue name or "".
  bool denials_kept = false;
};

// The rejected rows of an import by line, from after `after_line`, at most `limit`.
std::vector<RejectedNote> list_rejected(Tx& tx, Uuid import, std::uint64_t after_line,
                                        std::size_t limit);

// Rows whose 30 days are over and that nobody has named in pending_shred yet: their keys go first,
// then they do.
std::vector<Uuid> expired_rejects(Tx& tx, std::size_t limit);

// Which of `subjects` (keyed units that the safe knows) nothing in the data needs, and nobody has
// named in pending_shred yet: a crash between the two commits left their keys behind. The sweeper
// asks for keys older than a day only.
std::vector<Uuid> orphans_among(Tx& data, const std::vector<Uuid>& subjects);
// Subjects with a key for fields made before `made_before`, after `after` in order, at most
// `limit`. `safe` is a transaction in the safe.
std::vector<Uuid> keyed_subjects(Tx& safe, Timestamp made_before, Uuid after, std::size_t limit);

}  // namespace assent

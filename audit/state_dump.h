#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "core/bytes.h"
#include "core/id.h"
#include "core/result.h"

// The text that carries hashes of the live tables to `assent-verify state`. docs/audit-format.md,
// *State*, defines it.
namespace assent {

struct StateLine {
  enum class Kind {
    kRow,      // A sealed row that stands: `hash` of it as it stands, `kept` beside it.
    kErased,   // A row of an erased person, which has lost columns: `hash` is the kept one.
    kRemoved,  // A row that went; `hash` is the entry that its leaf sealed.
    kRemoval,  // The same, among what the removing leaf sealed.
  };
  Kind kind = Kind::kRow;
  Uuid leaf;  // The leaf that sealed this, and the place in it.
  std::uint32_t position = 0;
  std::string table;  // Of kRow and kErased.
  Uuid row;  // Its id. Of kRemoved the leaf that removed, of kRemoval the leaf that sealed.
  Hash32 hash{};
  Hash32 kept{};                       // Of kRow.
  Uuid request;                        // Of kErased: which erasure,
  Uuid record;                         // and of whom: an id that leads to nobody any more.
  std::uint32_t removed_position = 0;  // Of kRemoval: the place in the leaf that sealed.
};

// Writes a dump in constant memory. Not thread-safe; without finish() no reader takes it.
class StateDumpWriter {
 public:
  // `size`: the entries that had a number before the tables were read. `out` must outlive this.
  StateDumpWriter(std::ostream& out, const std::string& origin, std::uint64_t size);
  // Lines of one leaf stand together.
  void add(const StateLine& line);
  // `covers`: all entries that the rows can name. kUnavailable: the stream did not take everything.
  Status finish(std::uint64_t covers);

 private:
  std::ostream& out_;
  std::uint64_t lines_ = 0;
};

}  // namespace assent

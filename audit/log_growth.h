#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "audit/log_store.h"
#include "growing_tiles.h"

namespace assent {

// The end of one log while leaves are put there, inside one transaction: its lock, its tiles, its
// head and the last numbers of its writers. The leaves themselves are stored by the caller. Private
// to what numbers the log and what puts it back. Not thread-safe.
class LogGrowth {
 public:
  // `tx` is of a role that may write tiles and heads, and must outlive this.
  LogGrowth(Tx& tx, TenantId log) : tx_(tx), log_(log) {}

  // Until the transaction ends nobody else grows the log. False: somebody does.
  bool lock();
  // Once, before append(). kCorrupt: the tiles do not fold to the head.
  Status load();
  // Both, of a log that must have this size. kBusy: somebody grows it; kConflict: it has another.
  Status load_at(std::uint64_t size);
  // As it was loaded.
  const LogHead& before() const { return before_; }

  void append(ByteView leaf);
  std::uint64_t size() const { return tiles_.size(); }
  Result<Hash32> root() { return tiles_.root(); }

  // What append() changed. kConflict: another has moved the head of the log.
  Status store();

 private:
  void store_tiles();
  void note_writers();
  Status move_head();

  Tx& tx_;
  TenantId log_;
  LogHead before_;
  GrowingTiles tiles_;
  std::map<std::int32_t, std::int64_t> last_seq_;  // By writer.
};

}  // namespace assent

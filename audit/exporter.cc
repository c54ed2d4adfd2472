#include "audit/exporter.h"

#include <algorithm>
#include <limits>

#include "audit/checkpoint.h"
#include "audit/log_retention.h"
#include "audit/origin.h"

namespace assent {
namespace {

constexpr std::uint64_t kGroupsAtOnce = 16;  // 4,096 entries, about 1 MB.

struct Plan {
  BundleHeader header;
  BundleTrailer trailer;
  EventId leaf;
};

Result<BundleExtension> extension(LogStore& store, std::string_view since, const Checkpoint& newest,
                                  std::uint64_t minimum) {
  const auto older = parse_signed_checkpoint(since);
  if (!older.ok() || (older->checkpoint.origin != newest.origin &&
                      !is_earlier_origin(older->checkpoint.origin, newest.origin))) {
    return Error{ErrorCode::kInvalid, "the older checkpoint is not one of this log"};
  }
  const Checkpoint& old = older->checkpoint;
  auto path = consistency_path(store, old.size, newest.size);
  if (!path.ok() && path.error().code == ErrorCode::kNotFound && old.size < minimum) {
    return Error{ErrorCode::kGone,
                 "the older checkpoint is of before the entries that the log keeps: it can prove "
                 "the extension no more"};
  }
  if (!path.ok()) return path.error();
  return BundleExtension{old.size, old.root, std::move(*path)};
}

Result<HashPath> sound_path(LogStore& store, std::uint64_t index, std::uint64_t size) {
  auto path = inclusion_path(store, index, size);
  if (!path.ok()) return Error{ErrorCode::kCorrupt, path.error().reason};
  return path;
}

// The log's minimum index; 0, too, when what it tells of it does not verify: what was tampered with
// is exported all the same.
std::uint64_t minimum_of(Tx& tx, TenantId log, const Checkpoint& tree) {
  const auto retention = read_retention(tx, log, {tree.size, tree.root});
  return retention.ok() ? retention->minimum() : 0;
}

Result<Plan> make_plan(Tx& tx, TenantId log, const ExportRequest& request) {
  LogStore store(tx, log);
  const auto note = store.newest_checkpoint();
  if (!note) return Error{ErrorCode::kNotFound, "the log has no checkpoint yet"};
  const auto newest = parse_signed_checkpoint(*note);
  if (!newest.ok()) return Error{ErrorCode::kCorrupt, "the newest checkpoint cannot be read"};
  const std::uint64_t size = newest->checkpoint.size;
  Plan plan;
  const std::uint64_t minimum = minimum_of(tx, log, newest->checkpoint);
  plan.header = {newest->checkpoint.origin, request.first.value_or(minimum),
                 request.end.value_or(size), size, tx.now()};
  if (plan.header.first < minimum) {
    return Error{ErrorCode::kGone,
                 "the log has pruned its first entries, as it had announced: leave the start of "
                 "the range out"};
  }
  if (plan.header.first >= plan.header.end || plan.header.end > size) {
    return Error{ErrorCode::kInvalid, "the range is empty or not covered by the checkpoint"};
  }
  plan.trailer.checkpoint = *note;
  auto first = sound_path(store, plan.header.first, size);
  if (!first.ok()) return first.error();
  auto last = sound_path(store, plan.header.end - 1, size);
  if (!last.ok()) return last.error();
  plan.trailer.first_path = std::move(*first);
  plan.trailer.last_path = std::move(*last);
  if (request.since) {
    auto extends = extension(store, *request.since, newest->checkpoint, minimum);
    if (!extends.ok()) return extends.error();
    plan.trailer.extension = std::move(*extends);
  }
  return plan;
}

Leaf exported_leaf(const Act& act, TenantId log, const BundleHeader& header) {
  Leaf leaf = leaf_of(act, AuditEvent::kAuditExported);
  leaf.object_kind = ObjectKind::kLog;
  leaf.object = log.value;
  leaf.result_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      header.end - header.first, std::numeric_limits<std::uint32_t>::max()));
  return leaf;
}

// The tiles' hashes of [first, end), which lies in one tile.
Result<std::vector<Hash32>> logged_hashes(LogStore& store, std::uint64_t first, std::uint64_t end,
                                          std::uint64_t size) {
  const std::uint64_t tile = first / kTileWidth;
  auto hashes = store.tile({0, tile, tile_width(0, tile, size)});
  if (!hashes.ok()) return Error{ErrorCode::kCorrupt, hashes.error().reason};
  const std::uint64_t start = tile * kTileWidth;
  return std::vector<Hash32>(hashes->begin() + static_cast<std::ptrdiff_t>(first - start),
                             hashes->begin() + static_cast<std::ptrdiff_t>(end - start));
}

std::uint64_t minimum_of_head(Tx& tx, TenantId log) {
  const LogHead head = LogStore(tx, log).head();
  return minimum_of(tx, log, {"", head.size, head.root});
}

struct Chunk {
  std::vector<StoredEntry> entries;
  std::vector<std::vector<Hash32>> hashes;  // By tile.
};

Result<Chunk> read_chunk(Tx& tx, TenantId log, std::uint64_t first, std::uint64_t end,
                         std::uint64_t size) {
  LogStore store(tx, log);
  Chunk chunk{store.entries(first, end), {}};
  if (store.first_kept().value_or(first) > first && minimum_of_head(tx, log) > first) {
    return Error{ErrorCode::kConflict, "the entries were pruned while they were exported"};
  }
  while (first < end) {
    const std::uint64_t group_end = std::min(end, (first / kTileWidth + 1) * kTileWidth);
    auto hashes = logged_hashes(store, first, group_end, size);
    if (!hashes.ok()) return hashes.error();
    chunk.hashes.push_back(std::move(*hashes));
    first = group_end;
  }
  return chunk;
}

void write_chunk(const Chunk& chunk, std::uint64_t first, BundleWriter& writer) {
  auto entry = chunk.entries.begin();
  for (const std::vector<Hash32>& hashes : chunk.hashes) {
    first += hashes.size();
    std::vector<ByteView> stored;
    for (; entry != chunk.entries.end() && entry->index < first; ++entry) {
      stored.emplace_back(entry->leaf);
    }
    writer.add_group(stored, hashes);
  }
}

}  // namespace

Result<Exported> export_bundle(Database& db, TenantId log, Journal& journal, const Act& act,
                               const ExportRequest& request, std::ostream& out) {
  auto plan = in_tx(db, log, [&](Tx& tx) -> Result<Plan> {
    auto made = make_plan(tx, log, request);
    if (made.ok()) made->leaf = journal.append(tx, exported_leaf(act, log, made->header));
    return made;
  });
  if (!plan.ok()) return plan.error();
  const BundleHeader& header = plan->header;
  BundleWriter writer(out, header);
  constexpr std::uint64_t kStep = kGroupsAtOnce * kTileWidth;
  for (std::uint64_t first = header.first; first < header.end;) {
    const std::uint64_t end = std::min(header.end, (first / kStep + 1) * kStep);
    auto chunk =
        in_tx(db, log, [&](Tx& tx) { return read_chunk(tx, log, first, end, header.tree_size); });
    if (!chunk.ok()) return chunk.error();
    write_chunk(*chunk, first, writer);
    if (!out) return Error{ErrorCode::kUnavailable, "bundle could not be written whole"};
    first = end;
  }
  if (auto done = writer.finish(std::move(plan->trailer)); !done.ok()) return done.error();
  return Exported{header, plan->leaf};
}

}  // namespace assent

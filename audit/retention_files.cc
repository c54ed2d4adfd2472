#include "audit/retention_files.h"

#include "audit/signer_state.h"
#include "audit/tile_files.h"
#include "core/file.h"

namespace assent {
namespace {

constexpr std::string_view kFile = "retention";
constexpr unsigned kFileForTheWorld = 0644;

// The tile of level 0, or the bundle, with all that was partial of it.
void remove_file(const std::filesystem::path& directory, const TileFile& file,
                 std::error_code& failed) {
  const auto path = directory / tile_file_path(file);
  std::filesystem::remove(path, failed);
  if (failed) return;
  std::filesystem::remove_all(std::filesystem::path(path).concat(".p"), failed);
  // The directory of a thousand goes with its last; one with files in it stays.
  std::error_code not_empty;
  if (file.id.index % 1000 == 999) std::filesystem::remove(path.parent_path(), not_empty);
}

}  // namespace

std::filesystem::path published_retention_file(const std::filesystem::path& directory,
                                               TenantId log) {
  return published_log(directory, log) / kFile;
}

Result<LogRetention> RetentionFiles::read(Database& db, const Checkpoint& tree) const {
  if (tree.size == 0) return LogRetention{};
  return in_tx(db, TenantId{}, [&](Tx& tx) {
    return read_retention(tx, log_, {tree.size, tree.root});
  });
}

Result<std::uint64_t> RetentionFiles::minimum(Database& db, const Checkpoint& signed_tree) {
  if (minimum_) return *minimum_;
  const auto retention = read(db, signed_tree);
  if (retention.ok()) {
    minimum_ = retention->minimum();
  } else if (retention.error().code == ErrorCode::kCorrupt) {
    minimum_ = 0;  // follow() says so.
  } else {
    return retention.error();
  }
  return *minimum_;
}

Status RetentionFiles::follow(Database& db, const Checkpoint& published) {
  if (followed_ == published.size) return Unit{};
  const auto end = in_tx(db, TenantId{}, [&](Tx& tx) -> Result<std::uint64_t> {
    return end_of_retention(tx, log_, published.size);
  });
  if (!end.ok()) return end.error();
  if (*end != told_before_) {
    const auto retention = read(db, published);
    if (!retention.ok()) return retention.error();
    if (auto done = publish(published.origin, *retention); !done.ok()) return done;
    if (auto done = remove_before(retention->minimum()); !done.ok()) return done;
  }
  told_before_ = *end;
  followed_ = published.size;
  return Unit{};
}

Status RetentionFiles::publish(const std::string& origin, const LogRetention& retention) {
  if (retention.announced.empty()) return Unit{};
  std::string text = retention_text(origin, {retention.announced.back(), retention.pruned});
  if (announced_ == text) return Unit{};
  auto written = replace_file(directory_ / kFile, text, kFileForTheWorld);
  if (written.ok()) announced_ = std::move(text);
  return written;
}

Status RetentionFiles::remove_before(std::uint64_t minimum) {
  for (; removed_ < minimum; removed_ += kTileWidth) {
    std::error_code failed;
    for (const bool entries : {true, false}) {
      remove_file(directory_, {{0, removed_ / kTileWidth, kTileWidth}, entries}, failed);
      if (failed) return Error{ErrorCode::kUnavailable, "a pruned file cannot be removed"};
    }
  }
  return Unit{};
}

}  // namespace assent

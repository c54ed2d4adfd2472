#include "api/entry_feed.h"

#include <algorithm>

#include "audit/checkpoint.h"
#include "audit/log_store.h"
#include "core/file.h"

namespace assent {
namespace {

constexpr std::size_t kPlaceBytesMax = 32;
constexpr unsigned kPlaceMode = 0600;
const Error kNoPlace{ErrorCode::kInvalid, "the state file cannot be read: it holds one number"};

Result<std::uint64_t> read_place(const std::filesystem::path& file) {
  auto text = read_file(file, kPlaceBytesMax);
  if (!text.ok()) {
    if (text.error().code == ErrorCode::kNotFound) return std::uint64_t{0};
    return kNoPlace;
  }
  if (!text->ends_with('\n')) return kNoPlace;
  auto number = parse_number(std::string_view(*text).substr(0, text->size() - 1));
  if (!number.ok()) return kNoPlace;
  return number;
}

}  // namespace

Result<std::uint64_t> EntryFeed::size() {
  return in_tx(db_, log_,
               [&](Tx& tx) -> Result<std::uint64_t> { return LogStore(tx, log_).head().size; });
}

Result<std::uint64_t> EntryFeed::first_kept() {
  return in_tx(db_, log_, [&](Tx& tx) -> Result<std::uint64_t> {
    return LogStore(tx, log_).first_kept().value_or(0);
  });
}

Result<std::uint64_t> EntryFeed::open() {
  auto place = read_place(place_);
  if (!place.ok()) return place.error();
  next_ = *place;
  auto all = size();
  if (!all.ok()) return all.error();
  if (*all < next_) {
    return Error{ErrorCode::kConflict,
                 "the log is shorter than what was sent already: another log, or one that was cut"};
  }
  const auto kept = first_kept();
  if (!kept.ok()) return kept.error();
  next_ = std::max(next_, *kept);
  return *all - next_;
}

Result<std::uint64_t> EntryFeed::step(const Send& send, const Flush& flush) {
  const auto all = size();
  if (!all.ok()) return all.error();
  const std::uint64_t end = std::min(*all, next_ + kStep);
  if (end <= next_) return std::uint64_t{0};
  auto entries = in_tx(db_, log_, [&](Tx& tx) -> Result<std::vector<StoredEntry>> {
    return LogStore(tx, log_).entries(next_, end);
  });
  if (!entries.ok()) return entries.error();
  for (const StoredEntry& stored : *entries) {
    const auto leaf = decode(stored.leaf);
    if (!leaf.ok()) continue;
    if (auto sent = send({stored.index, *leaf}); !sent.ok()) return sent.error();
  }
  if (auto flushed = flush(); !flushed.ok()) return flushed.error();
  const std::uint64_t sent = end - next_;
  next_ = end;
  return sent;
}

Status EntryFeed::keep(std::uint64_t place) const {
  const auto kept = replace_file(place_, std::to_string(place) + "\n", kPlaceMode);
  if (!kept.ok()) return Error{ErrorCode::kUnavailable, "the place could not be kept"};
  return Unit{};
}

}  // namespace assent

#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/merkle.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/result.h"

// The audit bundle: a contiguous range of the log as text that proves itself against a signed
// checkpoint. docs/audit-format.md defines it; verifier.h judges it. decisions.md 35.
namespace assent {

inline constexpr std::size_t kBundleGroup = 256;  // Entries between two `hashes` lines.
inline constexpr std::size_t kBundleTrailerBytesMax = std::size_t{128} * 1024;

struct BundleHeader {
  std::string origin;
  std::uint64_t first = 0;  // The entries are [first, end).
  std::uint64_t end = 0;
  std::uint64_t tree_size = 0;
  Timestamp created;  // By the exporter's clock; evidence of nothing.
  friend bool operator==(const BundleHeader&, const BundleHeader&) = default;
};

// An older tree that this one extends.
struct BundleExtension {
  std::uint64_t old_size = 0;
  Hash32 old_root{};
  HashPath path;
};

struct BundleTrailer {
  std::uint64_t count = 0;
  HashPath first_path;  // Inclusion of the first entry and of the last one.
  HashPath last_path;
  std::optional<BundleExtension> extension;
  std::string checkpoint;  // The signed note, verbatim.
};

// Writes a bundle in constant memory. Not thread-safe; a bundle without finish() has no trailer
// and is refused by every reader.
class BundleWriter {
 public:
  // `out` must outlive the writer. Throws std::invalid_argument when the header is not of a
  // non-empty range inside the tree.
  BundleWriter(std::ostream& out, const BundleHeader& header);
  // The stored bytes of the next entry.
  void add(ByteView leaf);
  // The next `logged.size()` entries (up to kBundleGroup) as a store has them, beside the hashes
  // that its tree has for them. Where the two differ, the verifier names the entry. Not to be mixed
  // with add().
  void add_group(std::span<const ByteView> stored, std::span<const Hash32> logged);
  // `trailer.count` is filled in here.
  // kConflict     fewer or more entries than the header promised.
  // kUnavailable  the stream did not take everything.
  Status finish(BundleTrailer trailer);

 private:
  void write_hashes();

  std::ostream& out_;
  BundleHeader header_;
  std::string header_text_;
  std::uint64_t next_;
  std::vector<Hash32> group_;
};

// One line between header and trailer.
struct BundleItem {
  enum class Kind {
    kEntry,      // `text` should be the base64 of a leaf; empty when over the line limit.
    kHashes,     // `hashes` should be those of the entries from `first` on.
    kTrailer,    // Call trailer().
    kNoTrailer,  // The input ended before a trailer.
  };
  Kind kind = Kind::kNoTrailer;
  std::string_view text;  // Valid until the next call of next().
  std::uint64_t first = 0;
  std::span<const Hash32> hashes;  // Likewise.
  std::uint64_t line = 0;
};

// Reads a bundle in constant memory and judges nothing but its form. Not thread-safe.
class BundleReader {
 public:
  // `in` must outlive the reader.
  explicit BundleReader(std::istream& in);
  ~BundleReader();

  // Call first, once. kInvalid: not a bundle, or its header is damaged; the line is given.
  Result<BundleHeader> header();
  // Call until kTrailer or kNoTrailer. A line that is neither `hashes` nor `count` is an entry,
  // whatever it holds.
  BundleItem next();
  // Call once, after kTrailer.
  // kTooLarge, kInvalid   damaged.
  Result<BundleTrailer> trailer();
  // After trailer(): does the trailer's `sum` fit the header and trailer as they were read?
  bool sum_holds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assent

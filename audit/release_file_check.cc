#include "release_file_check.h"

#include <algorithm>
#include <array>
#include <istream>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;
constexpr std::string_view kCsvHeader = "member_ref";
constexpr std::string_view kNdjsonStart = "{\"member_ref\":\"";
constexpr std::size_t kRefBytes = 36;
constexpr std::size_t kHeadBytesMax = kNdjsonStart.size() + kRefBytes + 1;

// The beginning of each row, up to kHeadBytesMax bytes: all that is needed of it. A line feed
// inside the quotes of a CSV cell ends no row.
class RowHeads {
 public:
  explicit RowHeads(bool is_csv) : is_csv_(is_csv) {}

  void take(std::string_view piece) {
    for (const char c : piece) {
      if (is_csv_ && c == '"') in_quotes_ = !in_quotes_;
      if (c == '\n' && !in_quotes_) {
        end_row();
      } else if (head_.size() < kHeadBytesMax) {
        head_ += c;
      }
    }
  }

  std::optional<std::vector<Uuid>> finish() {
    if (!head_.empty() || in_quotes_ || !is_sound_ || (is_csv_ && !has_header_)) {
      return std::nullopt;
    }
    std::ranges::sort(refs_);
    return std::move(refs_);
  }

 private:
  void end_row() {
    std::string_view head = head_;
    if (is_csv_ && !has_header_) {
      has_header_ = true;
      is_sound_ = head.starts_with(kCsvHeader);
    } else {
      const std::string_view before = is_csv_ ? std::string_view() : kNdjsonStart;
      const char after = is_csv_ ? ',' : '"';
      const bool starts = head.starts_with(before);
      head.remove_prefix(starts ? before.size() : 0);
      const auto ref = Uuid::parse(head.substr(0, kRefBytes));
      const bool ends = head.size() > kRefBytes && head[kRefBytes] == after;
      is_sound_ = is_sound_ && starts && ref && ends;
      refs_.push_back(ref.value_or(Uuid{}));
    }
    head_.clear();
  }

  bool is_csv_;
  bool in_quotes_ = false;
  bool has_header_ = false;
  bool is_sound_ = true;
  std::string head_;
  std::vector<Uuid> refs_;
};

}  // namespace

DeliveredFile read_delivered(std::istream& file, std::string_view encoding) {
  DeliveredFile read;
  Sha256Stream hash;
  RowHeads rows(encoding == "csv");
  std::string piece(kPieceBytes, '\0');
  while (file.read(piece.data(), kPieceBytes), file.gcount() > 0) {
    const std::string_view part(piece.data(), static_cast<std::size_t>(file.gcount()));
    hash.update(as_bytes(part));
    rows.take(part);
    read.bytes += part.size();
  }
  read.content = hash.finish();
  read.members = rows.finish();
  return read;
}

}  // namespace assent

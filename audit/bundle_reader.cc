#include <algorithm>

#include "audit/bundle.h"
#include "audit/checkpoint.h"
#include "bundle_text.h"
#include "line_base64.h"
#include "line_reader.h"

namespace assent {
namespace {

constexpr std::size_t kHeaderLines = 6;

Error damaged(StaticText reason, std::uint64_t line) {
  return Error{ErrorCode::kInvalid, reason, Position{line, 0}};
}

}  // namespace

struct BundleReader::State {
  explicit State(std::istream& in) : lines(in) {}

  LineReader lines;
  std::string header;
  std::string trailer;  // Without its sum line.
  std::string sum;      // The sum line with its newline.
  Bytes hash_bytes;
  std::vector<Hash32> hashes;
};

BundleReader::BundleReader(std::istream& in) : state_(std::make_unique<State>(in)) {}
BundleReader::~BundleReader() = default;

Result<BundleHeader> BundleReader::header() {
  for (std::size_t i = 0; i < kHeaderLines; ++i) {
    if (state_->lines.next() != LineReader::State::kLine) {
      return damaged("not an audit bundle of version 1", state_->lines.number());
    }
    (state_->header += state_->lines.text()) += '\n';
  }
  return bundle_text::parse_header(state_->header);
}

namespace {

// "FIRST BASE64" into `hashes`. Without hashes it is a damaged line, which compares equal to
// nothing.
std::uint64_t parse_hashes(std::string_view text, Bytes& bytes, std::vector<Hash32>& hashes) {
  hashes.clear();
  const std::size_t space = std::min(text.find(' '), text.size());
  const auto first = parse_number(text.substr(0, space));
  if (!first.ok() || !decode_line_base64(text.substr(std::min(space + 1, text.size())), bytes) ||
      bytes.size() % sizeof(Hash32) != 0 || bytes.size() > kBundleGroup * sizeof(Hash32)) {
    return 0;
  }
  hashes.resize(bytes.size() / sizeof(Hash32));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(bytes.data() + i * sizeof(Hash32), sizeof(Hash32), hashes[i].begin());
  }
  return *first;
}

}  // namespace

BundleItem BundleReader::next() {
  BundleItem item;
  const LineReader::State read = state_->lines.next();
  item.line = state_->lines.number();
  if (read == LineReader::State::kPartial || read == LineReader::State::kEnd) return item;
  item.text = state_->lines.text();
  item.kind = BundleItem::Kind::kEntry;
  if (item.text.starts_with(bundle_text::kHashes)) {
    item.kind = BundleItem::Kind::kHashes;
    item.first = parse_hashes(item.text.substr(bundle_text::kHashes.size()), state_->hash_bytes,
                              state_->hashes);
    item.hashes = state_->hashes;
  } else if (item.text.starts_with(bundle_text::kCount)) {
    item.kind = BundleItem::Kind::kTrailer;
    (state_->trailer += item.text) += '\n';
  }
  return item;
}

Result<BundleTrailer> BundleReader::trailer() {
  LineReader& lines = state_->lines;
  for (auto read = lines.next(); read != LineReader::State::kEnd; read = lines.next()) {
    if (read != LineReader::State::kLine) return damaged("trailer is cut off", lines.number());
    if (state_->trailer.size() > kBundleTrailerBytesMax) {
      return Error{ErrorCode::kTooLarge, "trailer is over 128 KiB", Position{lines.number(), 0}};
    }
    state_->trailer += state_->sum;
    state_->sum = std::string(lines.text()) + '\n';
  }
  if (!state_->sum.starts_with(bundle_text::kSum)) {
    return damaged("trailer is cut off", lines.number());
  }
  return bundle_text::parse_trailer(state_->trailer);
}

bool BundleReader::sum_holds() const {
  return state_->sum == bundle_text::sum_line(state_->header, state_->trailer);
}

}  // namespace assent

#include "audit/bundle.h"

#include <ostream>
#include <stdexcept>

#include "audit/note.h"
#include "bundle_text.h"

namespace assent {

using bundle_text::format_header;
using bundle_text::format_trailer;

BundleWriter::BundleWriter(std::ostream& out, const BundleHeader& header)
    : out_(out), header_(header), header_text_(format_header(header)), next_(header.first) {
  if (!is_key_name(header.origin) || !bundle_text::is_range(header)) {
    throw std::invalid_argument("bundle header is not of a range inside a log");
  }
  out_ << header_text_;
}

void BundleWriter::add(ByteView leaf) {
  out_ << to_base64(leaf) << '\n';
  group_.push_back(leaf_hash(leaf));
  ++next_;
  if (group_.size() == kBundleGroup) write_hashes();
}

void BundleWriter::add_group(std::span<const ByteView> stored, std::span<const Hash32> logged) {
  for (const ByteView leaf : stored) out_ << to_base64(leaf) << '\n';
  group_.assign(logged.begin(), logged.end());
  next_ += logged.size();
  write_hashes();
}

void BundleWriter::write_hashes() {
  Bytes joined;
  for (const Hash32& hash : group_) put(joined, ByteView(hash));
  out_ << bundle_text::kHashes << next_ - group_.size() << ' ' << to_base64(joined) << '\n';
  group_.clear();
}

Status BundleWriter::finish(BundleTrailer trailer) {
  if (next_ != header_.end) {
    return Error{ErrorCode::kConflict, "bundle has not the entries its header promised"};
  }
  if (!group_.empty()) write_hashes();
  trailer.count = header_.end - header_.first;
  const std::string text = format_trailer(trailer);
  out_ << text << bundle_text::sum_line(header_text_, text);
  out_.flush();
  if (!out_) return Error{ErrorCode::kUnavailable, "bundle could not be written whole"};
  return Unit{};
}

}  // namespace assent

#include "bundle_text.h"

#include "audit/checkpoint.h"
#include "audit/note.h"

namespace assent::bundle_text {
namespace {

constexpr std::string_view kOrigin = "origin ";
constexpr std::string_view kRange = "range ";
constexpr std::string_view kTree = "tree ";
constexpr std::string_view kCreated = "created ";

Error damaged(StaticText reason) {
  return Error{ErrorCode::kInvalid, reason};
}

std::string path_text(std::string_view word, const HashPath& path) {
  std::string text = std::string(word) + std::to_string(path.size()) + "\n";
  for (const Hash32& hash : path) text += to_base64(hash) + "\n";
  return text;
}

// Takes apart a text made of lines. Each method is empty or false at the first thing that does not
// fit, and then holds.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }
  bool starts(std::string_view word) const { return rest_.starts_with(word); }

  // The next line without `word` at its front.
  std::optional<std::string_view> take(std::string_view word) {
    const std::size_t end = rest_.find('\n');
    if (end == rest_.npos || !starts(word)) return std::nullopt;
    const std::string_view line = rest_.substr(word.size(), end - word.size());
    rest_.remove_prefix(end + 1);
    return line;
  }

  std::optional<std::uint64_t> number(std::string_view word) {
    const auto line = take(word);
    const auto value = parse_number(line.value_or(""));
    return value.ok() ? std::optional(*value) : std::nullopt;
  }

  // A line "WORD k" and k hashes.
  std::optional<HashPath> path(std::string_view word) { return hashes(number(word)); }

  std::optional<HashPath> hashes(std::optional<std::uint64_t> count) {
    if (!count || *count > kProofHashesMax) return std::nullopt;
    HashPath path;
    while (path.size() < *count) {
      const auto hash = parse_hash(take("").value_or(""));
      if (!hash.ok()) return std::nullopt;
      path.push_back(*hash);
    }
    return path;
  }

 private:
  std::string_view rest_;
};

// "OLD_SIZE OLD_ROOT k" and k hashes.
std::optional<BundleExtension> parse_extension(Lines& lines) {
  const std::string_view line = lines.take(kExtends).value_or("");
  const std::size_t first = line.find(' ');
  const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos) return std::nullopt;
  const auto old_size = parse_number(line.substr(0, first));
  const auto old_root = parse_hash(line.substr(first + 1, second - first - 1));
  const auto count = parse_number(line.substr(second + 1));
  if (!old_size.ok() || !old_root.ok() || !count.ok()) return std::nullopt;
  auto path = lines.hashes(*count);
  if (!path) return std::nullopt;
  return BundleExtension{*old_size, *old_root, std::move(*path)};
}

}  // namespace

std::string format_header(const BundleHeader& header) {
  return std::string(kFirstLine) + "\n" + std::string(kOrigin) + header.origin + "\n" +
         std::string(kRange) + std::to_string(header.first) + " " + std::to_string(header.end) +
         "\n" + std::string(kTree) + std::to_string(header.tree_size) + "\n" +
         std::string(kCreated) + to_rfc3339(header.created) + "\n\n";
}

Result<BundleHeader> parse_header(std::string_view text) {
  Lines lines(text);
  if (lines.take(kFirstLine) != "") return damaged("not an audit bundle of version 1");
  BundleHeader header;
  header.origin = lines.take(kOrigin).value_or("");
  if (!is_key_name(header.origin)) return damaged("origin of the bundle is damaged");
  const std::string_view range = lines.take(kRange).value_or("");
  const std::size_t space = range.find(' ');
  if (space == range.npos) return damaged("range of the bundle is damaged");
  const auto first = parse_number(range.substr(0, space));
  const auto end = parse_number(range.substr(space + 1));
  const auto tree_size = lines.number(kTree);
  if (!first.ok() || !end.ok() || !tree_size) return damaged("range of the bundle is damaged");
  const auto created = parse_rfc3339(lines.take(kCreated).value_or(""));
  if (!created) return damaged("creation time of the bundle is damaged");
  header.first = *first;
  header.end = *end;
  header.tree_size = *tree_size;
  header.created = *created;
  if (format_header(header) != text) return damaged("header of the bundle is damaged");
  return header;
}

std::string format_trailer(const BundleTrailer& trailer) {
  std::string text = std::string(kCount) + std::to_string(trailer.count) + "\n";
  text += path_text(kFirstPath, trailer.first_path);
  text += path_text(kLastPath, trailer.last_path);
  if (trailer.extension) {
    const BundleExtension& extension = *trailer.extension;
    text += path_text(std::string(kExtends) + std::to_string(extension.old_size) + " " +
                          to_base64(extension.old_root) + " ",
                      extension.path);
  }
  return text + std::string(kCheckpoint) + "\n" + trailer.checkpoint;
}

Result<BundleTrailer> parse_trailer(std::string_view text) {
  Lines lines(text);
  BundleTrailer trailer;
  const auto count = lines.number(kCount);
  if (!count) return damaged("count of the bundle is damaged");
  trailer.count = *count;
  auto first_path = lines.path(kFirstPath);
  auto last_path = lines.path(kLastPath);
  if (!first_path || !last_path) return damaged("proofs of the bundle are damaged");
  trailer.first_path = std::move(*first_path);
  trailer.last_path = std::move(*last_path);
  if (lines.starts(kExtends)) {
    trailer.extension = parse_extension(lines);
    if (!trailer.extension) return damaged("consistency proof of the bundle is damaged");
  }
  if (lines.take(kCheckpoint) != "") return damaged("bundle has no checkpoint");
  trailer.checkpoint = lines.rest();
  return trailer;
}

std::string sum_line(std::string_view header, std::string_view trailer) {
  return std::string(kSum) + to_hex(sha256(as_bytes(header), as_bytes(trailer))) + "\n";
}

bool is_range(const BundleHeader& header) {
  return header.first < header.end && header.end <= header.tree_size;
}

}  // namespace assent::bundle_text

#include "audit/state_dump.h"

#include <array>
#include <limits>
#include <ostream>

#include "audit/checkpoint.h"
#include "state_dump_reader.h"

namespace assent {
namespace {

constexpr std::string_view kFirst = "# assent-state-dump/1";
constexpr std::string_view kOrigin = "# origin ";
constexpr std::string_view kSize = "# size ";
constexpr std::string_view kColumns = "kind,leaf,position,table,row,hash,kept,request,record";
constexpr std::string_view kLines = "# lines ";
constexpr std::string_view kCovers = "# covers ";
constexpr std::size_t kColumnCount = 9;
constexpr std::size_t kTableBytesMax = 63;

std::string_view word_of(StateLine::Kind kind) {
  switch (kind) {
    case StateLine::Kind::kRow:
      return "row";
    case StateLine::Kind::kErased:
      return "erased";
    case StateLine::Kind::kRemoved:
      return "removed";
    case StateLine::Kind::kRemoval:
      return "removal";
  }
  return "";
}

std::optional<StateLine::Kind> kind_of(std::string_view word) {
  for (const auto kind : {StateLine::Kind::kRow, StateLine::Kind::kErased,
                          StateLine::Kind::kRemoved, StateLine::Kind::kRemoval}) {
    if (word == word_of(kind)) return kind;
  }
  return std::nullopt;
}

template <class Number>
bool read_number(std::string_view text, Number& to) {
  const auto number = parse_number(text);
  if (!number.ok() || *number > std::numeric_limits<Number>::max()) return false;
  to = static_cast<Number>(*number);
  return true;
}

bool read_id(std::string_view text, Uuid& to) {
  const auto id = Uuid::parse(text);
  if (id) to = *id;
  return id.has_value();
}

bool read_hash(std::string_view text, Hash32& to) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != to.size()) return false;
  std::copy(bytes->begin(), bytes->end(), to.begin());
  return true;
}

using Columns = std::array<std::string_view, kColumnCount>;

std::optional<Columns> split(std::string_view text) {
  Columns columns;
  for (std::size_t i = 0; i < kColumnCount; ++i) {
    const auto comma = text.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == kColumnCount)) return std::nullopt;
    columns[i] = text.substr(0, comma);
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
  return columns;
}

bool is_table(std::string_view text) {
  return !text.empty() && text.size() <= kTableBytesMax &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

bool read_rest(const Columns& c, StateLine& line) {
  const bool has_request = !c[7].empty() || !c[8].empty();
  line.kept = line.hash;
  switch (line.kind) {
    case StateLine::Kind::kRow:
      line.table = c[3];
      return is_table(c[3]) && (c[6].empty() || read_hash(c[6], line.kept)) && !has_request;
    case StateLine::Kind::kErased:
      line.table = c[3];
      return is_table(c[3]) && c[6].empty() && read_id(c[7], line.request) &&
             read_id(c[8], line.record);
    case StateLine::Kind::kRemoved:
      return c[3].empty() && c[6].empty() && !has_request;
    case StateLine::Kind::kRemoval:
      return read_number(c[3], line.removed_position) && c[6].empty() && !has_request;
  }
  return false;
}

std::optional<StateLine> parse(std::string_view text) {
  const auto columns = split(text);
  if (!columns) return std::nullopt;
  const Columns& c = *columns;
  const auto kind = kind_of(c[0]);
  StateLine line;
  if (!kind || !read_id(c[1], line.leaf) || !read_number(c[2], line.position) ||
      !read_id(c[4], line.row) || !read_hash(c[5], line.hash)) {
    return std::nullopt;
  }
  line.kind = *kind;
  if (!read_rest(c, line)) return std::nullopt;
  return line;
}

// The number behind `word`.
bool read_word(std::string_view text, std::string_view word, std::uint64_t& to) {
  return text.starts_with(word) && read_number(text.substr(word.size()), to);
}

}  // namespace

StateDumpWriter::StateDumpWriter(std::ostream& out, const std::string& origin, std::uint64_t size)
    : out_(out) {
  out_ << kFirst << '\n' << kOrigin << origin << '\n' << kSize << size << '\n' << kColumns << '\n';
}

void StateDumpWriter::add(const StateLine& line) {
  ++lines_;
  out_ << word_of(line.kind) << ',' << line.leaf.text() << ',' << line.position << ',';
  if (line.kind == StateLine::Kind::kRemoval) out_ << line.removed_position;
  // What an erased row lost cannot be computed again.
  const bool is_erased = line.kind == StateLine::Kind::kErased;
  out_ << line.table << ',' << line.row.text() << ',' << to_hex(is_erased ? line.kept : line.hash)
       << ',';
  if (!is_erased && line.kept != line.hash) out_ << to_hex(line.kept);
  out_ << ',';
  if (is_erased) out_ << line.request.text();
  out_ << ',';
  if (is_erased) out_ << line.record.text();
  out_ << '\n';
}

Status StateDumpWriter::finish(std::uint64_t covers) {
  out_ << kLines << lines_ << '\n' << kCovers << covers << '\n';
  out_.flush();
  if (!out_) return Error{ErrorCode::kUnavailable, "the dump could not be written whole"};
  return Unit{};
}

Error StateDumpReader::bad(StaticText reason) const {
  return Error{ErrorCode::kInvalid, reason, Position{lines_.number()}};
}

Status StateDumpReader::header() {
  const auto line = [&] { return lines_.next() == LineReader::State::kLine; };
  if (!line() || lines_.text() != kFirst) return bad("this is no dump of a state");
  if (!line() || !lines_.text().starts_with(kOrigin)) return bad("the dump names no log");
  origin_ = lines_.text().substr(kOrigin.size());
  if (!line() || !read_word(lines_.text(), kSize, size_)) return bad("the dump names no size");
  if (!line() || lines_.text() != kColumns) return bad("the columns of the dump are others");
  return Unit{};
}

Result<std::optional<StateLine>> StateDumpReader::next() {
  if (lines_.next() != LineReader::State::kLine) return bad("the dump has no end");
  if (!lines_.text().starts_with('#')) {
    ++read_;
    auto line = parse(lines_.text());
    if (!line) return bad("a line of the dump is none");
    return line;
  }
  std::uint64_t told = 0;
  if (!read_word(lines_.text(), kLines, told)) return bad("a line of the dump is none");
  if (told != read_) return bad("the dump has not as many lines as it says");
  if (lines_.next() != LineReader::State::kLine || !read_word(lines_.text(), kCovers, covers_)) {
    return bad("the dump does not say what it covers");
  }
  if (lines_.next() != LineReader::State::kEnd) return bad("something stands behind the dump");
  return std::optional<StateLine>();
}

}  // namespace assent

#include "csv.h"

#include <array>

#include "row_check.h"
#include "text_window.h"

namespace assent {
namespace {

constexpr StaticText kNeverClosed = "a quote that opens on this line is never closed";
constexpr StaticText kCutShort = "the file ends inside a quoted cell that opens on this line";
constexpr StaticText kTextAfterQuote = "text follows the closing quote of a cell";
constexpr StaticText kTooLong = "the row is longer than 1 MiB";

using Stops = std::array<bool, 256>;

constexpr Stops stops_at(std::string_view characters) {
  Stops stops{};
  for (const char c : characters) stops.at(static_cast<unsigned char>(c)) = true;
  return stops;
}
constexpr Stops kLineStops = stops_at("\r\n");
constexpr Stops kQuotedStops = stops_at("\r\n\"");

bool is_line_end(int c) {
  return c == '\n' || c == '\r';
}

class CsvReader final : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteStream> text, char delimiter, std::size_t chunk)
      : window_(std::move(text), chunk), delimiter_(delimiter), plain_stops_(kLineStops) {
    plain_stops_.at(static_cast<unsigned char>(delimiter)) = true;
  }

  std::uint64_t bytes_read() const override { return window_.bytes_read(); }

  Result<std::optional<RawRow>> next() override {
    for (;;) {
      window_.drop(at_);
      at_ = 0;
      if (window_.at(0) == TextWindow::kEnd) return at_end();
      const std::uint64_t line = line_;
      begin_record();
      const Stop stop = scan_record();
      if (window_.failure()) return *window_.failure();
      if (stop == Stop::kFault) return std::optional<RawRow>(faulty_row(line));
      if (!is_blank()) return std::optional<RawRow>(whole_row(line));
    }
  }

 private:
  enum class Stop { kCell, kRow, kFault };
  struct Span {
    std::size_t begin;
    std::size_t end;
    bool escaped;
  };
  struct LineStart {
    std::size_t at;
    std::uint64_t line;
  };

  Result<std::optional<RawRow>> at_end() const {
    if (window_.failure()) return *window_.failure();
    return std::optional<RawRow>();
  }

  void begin_record() {
    at_ = 0;
    columns_ = 0;
    spans_.clear();
    too_long_.clear();
    second_line_.reset();
  }

  Stop scan_record() {
    for (;;) {
      const Stop stop = window_.at(at_) == '"' ? quoted_cell() : plain_cell();
      if (stop != Stop::kCell) return stop;
    }
  }

  // Moves at_ to the next of `stops` or the end. False when the record is over its limit.
  bool seek(const Stops& stops) {
    while (window_.at(at_) != TextWindow::kEnd) {
      for (const char c : window_.loaded(at_)) {
        if (stops[static_cast<unsigned char>(c)]) return at_ <= kRecordBytesMax;
        ++at_;
      }
      if (at_ > kRecordBytesMax) return false;
    }
    return true;
  }

  Stop plain_cell() {
    const std::size_t begin = at_;
    if (!seek(plain_stops_)) return pass_over_line();
    return end_cell({begin, at_, false});
  }

  Stop quoted_cell() {
    const std::uint64_t opened = line_;
    std::optional<LineStart> after_opening;
    const std::size_t begin = ++at_;
    bool escaped = false;
    while (seek(kQuotedStops)) {
      const int c = window_.at(at_);
      if (c == TextWindow::kEnd) return fault(kCutShort, opened, after_opening);
      if (is_line_end(c)) {
        take_line_end();
        if (!after_opening) after_opening = LineStart{at_, line_};
        if (!second_line_) second_line_ = after_opening;
      } else if (window_.at(at_ + 1) == '"') {
        escaped = true;
        at_ += 2;
      } else {
        ++at_;
        if (!at_cell_end()) return fault(kTextAfterQuote, opened, after_opening);
        return end_cell({begin, at_ - 1, escaped});
      }
    }
    return after_opening ? fault(kNeverClosed, opened, after_opening) : pass_over_line();
  }

  bool at_cell_end() {
    const int c = window_.at(at_);
    return c == delimiter_ || c == TextWindow::kEnd || is_line_end(c);
  }

  // at_ stands on the delimiter, the line end or the end of the file.
  Stop end_cell(Span span) {
    ++columns_;
    if (spans_.size() < kColumnsMax) spans_.push_back(span);
    if (window_.at(at_) == delimiter_) {
      ++at_;
      return Stop::kCell;
    }
    take_line_end();
    return Stop::kRow;
  }

  void take_line_end() {
    const int c = window_.at(at_);
    if (c == TextWindow::kEnd) return;
    at_ += c == '\r' && window_.at(at_ + 1) == '\n' ? 2 : 1;
    ++line_;
  }

  // The quoted cell that opened on line `opened` cannot be read. Reading goes on at the line after
  // that one.
  Stop fault(StaticText reason, std::uint64_t opened, std::optional<LineStart> after_opening) {
    const auto column = static_cast<std::uint32_t>(columns_ + 1);
    if (after_opening) {
      go_back_to(*after_opening);
    } else if (seek(kLineStops)) {
      take_line_end();
    } else {
      return pass_over_line();
    }
    fault_ = RowFault{reason, {opened, column}};
    return Stop::kFault;
  }

  void go_back_to(LineStart start) {
    at_ = start.at;
    line_ = start.line;
  }

  // Forgets the rest of a line that is over the limit, all but the row's beginning.
  Stop pass_over_line() {
    fault_ = RowFault{kTooLong, {line_, 0}};
    append(too_long_, window_.view(0, kRawBytesMax));
    do {
      window_.drop(at_);
      at_ = 0;
    } while (!seek(kLineStops));
    take_line_end();
    return Stop::kFault;
  }

  bool is_blank() const {
    return columns_ == 1 &&
           window_.view(0, at_).find_first_not_of(" \t\r\n") == std::string_view::npos;
  }

  RawRow faulty_row(std::uint64_t line) const {
    const std::string_view kept(too_long_.data(), too_long_.size());
    RawRow row(line, {}, kept.empty() ? window_.view(0, at_) : kept);
    row.reject(*fault_);
    return row;
  }

  RawRow whole_row(std::uint64_t line) {
    build_cells();
    auto fault = width_.check(line, cells_, columns_);
    if (fault && second_line_) go_back_to(*second_line_);
    const std::string_view raw = window_.view(0, at_);
    if (!fault) fault = check_text(line, cells_, raw);
    const std::size_t shown = fault ? cells_.size() : width_.shown(cells_.size());
    RawRow row(line, std::span(cells_).first(shown), raw);
    if (fault) row.reject(*fault);
    return row;
  }

  // A cell is seen where it stands; only doubled quotes need a place of their own.
  void build_cells() {
    cells_.clear();
    unescaped_.clear();
    unescaped_.reserve(at_);
    for (const Span& span : spans_) {
      const std::string_view text = window_.view(span.begin, span.end);
      cells_.push_back(span.escaped ? unescape(text) : text);
    }
  }

  std::string_view unescape(std::string_view text) {
    const std::size_t begin = unescaped_.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
      unescaped_.push_back(text[i]);
      if (text[i] == '"') ++i;
    }
    return {unescaped_.data() + begin, unescaped_.size() - begin};
  }

  TextWindow window_;
  int delimiter_;
  Stops plain_stops_;
  RowWidth width_;
  std::uint64_t line_ = 1;  // Where at_ stands.
  std::size_t at_ = 0;      // From the beginning of the row.
  std::size_t columns_ = 0;
  std::vector<Span> spans_;
  std::vector<std::string_view> cells_;
  WipedText unescaped_;
  WipedText too_long_;                    // The beginning of a row that is over its limit.
  std::optional<LineStart> second_line_;  // Where the row's first cell of several lines goes on.
  std::optional<RowFault> fault_;
};

}  // namespace

std::unique_ptr<RowReader> read_csv(std::unique_ptr<ByteStream> text, char delimiter,
                                    std::size_t chunk_bytes) {
  return std::make_unique<CsvReader>(std::move(text), delimiter, chunk_bytes);
}

}  // namespace assent

#include <vector>

#include "csv.h"
#include "row_check.h"
#include "text_window.h"

namespace assent {
namespace {

class WhitespaceReader final : public RowReader {
 public:
  WhitespaceReader(std::unique_ptr<ByteStream> text, std::size_t chunk)
      : window_(std::move(text), chunk) {}

  std::uint64_t bytes_read() const override { return window_.bytes_read(); }

  Result<std::optional<RawRow>> next() override {
    for (;;) {
      window_.drop(at_);
      at_ = 0;
      if (window_.at(0) == TextWindow::kEnd) break;
      const Line line = take_line();
      if (window_.failure()) break;
      if (line.over_limit) return std::optional<RawRow>(too_long_row(line.number));
      split(window_.view(0, line.length));
      if (!cells_.empty()) return std::optional<RawRow>(row(line.number));
    }
    if (window_.failure()) return *window_.failure();
    return std::optional<RawRow>();
  }

 private:
  struct Line {
    std::uint64_t number;
    std::size_t length;
    bool over_limit;
  };

  Line take_line() {
    Line line{++lines_, 0, false};
    while (!at_line_end()) {
      if (++at_ <= kRecordBytesMax) continue;
      if (!line.over_limit)
        too_long_.assign(window_.view(0, kRawBytesMax).begin(),
                         window_.view(0, kRawBytesMax).end());
      line.over_limit = true;
      window_.drop(at_);
      at_ = 0;
    }
    line.length = at_;
    if (window_.at(at_) == '\r') ++at_;
    if (window_.at(at_) == '\n') ++at_;
    return line;
  }

  bool at_line_end() {
    const int c = window_.at(at_);
    return c == TextWindow::kEnd || c == '\r' || c == '\n';
  }

  void split(std::string_view text) {
    cells_.clear();
    columns_ = 0;
    std::size_t from = 0;
    while ((from = text.find_first_not_of(" \t", from)) != std::string_view::npos) {
      const std::size_t to = std::min(text.find_first_of(" \t", from), text.size());
      if (++columns_ <= kColumnsMax) cells_.push_back(text.substr(from, to - from));
      from = to;
    }
  }

  RawRow too_long_row(std::uint64_t line) const {
    RawRow row(line, {}, {too_long_.data(), too_long_.size()});
    row.reject({"the row is longer than 1 MiB", {line, 0}});
    return row;
  }

  RawRow row(std::uint64_t line) {
    const std::string_view raw = window_.view(0, at_);
    auto fault = width_.check(line, cells_, columns_);
    if (!fault) fault = check_text(line, cells_, raw);
    RawRow row(line, std::span(cells_).first(width_.shown(cells_.size())), raw);
    if (fault) row.reject(*fault);
    return row;
  }

  TextWindow window_;
  RowWidth width_;
  std::uint64_t lines_ = 0;
  std::size_t at_ = 0;
  std::size_t columns_ = 0;
  std::vector<std::string_view> cells_;
  WipedText too_long_;
};

}  // namespace

std::unique_ptr<RowReader> read_whitespace(std::unique_ptr<ByteStream> text,
                                           std::size_t chunk_bytes) {
  return std::make_unique<WhitespaceReader>(std::move(text), chunk_bytes);
}

}  // namespace assent

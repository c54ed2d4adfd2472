#include "xlsx.h"

#include <charconv>
#include <deque>

#include "row_check.h"
#include "xlsx_tables.h"
#include "xml.h"

namespace assent {
namespace {

// A row that has been read but not yet given out.
struct StoredRow {
  std::uint64_t number = 0;
  WipedText text;
  std::vector<std::uint32_t> ends;  // One for each cell, as the kinds.
  std::vector<CellKind> kinds;
  std::optional<RowFault> fault;
};

struct Tables {
  SharedStrings strings;
  std::vector<NumberKind> styles;
  Epoch epoch = Epoch::k1900;
};

// "AB12" is column 27 (from 0).
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0;
  std::size_t letters = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z') break;
    if (++letters > 3) return std::nullopt;
    column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
  }
  return letters == 0 ? std::nullopt : std::optional(column - 1);
}

template <class Number>
std::optional<Number> to_number(std::optional<std::string_view> text) {
  Number value{};
  if (!text) return std::nullopt;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

class SheetHandler final : public XmlHandler {
 public:
  SheetHandler(const Tables& tables, std::deque<StoredRow>& rows) : tables_(tables), rows_(rows) {}

  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "row") {
      begin_row(attributes);
    } else if (name == "c") {
      begin_cell(attributes);
    } else if (name == "v" || name == "t") {
      capture_ = phonetic_ ? nullptr : &value_;
    } else if (name == "f") {
      has_formula_ = true;
    } else if (name == "rPh") {
      phonetic_ = true;
    }
  }

  void end(std::string_view name) override {
    if (name == "v" || name == "t") capture_ = nullptr;
    if (name == "rPh") phonetic_ = false;
    if (name == "c") end_cell();
    if (name == "row") end_row();
  }

  void text(std::string_view text) override {
    // One byte over the limit is enough to know that it was passed.
    if (capture_ != nullptr && capture_->size() <= kCellBytesMax) append(*capture_, text);
  }

 private:
  void begin_row(const XmlAttributes& attributes) {
    row_ = StoredRow();
    row_.number = to_number<std::uint64_t>(attributes.find("r")).value_or(last_row_ + 1);
    if (row_.number <= last_row_) fault("the workbook's rows are out of order");
    last_row_ = std::max(last_row_, row_.number);
    next_column_ = 0;
    filled_ = false;
  }

  void begin_cell(const XmlAttributes& attributes) {
    const auto reference = attributes.find("r");
    column_ = reference ? column_of(*reference).value_or(kColumnsMax) : next_column_;
    type_ = attributes.find("t").value_or("n");
    style_ = to_number<std::size_t>(attributes.find("s")).value_or(0);
    value_.clear();
    has_formula_ = false;
  }

  void end_cell() {
    if (column_ >= kColumnsMax) return fault("the row has more than 1,000 columns");
    if (column_ < row_.ends.size()) return fault("the cells of the row are out of order");
    row_.ends.resize(column_, static_cast<std::uint32_t>(row_.text.size()));
    row_.kinds.resize(column_, CellKind::kPlain);
    row_.kinds.push_back(kind());
    next_column_ = column_ + 1;
    const std::size_t before = row_.text.size();
    append_value();
    filled_ = filled_ || row_.text.size() > before || row_.kinds.back() != CellKind::kPlain;
    // The cells after such a one are read all the same: a denial may stand there.
    if (row_.text.size() - before > kCellBytesMax) {
      fault("a cell is over 64 KiB");
      row_.text.resize(before);
    }
    if (row_.text.size() > kRecordBytesMax) {
      fault("the row is longer than 1 MiB");
      row_.text.resize(before);
    }
    row_.ends.push_back(static_cast<std::uint32_t>(row_.text.size()));
  }

  CellKind kind() const {
    if (type_ == "e") return CellKind::kError;
    return has_formula_ ? CellKind::kFormula : CellKind::kPlain;
  }

  void append_value() {
    const std::string_view value(value_.data(), value_.size());
    if (type_ == "e") return;
    if (type_ == "s") {
      const auto index = to_number<std::size_t>(value);
      if (!index || *index >= tables_.strings.size()) return fault("a shared string is missing");
      append(row_.text, tables_.strings.reveal(*index));
    } else if (type_ == "n") {
      const auto kind =
          style_ < tables_.styles.size() ? tables_.styles[style_] : NumberKind::kNumber;
      append(row_.text, number_text(value, kind, tables_.epoch));
    } else {
      append_unescaped(row_.text, value);
    }
  }

  void end_row() {
    if (filled_ || row_.fault) rows_.push_back(std::move(row_));
    row_ = StoredRow();
  }

  void fault(StaticText reason) {
    if (row_.fault) return;
    const auto column = static_cast<std::uint32_t>(std::min(column_, kColumnsMax) + 1);
    row_.fault = RowFault{reason, {row_.number, column}};
    filled_ = true;
  }

  const Tables& tables_;
  std::deque<StoredRow>& rows_;
  StoredRow row_;
  std::uint64_t last_row_ = 0;
  std::size_t next_column_ = 0;
  std::size_t column_ = 0;
  std::size_t style_ = 0;
  std::string type_;
  WipedText value_;
  WipedText* capture_ = nullptr;
  bool has_formula_ = false;
  bool phonetic_ = false;
  bool filled_ = false;
};

class XlsxReader final : public RowReader {
 public:
  XlsxReader(std::unique_ptr<XlsxPackage> package, std::unique_ptr<XlsxPart> sheet, Tables tables,
             PartSize size)
      : package_(std::move(package)),
        sheet_(std::move(sheet)),
        tables_(std::move(tables)),
        size_(size),
        handler_(tables_, rows_),
        parser_(handler_),
        chunk_(32 << 10) {}

  // As if the packed sheet were read at the pace at which it unpacks.
  std::uint64_t bytes_read() const override {
    if (size_.unpacked == 0) return 0;
    return size_.packed * std::min(sheet_->unpacked_bytes(), size_.unpacked) / size_.unpacked;
  }

  Result<std::optional<RawRow>> next() override {
    while (rows_.empty() && !ended_) {
      auto read = read_chunk();
      if (!read.ok()) return read.error();
    }
    if (rows_.empty()) return std::optional<RawRow>();
    given_ = std::move(rows_.front());
    rows_.pop_front();
    return std::optional<RawRow>(show());
  }

 private:
  Status read_chunk() {
    auto got = sheet_->read(chunk_);
    if (!got.ok()) return got.error();
    ended_ = *got == 0;
    return ended_ ? parser_.finish() : parser_.feed({chunk_.data(), *got});
  }

  RawRow show() {
    cells_.clear();
    std::size_t begin = 0;
    for (const std::uint32_t end : given_.ends) {
      cells_.emplace_back(given_.text.data() + begin, end - begin);
      begin = end;
    }
    if (!given_.fault) fit_to_captions();
    RawRow row(given_.number, cells_, {}, given_.kinds);
    auto fault = given_.fault ? given_.fault : width_.check(given_.number, cells_, cells_.size());
    if (fault) row.reject(*fault);
    return row;
  }

  // A workbook writes only the cells that hold something.
  void fit_to_captions() {
    while (!cells_.empty() && cells_.back().empty()) cells_.pop_back();
    if (columns_ == 0) columns_ = cells_.size();
    if (cells_.size() < columns_) cells_.resize(columns_);
  }

  std::unique_ptr<XlsxPackage> package_;
  std::unique_ptr<XlsxPart> sheet_;
  Tables tables_;
  PartSize size_;
  std::deque<StoredRow> rows_;
  SheetHandler handler_;
  XmlParser parser_;
  WipedText chunk_;
  RowWidth width_;
  std::size_t columns_ = 0;
  StoredRow given_;
  std::vector<std::string_view> cells_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<RowReader>> read_xlsx(std::unique_ptr<XlsxPackage> package) {
  auto facts = read_workbook(*package);
  if (!facts.ok()) return facts.error();
  Tables tables;
  auto strings = SharedStrings::read(*package);
  if (!strings.ok()) return strings.error();
  auto styles = read_styles(*package);
  if (!styles.ok()) return styles.error();
  tables.strings = *std::move(strings);
  tables.styles = *std::move(styles);
  tables.epoch = facts->epoch;
  auto sheet = package->part(facts->sheet_part);
  if (!sheet.ok()) return Error{ErrorCode::kInvalid, "the workbook's first sheet is missing"};
  const PartSize size = package->size(facts->sheet_part);
  return Result<std::unique_ptr<RowReader>>(
      std::make_unique<XlsxReader>(std::move(package), *std::move(sheet), std::move(tables), size));
}

}  // namespace assent

#include "identity/decode/inspect.h"

#include "core/digest.h"
#include "csv.h"
#include "csv_dialect.h"
#include "xlsx.h"

namespace assent {
namespace {

constexpr std::size_t kScanBytes = 256 << 10;

Error invalid(StaticText reason) {
  return {ErrorCode::kInvalid, reason};
}

// Old workbooks and encrypted new ones are both compound files.
bool is_compound_file(std::string_view head) {
  return head.starts_with("\xD0\xCF\x11\xE0");
}
bool is_zip(std::string_view head) {
  return head.starts_with("PK\x03\x04");
}

struct Scan {
  FileFacts facts;
  EncodingDetector encoding;
  std::string head;
};

Status scan_bytes(ByteStream& file, Scan& scan) {
  Sha256Stream digest;
  WipedText chunk(kScanBytes);
  for (;;) {
    auto got = file.read(chunk);
    if (!got.ok()) return got.error();
    if (*got == 0) break;
    const std::string_view bytes(chunk.data(), *got);
    digest.update(as_bytes(bytes));
    if (scan.head.size() < 8) scan.head.append(bytes.substr(0, 8));
    if (!is_zip(scan.head)) scan.encoding.add(bytes);
  }
  scan.facts.sha256 = digest.finish();
  scan.facts.bytes = file.bytes_read();
  return Unit{};
}

Status check_workbook(const std::filesystem::path& path) {
  auto package = XlsxPackage::open(path);
  if (!package.ok()) return package.error();
  auto rows = read_xlsx(*std::move(package));
  if (!rows.ok()) return rows.error();
  for (;;) {
    auto row = (*rows)->next();
    if (!row.ok()) return row.error();
    if (!row->has_value()) return Unit{};
  }
}

Result<char> find_delimiter(const std::filesystem::path& path, Encoding encoding) {
  auto file = open_file(path);
  if (!file.ok()) return file.error();
  auto text = decode_stream(*std::move(file), encoding);
  WipedText sample(kDialectSampleBytes);
  std::size_t filled = 0;
  while (filled < sample.size()) {
    auto got = text->read(std::span(sample).subspan(filled));
    if (!got.ok()) return got.error();
    if (*got == 0) break;
    filled += *got;
  }
  return detect_delimiter({sample.data(), filled});
}

}  // namespace

Result<FileFacts> inspect(const std::filesystem::path& path, std::optional<Encoding> named) {
  auto file = open_file(path);
  if (!file.ok()) return file.error();
  Scan scan;
  auto scanned = scan_bytes(**file, scan);
  if (!scanned.ok()) return scanned.error();
  if (scan.facts.bytes == 0) return invalid("the file is empty");
  if (is_compound_file(scan.head)) {
    return invalid("the file is an old .xls or an encrypted workbook; save it as .xlsx or CSV");
  }
  if (is_zip(scan.head)) {
    scan.facts.container = Container::kXlsx;
    auto checked = check_workbook(path);
    if (!checked.ok()) return checked.error();
    return scan.facts;
  }
  const auto encoding = scan.encoding.finish(named);
  if (!encoding.ok()) return encoding.error();
  scan.facts.encoding = *encoding;
  if (*encoding == Encoding::kUtf8) scan.facts.malformed = scan.encoding.malformed();
  auto delimiter = find_delimiter(path, *encoding);
  if (!delimiter.ok()) return delimiter.error();
  scan.facts.delimiter = *delimiter;
  return scan.facts;
}

Result<std::unique_ptr<RowReader>> open_rows(const std::filesystem::path& path,
                                             const FileFacts& facts, Layout layout) {
  std::error_code code;
  if (std::filesystem::file_size(path, code) != facts.bytes || code) {
    return Error{ErrorCode::kConflict, "the file has changed since it was inspected"};
  }
  if (facts.container == Container::kXlsx) {
    auto package = XlsxPackage::open(path);
    if (!package.ok()) return package.error();
    return read_xlsx(*std::move(package));
  }
  auto file = open_file(path);
  if (!file.ok()) return file.error();
  auto text = decode_stream(*std::move(file), facts.encoding);
  return layout == Layout::kTable ? read_csv(std::move(text), facts.delimiter)
                                  : read_whitespace(std::move(text));
}

}  // namespace assent

#include "xlsx_tables.h"

#include <array>
#include <charconv>
#include <unordered_map>

#include "xml.h"

namespace assent {

// Collects the text of every <si>, phonetic hints left out.
class SharedStringsHandler final : public XmlHandler {
 public:
  explicit SharedStringsHandler(SharedStrings& strings) : strings_(strings) {}

  bool over_limit() const {
    return strings_.text_.size() > kSharedStringBytesMax ||
           strings_.ends_.size() > kSharedStringsMax;
  }

  void start(std::string_view name, const XmlAttributes&) override {
    in_text_ = name == "t" && !phonetic_;
    phonetic_ = phonetic_ || name == "rPh";
  }
  void end(std::string_view name) override {
    if (name == "t") in_text_ = false;
    if (name == "rPh") phonetic_ = false;
    if (name != "si") return;
    append_unescaped(strings_.text_, {pending_.data(), pending_.size()});
    pending_.clear();
    strings_.ends_.push_back(static_cast<std::uint32_t>(strings_.text_.size()));
  }
  void text(std::string_view text) override {
    if (in_text_ && pending_.size() <= kSharedStringBytesMax) append(pending_, text);
  }

 private:
  SharedStrings& strings_;
  WipedText pending_;
  bool in_text_ = false;
  bool phonetic_ = false;
};

namespace {

template <class Stop>
Status parse_part(XlsxPackage& package, const std::string& name, XmlHandler& handler, Stop stop) {
  auto part = package.part(name);
  if (!part.ok()) return part.error();
  XmlParser parser(handler);
  WipedText chunk(64 << 10);
  for (;;) {
    auto got = (*part)->read(chunk);
    if (!got.ok()) return got.error();
    if (*got == 0) return parser.finish();
    auto fed = parser.feed({chunk.data(), *got});
    if (!fed.ok()) return fed;
    if (stop()) return Error{ErrorCode::kInvalid, "the workbook's tables are over their limit"};
  }
}

class WorkbookHandler final : public XmlHandler {
 public:
  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "sheet" && sheet_id.empty()) sheet_id = attributes.find("id").value_or("");
    if (name != "workbookPr") return;
    const auto flag = attributes.find("date1904").value_or("0");
    if (flag == "1" || flag == "true") epoch = Epoch::k1904;
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}

  std::string sheet_id;
  Epoch epoch = Epoch::k1900;
};

class RelationsHandler final : public XmlHandler {
 public:
  explicit RelationsHandler(std::string_view id) : id_(id) {}
  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "Relationship" && attributes.find("Id") == id_) {
      target = attributes.find("Target").value_or("");
    }
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}

  std::string target;

 private:
  std::string_view id_;
};

int to_int(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The formats that every workbook has without declaring them.
NumberKind kind_of_builtin(int id) {
  if (id == 22) return NumberKind::kDateTime;
  const bool date = (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
  return date ? NumberKind::kDate : NumberKind::kNumber;
}

class StylesHandler final : public XmlHandler {
 public:
  static constexpr std::size_t kStylesMax = 1 << 16;

  void start(std::string_view name, const XmlAttributes& attributes) override {
    const int id = to_int(attributes.find("numFmtId").value_or("0"));
    if (name == "numFmt") formats_[id] = kind_of_format(attributes.find("formatCode").value_or(""));
    if (name == "cellXfs") in_cells_ = true;
    if (name != "xf" || !in_cells_) return;
    const auto format = formats_.find(id);
    kinds.push_back(format == formats_.end() ? kind_of_builtin(id) : format->second);
  }
  void end(std::string_view name) override {
    if (name == "cellXfs") in_cells_ = false;
  }
  void text(std::string_view) override {}
  bool over_limit() const { return kinds.size() > kStylesMax || formats_.size() > kStylesMax; }

  std::vector<NumberKind> kinds;

 private:
  std::unordered_map<int, NumberKind> formats_;
  bool in_cells_ = false;
};

}  // namespace

std::string_view SharedStrings::reveal(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return {text_.data() + begin, ends_[index] - begin};
}

Result<SharedStrings> SharedStrings::read(XlsxPackage& package) {
  SharedStrings strings;
  SharedStringsHandler handler(strings);
  auto parsed = parse_part(package, "xl/sharedStrings.xml", handler,
                           [&handler] { return handler.over_limit(); });
  if (!parsed.ok() && parsed.error().code != ErrorCode::kNotFound) return parsed.error();
  return Result<SharedStrings>(std::move(strings));
}

Result<WorkbookFacts> read_workbook(XlsxPackage& package) {
  const auto never = [] { return false; };
  WorkbookHandler workbook;
  auto parsed = parse_part(package, "xl/workbook.xml", workbook, never);
  if (!parsed.ok()) return Error{ErrorCode::kInvalid, "the file is not a readable workbook"};
  RelationsHandler relations(workbook.sheet_id);
  auto related = parse_part(package, "xl/_rels/workbook.xml.rels", relations, never);
  if (!related.ok() || relations.target.empty()) {
    return Error{ErrorCode::kInvalid, "the workbook does not say where its first sheet is"};
  }
  const std::string& target = relations.target;
  return WorkbookFacts{target[0] == '/' ? target.substr(1) : "xl/" + target, workbook.epoch};
}

Result<std::vector<NumberKind>> read_styles(XlsxPackage& package) {
  StylesHandler styles;
  auto parsed =
      parse_part(package, "xl/styles.xml", styles, [&styles] { return styles.over_limit(); });
  if (!parsed.ok() && parsed.error().code != ErrorCode::kNotFound) return parsed.error();
  return std::move(styles.kinds);
}

}  // namespace assent

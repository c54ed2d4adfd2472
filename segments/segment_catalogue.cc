#include "segments/segment_catalogue.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "core/digest.h"
#include "core/file.h"
#include "identity/fields.h"
#include "member_fields.h"

namespace assent {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;

// Thrown inside the reader only; load() turns it into an Error.
struct Fault {
  StaticText reason;
  YAML::Mark at;
};

using Keys = std::initializer_list<const char*>;

// A map that holds all of `required` and nothing besides `optional`.
void expect(const YAML::Node& node, Keys required, Keys optional) {
  if (!node.IsMap()) throw Fault{"a map is wanted here", node.Mark()};
  std::set<std::string> missing(required.begin(), required.end());
  std::set<std::string> known(optional.begin(), optional.end());
  known.insert(required.begin(), required.end());
  for (const auto& entry : node) {
    const std::string& key = entry.first.Scalar();
    if (known.erase(key) == 0) throw Fault{"a key is unknown or stands twice", entry.first.Mark()};
    missing.erase(key);
  }
  if (!missing.empty()) throw Fault{"a key is missing", node.Mark()};
}

int number(const YAML::Node& node, int from, int to) {
  int value = 0;
  if (!node.IsScalar() || !YAML::convert<int>::decode(node, value) || value < from || value > to) {
    throw Fault{"a number is wanted here, within its bounds", node.Mark()};
  }
  return value;
}

ScoreBounds bounds(const YAML::Node& node) {
  if (!node) return {};
  if (!node.IsSequence() || node.size() != 2) {
    throw Fault{"bounds are two scores, [from, to]", node.Mark()};
  }
  const ScoreBounds read{number(node[0], 1, 5), number(node[1], 1, 5)};
  if (read.from > read.to) throw Fault{"the bounds hold no score", node.Mark()};
  return read;
}

CatalogueName name_of(const YAML::Node& node) {
  const std::string name = node.IsScalar() ? node.Scalar() : "";
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || name.size() > 62 || !std::all_of(name.begin(), name.end(), is_plain)) {
    throw Fault{"a name is of a-z, 0-9 and _", node.Mark()};
  }
  return CatalogueName::from_policy(name);
}

ReleaseField release_field(const YAML::Node& node, const FieldCatalogue& fields) {
  ReleaseField read{name_of(node), FieldOrigin::kContact, 0};
  const std::string& name = read.name.text();
  if (name == "contact") return read;
  if (name == "segment" || name == "rfm") {
    read.origin = name == "rfm" ? FieldOrigin::kScores : FieldOrigin::kSegment;
    return read;
  }
  const Field* field = fields.find(name);
  if (field == nullptr) throw Fault{"fields.yaml knows no such field", node.Mark()};
  read.origin = field->at_rest == AtRest::kClear ? FieldOrigin::kClear : FieldOrigin::kSealed;
  read.field_id = field->id;
  const bool whole = field->sealed_in == field->id && field->id < 64 && name != "contact_points";
  const bool carried = read.origin == FieldOrigin::kClear ? is_clear_column(name) : whole;
  if (!carried) throw Fault{"no release can carry this field", node.Mark()};
  return read;
}

}  // namespace

// Fills a catalogue from its file. Throws Fault and YAML::Exception.
class SegmentReader {
 public:
  explicit SegmentReader(const FieldCatalogue& fields) : fields_(fields) {}

  SegmentCatalogue read(const YAML::Node& root) {
    expect(root, {"schema", "rule", "segments", "release"}, {});
    if (root["schema"].Scalar() != "assent-segments/1") {
      throw Fault{"the schema is not assent-segments/1", root["schema"].Mark()};
    }
    catalogue_.rule_ = root["rule"].Scalar();
    if (catalogue_.rule_.empty()) throw Fault{"the rule has no name", root["rule"].Mark()};
    for (const auto& node : root["segments"]) add_segment(node);
    for (const auto& node : root["release"]) add_purpose(node);
    if (catalogue_.segments_.empty()) throw Fault{"there is no segment", root.Mark()};
    return std::move(catalogue_);
  }

 private:
  void add_segment(const YAML::Node& node) {
    expect(node, {"name"}, {"r", "f", "m", "no_order_days"});
    Segment segment{name_of(node["name"]), bounds(node["r"]), bounds(node["f"]), bounds(node["m"]),
                    0};
    if (const YAML::Node days = node["no_order_days"]) {
      if (node.size() != 2) throw Fault{"a segment is by scores or by silence", node.Mark()};
      segment.no_order_days = number(days, 1, 36'500);
    } else if (node.size() == 1) {
      throw Fault{"a segment needs scores or days", node.Mark()};
    }
    if (segment.name.text() == "other" || catalogue_.find(segment.name.text()) != nullptr) {
      throw Fault{"the segment's name is taken", node.Mark()};
    }
    catalogue_.segments_.push_back(std::move(segment));
  }

  void add_purpose(const YAML::Node& node) {
    expect(node, {"purpose", "fields"}, {});
    SegmentCatalogue::Allowed allowed{name_of(node["purpose"]).text(), {}};
    for (const auto& field : node["fields"]) {
      allowed.fields.push_back(release_field(field, fields_));
      if (!seen_.emplace(allowed.purpose, allowed.fields.back().name.text()).second) {
        throw Fault{"a field stands twice", field.Mark()};
      }
    }
    catalogue_.allowed_.push_back(std::move(allowed));
  }

  const FieldCatalogue& fields_;
  SegmentCatalogue catalogue_;
  std::set<std::pair<std::string, std::string>> seen_;
};

Result<SegmentCatalogue> SegmentCatalogue::load(const std::filesystem::path& file,
                                                const FieldCatalogue& fields) {
  auto text = read_file(file, kFileBytesMax);
  if (!text.ok()) return text.error();
  const auto invalid = [](StaticText reason, const YAML::Mark& at) {
    return Error{ErrorCode::kInvalid, reason,
                 Position{static_cast<std::uint64_t>(at.line + 1),
                          static_cast<std::uint32_t>(at.column + 1)}};
  };
  try {
    SegmentCatalogue catalogue = SegmentReader(fields).read(YAML::Load(*text));
    catalogue.sha256_ = assent::sha256(as_bytes(*text));
    return catalogue;
  } catch (const Fault& fault) {
    return invalid(fault.reason, fault.at);
  } catch (const YAML::Exception& error) {
    return invalid("not YAML as it should be", error.mark);
  }
}

const Segment* SegmentCatalogue::find(std::string_view name) const {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [&](const Segment& s) { return s.name.text() == name; });
  return found == segments_.end() ? nullptr : &*found;
}

const ReleaseField* SegmentCatalogue::release_field(std::string_view purpose,
                                                    std::string_view name) const {
  for (const Allowed& allowed : allowed_) {
    if (allowed.purpose != purpose) continue;
    for (const ReleaseField& field : allowed.fields) {
      if (field.name.text() == name) return &field;
    }
  }
  return nullptr;
}

}  // namespace assent

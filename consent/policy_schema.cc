#include "policy_schema.h"

#include <algorithm>
#include <charconv>

namespace assent {
namespace {

constexpr int kNumberMax = 100'000;

// What YAML 1.1 readers take for a truth value when it is not quoted.
bool reads_as_boolean(const YAML::Node& scalar) {
  static constexpr std::string_view kWords[] = {"Y", "N", "YES", "NO", "ON", "OFF"};
  return scalar.Tag() == "?" && std::ranges::find(kWords, scalar.Scalar()) != std::end(kWords);
}

std::optional<int> to_number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value >= 0 && value <= kNumberMax ? std::optional<int>(value) : std::nullopt;
}

}  // namespace

void Reading::fault(const YAML::Mark& at, std::string rule, StaticText reason) {
  const bool placed = !at.is_null();
  Error error{ErrorCode::kInvalid, reason};
  error.position = Position{placed ? static_cast<std::uint64_t>(at.line) + 1 : 0,
                            placed ? static_cast<std::uint32_t>(at.column) + 1 : 0};
  error.field = CatalogueName::from_policy(std::move(rule));
  faults.push_back({file, std::move(error)});
}

YamlMap::YamlMap(const YAML::Node& node, std::string path, Reading& reading)
    : node_(node), path_(std::move(path)), reading_(&reading), is_map_(node.IsMap()) {
  if (!is_map_) {
    reading_->fault(node_.Mark(), path_, "must be a map");
    node_ = YAML::Node(YAML::NodeType::Map);
  }
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      reading_->fault(entry.first.Mark(), path_, "a key must be text");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      reading_->fault(entry.first.Mark(), path_ + "." + entry.first.Scalar(), "doubled key");
    }
  }
}

YAML::Node YamlMap::find(const char* key) {
  read_.insert(key);
  const YAML::Node& constant = node_;
  return constant[key];
}

bool YamlMap::has(const char* key) const {
  const YAML::Node& constant = node_;
  const YAML::Node value = constant[key];
  return value.IsDefined() && !value.IsNull();
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> names;
  for (const auto& entry : node_) {
    if (entry.first.IsScalar()) names.push_back(entry.first.Scalar());
  }
  return names;
}

void YamlMap::fault(std::string_view key, StaticText reason) {
  if (!is_map_) return;
  const YAML::Node& constant = node_;
  const YAML::Node value = constant[std::string(key)];
  std::string rule = path_;
  if (!rule.empty() && !key.empty()) rule += '.';
  rule += key;
  reading_->fault(value.IsDefined() ? value.Mark() : node_.Mark(), std::move(rule), reason);
}

void YamlMap::finish() {
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar() || read_.contains(entry.first.Scalar())) continue;
    const std::string rule =
        path_.empty() ? entry.first.Scalar() : path_ + "." + entry.first.Scalar();
    reading_->fault(entry.first.Mark(), rule, "unknown key");
  }
}

std::optional<std::string> YamlMap::text_if(const char* key) {
  const YAML::Node value = find(key);
  if (!value.IsDefined() || value.IsNull()) return std::nullopt;
  if (!value.IsScalar() || value.Scalar().empty()) {
    fault(key, "must be text");
    return std::nullopt;
  }
  return value.Scalar();
}

std::string YamlMap::text(const char* key) {
  if (!has(key)) fault(key, "missing");
  return text_if(key).value_or("");
}

std::optional<Date> YamlMap::date_if(const char* key) {
  const std::optional<std::string> iso = text_if(key);
  if (!iso) return std::nullopt;
  const std::optional<Date> date = parse_date(*iso);
  if (!date) fault(key, "must be an ISO date that exists");
  return date;
}

std::optional<int> YamlMap::number_if(const char* key) {
  const std::optional<std::string> digits = text_if(key);
  if (!digits) return std::nullopt;
  const std::optional<int> value = to_number(*digits);
  if (!value) fault(key, "must be a whole number");
  return value;
}

bool YamlMap::flag(const char* key) {
  const std::optional<std::string> word = text_if(key);
  if (!word || *word == "false") return false;
  if (*word != "true") fault(key, "must be true or false");
  return *word == "true";
}

std::optional<int> YamlMap::minutes(const char* key) {
  const std::string clock = text(key);
  if (clock.size() == 5 && clock[2] == ':') {
    const std::optional<int> hours = to_number(clock.substr(0, 2));
    const std::optional<int> rest = to_number(clock.substr(3));
    if (hours && rest && *hours < 24 && *rest < 60) return *hours * 60 + *rest;
  }
  fault(key, "must be a time hh:mm");
  return std::nullopt;
}

std::vector<std::string> YamlMap::texts(const char* key) {
  const YAML::Node value = find(key);
  if (!value.IsDefined() || value.IsNull()) return {};
  if (value.IsScalar()) return {value.Scalar()};
  std::vector<std::string> all;
  if (!value.IsSequence()) fault(key, "must be a list of texts");
  for (std::size_t i = 0; value.IsSequence() && i < value.size(); ++i) {
    if (value[i].IsScalar()) {
      all.push_back(value[i].Scalar());
    } else {
      fault(key, "must be a list of texts");
    }
  }
  return all;
}

void YamlMap::add_countries(const YAML::Node& scalar, const char* key, Countries& into) {
  if (!scalar.IsScalar()) return fault(key, "must be country codes or groups");
  if (reads_as_boolean(scalar)) return fault(key, "quote it: other readers take it for false");
  if (const auto group = reading_->groups.find(scalar.Scalar()); group != reading_->groups.end()) {
    into.insert(into.end(), group->second.begin(), group->second.end());
  } else if (const std::optional<Country> one = Country::parse(scalar.Scalar())) {
    into.push_back(*one);
  } else {
    fault(key, "neither a country code nor a known group");
  }
}

Countries YamlMap::countries(const char* key) {
  const YAML::Node value = find(key);
  Countries all;
  if (!value.IsDefined() || value.IsNull()) return all;
  if (value.IsSequence()) {
    for (std::size_t i = 0; i < value.size(); ++i) add_countries(value[i], key, all);
  } else {
    add_countries(value, key, all);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Country YamlMap::country(const char* key) {
  if (!has(key)) fault(key, "missing");
  const Countries all = countries(key);
  if (all.size() > 1) fault(key, "must be one country");
  return all.empty() ? Country{} : all.front();
}

std::optional<Country> YamlMap::country_key(const std::string& key) {
  read_.insert(key);
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != key) continue;
    if (reads_as_boolean(entry.first)) {
      fault(key, "quote it: other readers take it for false");
      return std::nullopt;
    }
  }
  const std::optional<Country> country = Country::parse(key);
  if (!country) fault(key, "not a country code");
  return country;
}

std::vector<std::pair<Country, Date>> YamlMap::dates_by_country(const char* key) {
  std::vector<std::pair<Country, Date>> dates;
  std::optional<YamlMap> rows = map_if(key);
  if (!rows) return dates;
  for (const std::string& code : rows->keys()) {
    const std::optional<Country> country = rows->country_key(code);
    const std::optional<Date> date = rows->date_if(code.c_str());
    if (country && date) dates.emplace_back(*country, *date);
  }
  return dates;
}

std::optional<Reason> YamlMap::reason_if(const char* key) {
  const std::optional<std::string> name = text_if(key);
  if (!name) return std::nullopt;
  const std::optional<Reason> reason = parse_reason(*name);
  if (!reason) fault(key, "not a reason of the closed list");
  return reason;
}

std::optional<YamlMap> YamlMap::map_if(const char* key) {
  const YAML::Node value = find(key);
  if (!value.IsDefined() || value.IsNull()) return std::nullopt;
  return YamlMap(value, path_.empty() ? key : path_ + "." + key, *reading_);
}

YamlMap YamlMap::map(const char* key) {
  std::optional<YamlMap> inner = map_if(key);
  if (inner) return *inner;
  fault(key, "missing");
  return YamlMap(Missing{}, path_.empty() ? key : path_ + "." + key, *reading_);
}

std::vector<YamlMap> YamlMap::maps(const char* key) {
  const YAML::Node value = find(key);
  std::vector<YamlMap> all;
  if (!value.IsDefined() || value.IsNull()) return all;
  if (!value.IsSequence()) fault(key, "must be a list of maps");
  for (std::size_t i = 0; value.IsSequence() && i < value.size(); ++i) {
    all.emplace_back(value[i], path_.empty() ? key : path_ + "." + key, *reading_);
  }
  return all;
}

}  // namespace assent

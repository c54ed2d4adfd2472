#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "consent/policy.h"
#include "policy_rules.h"

// A strict reader of YAML maps: each key is read by its type, what nobody read is an unknown key,
// and every fault is noted with its place instead of ending the reading. Private; the only header
// that sees yaml-cpp.
namespace assent {

template <class Value>
using Words = std::span<const std::pair<std::string_view, Value>>;

using CountryGroups = std::map<std::string, Countries, std::less<>>;

// One file being read: where faults go and what group names mean.
struct Reading {
  std::string file;
  std::vector<PolicyFault>& faults;
  const CountryGroups& groups;

  void fault(const YAML::Mark& at, std::string rule, StaticText reason);
};

// A map of the file. What should be a map and is not is one fault; reading its keys adds no more.
// Must not outlive the Reading; call finish() once when every key has been read.
class YamlMap {
 public:
  YamlMap(const YAML::Node& node, std::string path, Reading& reading);

  bool has(const char* key) const;  // Present and not null.
  std::vector<std::string> keys() const;
  void accept(const char* key) { read_.insert(key); }  // Any value will do.

  std::string text(const char* key);  // Required, not empty.
  std::optional<std::string> text_if(const char* key);
  std::optional<Date> date_if(const char* key);
  std::optional<int> number_if(const char* key);    // 0 to 100,000.
  bool flag(const char* key);                       // Absent is false.
  std::optional<int> minutes(const char* key);      // Required "hh:mm".
  std::vector<std::string> texts(const char* key);  // A list of texts or one; absent is empty.
  Countries countries(const char* key);             // Codes and groups, sorted.
  Country country(const char* key);                 // Required.
  std::optional<Reason> reason_if(const char* key);
  YamlMap map(const char* key);                    // Required.
  std::optional<YamlMap> map_if(const char* key);  // Null is absent.
  std::vector<YamlMap> maps(const char* key);      // A list of maps; absent is empty.
  std::vector<std::pair<Country, Date>> dates_by_country(const char* key);

  // Words of a closed set.
  template <class Value>
  std::optional<Value> word_if(const char* key, Words<Value> words) {
    const std::optional<std::string> name = text_if(key);
    if (!name) return std::nullopt;
    const Value* value = find_word(words, *name);
    if (value == nullptr) fault(key, "not a word of the closed set");
    return value == nullptr ? std::nullopt : std::optional<Value>(*value);
  }
  template <class Value>
  Value word(const char* key, Words<Value> words, Value otherwise) {
    if (!has(key)) fault(key, "missing");
    return word_if(key, words).value_or(otherwise);
  }
  template <class Value>
  std::vector<Value> word_list(const char* key, Words<Value> words) {
    std::vector<Value> values;
    for (const std::string& name : texts(key)) {
      const Value* value = find_word(words, name);
      if (value == nullptr) {
        fault(key, "not a word of the closed set");
      } else {
        values.push_back(*value);
      }
    }
    return values;
  }
  // A country as a key of this map.
  std::optional<Country> country_key(const std::string& key);

  void fault(std::string_view key, StaticText reason);
  void finish();

 private:
  struct Missing {};
  YamlMap(Missing, std::string path, Reading& reading)  // Its parent has told the fault.
      : node_(YAML::NodeType::Map), path_(std::move(path)), reading_(&reading), is_map_(false) {}
  template <class Value>
  static const Value* find_word(Words<Value> words, std::string_view name) {
    for (const auto& [known, value] : words) {
      if (known == name) return &value;
    }
    return nullptr;
  }
  YAML::Node find(const char* key);  // Marks it as read; undefined when absent.
  void add_countries(const YAML::Node& scalar, const char* key, Countries& into);

  YAML::Node node_;
  std::string path_;
  Reading* reading_;
  bool is_map_;
  std::set<std::string, std::less<>> read_;
};

}  // namespace assent

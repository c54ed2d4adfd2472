#include "core/text.h"

#include <algorithm>
#include <boost/locale/gnu_gettext.hpp>

#include "russian_catalogue.h"

namespace assent {
namespace {

using Catalogue = boost::locale::message_format<char>;
constexpr int kDomain = 0;

Language g_spoken = Language::kEnglish;

// The catalogue lies in the program, so that it can neither be missing nor be of another version.
// It needs no locale of the system: Boost.Locale only reads the bytes. Never freed.
const Catalogue& russian() {
  static const Catalogue* const catalogue = [] {
    boost::locale::gnu_gettext::messages_info info;
    info.language = "ru";
    info.encoding = "UTF-8";
    info.paths.emplace_back(".");
    info.domains.emplace_back("assent");
    info.callback = [](const std::string&, const std::string&) {
      const auto bytes = russian_catalogue();
      return std::vector<char>(bytes.begin(), bytes.end());
    };
    return boost::locale::gnu_gettext::create_messages_facet<char>(info);
  }();
  return *catalogue;
}

std::string or_english(const char* found, std::string_view english) {
  return std::string(found != nullptr ? found : english);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// The values of `text`, if it is `pattern` with {1}, {2}, ... in order.
std::optional<std::vector<std::string>> values_in(std::string_view pattern, std::string_view text) {
  std::vector<std::string> values;
  for (;;) {
    const auto place = pattern.find('{');
    const auto fixed = pattern.substr(0, place);
    if (!text.starts_with(fixed)) return std::nullopt;
    text.remove_prefix(fixed.size());
    if (place == std::string_view::npos) break;
    pattern.remove_prefix(place + 3);
    const auto next = pattern.substr(0, pattern.find('{'));
    const auto end = next.empty() ? text.size() : text.find(next);
    if (end == std::string_view::npos) return std::nullopt;
    values.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (!text.empty()) return std::nullopt;
  return values;
}

}  // namespace

StaticText language_tag(Language language) {
  switch (language) {
    case Language::kEnglish:
      return "en";
    case Language::kRussian:
      return "ru";
  }
  return "en";
}

std::optional<Language> parse_language(std::string_view tag) {
  std::string primary(tag.substr(0, tag.find_first_of("-_.@")));
  std::ranges::transform(primary, primary.begin(), lower);
  if (primary == "ru") return Language::kRussian;
  if (primary == "en") return Language::kEnglish;
  return std::nullopt;
}

std::string translate_stored(const std::string& english, Language language) {
  // The empty name is the catalogue's own header.
  if (language == Language::kEnglish || english.empty()) return english;
  return or_english(russian().get(kDomain, nullptr, english.c_str()), english);
}

std::string translate(StaticText english, Language language) {
  return translate_stored(std::string(english.view()), language);
}

std::string translate(StaticText one, StaticText many, std::uint64_t n, Language language) {
  const StaticText english = n == 1 ? one : many;
  if (language == Language::kEnglish) return std::string(english.view());
  // The last two digits decide every form there is; the catalogue takes an int.
  constexpr std::uint64_t kFormsRepeat = 1'000'000;
  const auto count = static_cast<int>(n < kFormsRepeat ? n : n % kFormsRepeat + kFormsRepeat);
  return or_english(russian().get(kDomain, nullptr, one.c_str(), count), english.view());
}

std::string fill(std::string_view pattern, const std::vector<std::string>& values) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const bool is_place = pattern[at] == '{' && at + 2 < pattern.size() && pattern[at + 2] == '}';
    const auto index = is_place ? static_cast<std::size_t>(pattern[at + 1] - '1') : values.size();
    if (index < values.size()) {
      out += values[index];
      at += 2;
    } else {
      out += pattern[at];
    }
  }
  return out;
}

std::string translate_like(std::span<const StaticText> patterns, const std::string& english,
                           Language language) {
  for (const StaticText pattern : patterns) {
    const auto values = values_in(pattern.view(), english);
    if (values) return fill(translate(pattern, language), *values);
  }
  return english;
}

void speak(Language language) {
  g_spoken = language;
}

Language spoken() {
  return g_spoken;
}

Language terminal_language(std::span<char* const> arguments, std::span<const char* const> locale) {
  constexpr std::string_view kOption = "--lang";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    std::string_view tag;
    if (argument == kOption && i + 1 < arguments.size()) tag = arguments[i + 1];
    if (argument.starts_with("--lang=")) tag = argument.substr(kOption.size() + 1);
    if (!tag.empty()) return parse_language(tag).value_or(Language::kEnglish);
  }
  for (const char* name : locale) {
    if (name != nullptr && *name != '\0') return parse_language(name).value_or(Language::kEnglish);
  }
  return Language::kEnglish;
}

}  // namespace assent

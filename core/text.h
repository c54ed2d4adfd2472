#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/static_text.h"

namespace assent {

// What a person reads, in the person's language. The English literal in the source is the name of
// the text; locales/ru.po has the Russian, and scripts/texts.py (a ctest) fails when one is
// missing. Codes, ids and the names of catalogues are the same in every language and do not pass
// here. Thread-safe, but for speak().
enum class Language { kEnglish, kRussian };

StaticText language_tag(Language language);  // "en", "ru"
// "ru", "ru-RU", "ru_RU.UTF-8", "RU": by the primary subtag. nullopt when it is no language of
// ours.
std::optional<Language> parse_language(std::string_view tag);

// The text in `language`; the English itself where the catalogue has none.
std::string translate(StaticText english, Language language);
// The form that fits `n`; `one` names the text.
std::string translate(StaticText one, StaticText many, std::uint64_t n, Language language);
// A text that came back from where it was stored: a literal of this program when it went there.
std::string translate_stored(const std::string& english, Language language);

// Replaces {1}, {2}, ... by the values. What a value holds is not looked at again.
std::string fill(std::string_view pattern, const std::vector<std::string>& values);

// A text that was put together before: by the first of `patterns` that it can be a filling of.
std::string translate_like(std::span<const StaticText> patterns, const std::string& english,
                           Language language);

// The language of this process's terminal, as std::locale::global would be: main() sets it once,
// before it starts a thread. Who serves many people (api/problem.h) names the language instead.
void speak(Language language);
Language spoken();
// --lang of the arguments, else the locale: what main() speaks. `locale` holds LC_ALL, LC_MESSAGES
// and LANG; the first that is neither null nor empty decides.
Language terminal_language(std::span<char* const> arguments, std::span<const char* const> locale);

inline std::string shown(std::string_view text) {
  return std::string(text);
}
inline std::string shown(const char* text) {
  return std::string(text);
}
inline std::string shown(StaticText text) {
  return std::string(text.view());
}
template <std::integral Number>
std::string shown(Number number) {
  return std::to_string(number);
}

// The terminal's text: tr("wrote {1} files", count).
template <class... Values>
std::string tr(StaticText english, const Values&... values) {
  return fill(translate(english, spoken()), {shown(values)...});
}
// The same with a count that decides the form: tr_n("{1} file", "{1} files", count, count).
template <class... Values>
std::string tr_n(StaticText one, StaticText many, std::uint64_t n, const Values&... values) {
  return fill(translate(one, many, n, spoken()), {shown(values)...});
}

}  // namespace assent

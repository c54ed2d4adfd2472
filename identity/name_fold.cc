#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <string>

#include "identity/name.h"
#include "identity/normalise.h"
#include "name_token.h"

namespace assent {
namespace {

// U+0430 to U+045F in Latin letters (after ICAO 9303, with the digraphs that the fold expects).
constexpr std::array<std::string_view, 48> kCyrillic = {
    "a", "b", "v",  "g", "d",  "e",  "zh", "z",  "i",  "y",    "k",  "l", "m", "n", "o",  "p",
    "r", "s", "t",  "u", "f",  "kh", "ts", "ch", "sh", "shch", "",   "y", "",  "e", "yu", "ya",
    "e", "e", "dj", "g", "ye", "dz", "i",  "yi", "j",  "lj",   "nj", "c", "k", "i", "u",  "dz"};

struct Twin {
  char latin;
  char16_t cyrillic;
};
// Letters that look the same in both scripts, in lower case.
constexpr std::array<Twin, 12> kTwins = {{{'a', u'а'},
                                          {'b', u'в'},
                                          {'c', u'с'},
                                          {'e', u'е'},
                                          {'h', u'н'},
                                          {'k', u'к'},
                                          {'m', u'м'},
                                          {'o', u'о'},
                                          {'p', u'р'},
                                          {'t', u'т'},
                                          {'x', u'х'},
                                          {'y', u'у'}}};

struct Rule {
  std::string_view from;
  std::string_view to;
};
// At each place the first that fits is taken, so the longer stand first.
constexpr std::array<Rule, 37> kSounds = {
    {{"shch", "s"}, {"sch", "s"}, {"tch", "k"}, {"iya", "a"}, {"iia", "a"}, {"ija", "a"},
     {"iyu", "u"},  {"iju", "u"}, {"iye", "e"}, {"ch", "k"},  {"ck", "k"},  {"sh", "s"},
     {"kh", ""},    {"zh", "z"},  {"ts", "k"},  {"tz", "k"},  {"ph", "f"},  {"yu", "u"},
     {"iu", "u"},   {"ju", "u"},  {"ya", "a"},  {"ia", "a"},  {"ja", "a"},  {"ye", "e"},
     {"ie", "e"},   {"je", "e"},  {"yo", "e"},  {"oo", "u"},  {"ou", "u"},  {"ee", "i"},
     {"w", "v"},    {"y", "i"},   {"j", "i"},   {"c", "k"},   {"q", "k"},   {"x", "ks"},
     {"h", ""}}};

bool is_cyrillic(char32_t c) {
  return c >= 0x400 && c <= 0x4FF;
}
bool is_latin(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 0xC0 && c <= 0x24F);
}

// A token in which a letter of the other script stands for its twin, in the script of most.
void unmask_twins(std::u32string& token) {
  const auto cyrillic = std::count_if(token.begin(), token.end(), is_cyrillic);
  const auto latin = std::count_if(token.begin(), token.end(), is_latin);
  if (cyrillic == 0 || latin == 0) return;
  for (char32_t& c : token) {
    for (const Twin& twin : kTwins) {
      if (cyrillic >= latin && c == static_cast<unsigned char>(twin.latin)) {
        c = twin.cyrillic;
      } else if (cyrillic < latin && c == twin.cyrillic) {
        c = static_cast<unsigned char>(twin.latin);
      }
    }
  }
}

std::string_view special_latin(char32_t c) {
  switch (c) {
    case 0xDF:
      return "ss";
    case 0xE6:
    case 0x153:
      return "e";
    case 0xF8:
      return "o";
    case 0xF0:
    case 0x111:
      return "d";
    case 0xFE:
      return "th";
    case 0x131:
      return "i";
    case 0x142:
      return "l";
    default:
      return "";
  }
}

// The letter without its marks; other scripts stay as they are.
void append_base(std::string& out, char32_t c) {
  UErrorCode code = U_ZERO_ERROR;
  const auto* decompose = icu::Normalizer2::getNFDInstance(code);
  icu::UnicodeString parts;
  if (U_FAILURE(code) || !decompose->getDecomposition(static_cast<UChar32>(c), parts)) {
    parts = icu::UnicodeString(static_cast<UChar32>(c));
  }
  icu::UnicodeString(parts.char32At(0)).toUTF8String(out);
}

std::string to_latin(const std::u32string& token) {
  std::string out;
  for (const char32_t c : token) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c >= 0x430 && c <= 0x45F) {
      out += kCyrillic.at(c - 0x430);
    } else if (c == 0x491) {
      out += 'g';
    } else if (const auto special = special_latin(c); !special.empty()) {
      out += special;
    } else {
      append_base(out, c);
    }
  }
  return out;
}

std::string to_sounds(std::string_view latin) {
  std::string out;
  const auto add = [&out](char c) {
    if (out.empty() || out.back() != c || (c & 0x80) != 0) out += c;
  };
  while (!latin.empty()) {
    const auto rule = std::find_if(kSounds.begin(), kSounds.end(),
                                   [latin](const Rule& r) { return latin.starts_with(r.from); });
    if (rule == kSounds.end()) {
      add(latin[0]);
      latin.remove_prefix(1);
    } else {
      for (const char c : rule->to) add(c);
      latin.remove_prefix(rule->from.size());
    }
  }
  return out;
}

std::string fold(std::string_view name) {
  std::string out;
  for (const NameToken& token : name_tokens(name)) {
    if (token.fold.empty()) continue;
    if (!out.empty()) out += ' ';
    out += token.fold;
  }
  return out;
}

std::vector<std::string> tokens_of(std::string_view folded) {
  std::vector<std::string> tokens;
  while (!folded.empty()) {
    const auto space = folded.find(' ');
    tokens.emplace_back(folded.substr(0, space));
    folded.remove_prefix(space == std::string_view::npos ? folded.size() : space + 1);
  }
  return tokens;
}

// The folds of the endings -вич, -вна, -ична.
bool is_patronymic(std::string_view token) {
  return token.size() > 5 &&
         (token.ends_with("vik") || token.ends_with("vna") || token.ends_with("ikna"));
}

}  // namespace

std::vector<NameToken> name_tokens(std::string_view name) {
  const std::string key = fold_key(name);
  std::vector<NameToken> tokens;
  std::u32string token;
  const auto end_token = [&tokens, &token] {
    unmask_twins(token);
    if (!token.empty()) tokens.push_back({token[0], token.size() == 1, to_sounds(to_latin(token))});
    token.clear();
  };
  for (std::size_t at = 0; at < key.size();) {
    auto i = static_cast<int32_t>(at);
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(key.data(), i, static_cast<int32_t>(key.size()), c);
    at = static_cast<std::size_t>(i);
    if (u_isalpha(c)) token += static_cast<char32_t>(c);
    if (c == ' ' || c == '-' || c == ',' || c == '.') end_token();
  }
  end_token();
  return tokens;
}

Plaintext name_fold(std::string_view name) {
  return Plaintext(fold(name));
}

Plaintext person_fold(std::string_view first, std::string_view last, std::string_view full) {
  auto tokens = tokens_of(fold(first));
  for (auto& token : tokens_of(fold(last))) tokens.push_back(std::move(token));
  if (tokens.empty()) {
    tokens = tokens_of(fold(full));
    if (tokens.size() > 2) std::erase_if(tokens, is_patronymic);
  }
  std::sort(tokens.begin(), tokens.end());
  std::string out;
  for (const std::string& token : tokens) out += (out.empty() ? "" : " ") + token;
  return Plaintext(out);
}

double jaro_winkler(std::string_view a, std::string_view b) {
  if (a == b) return 1;
  if (a.empty() || b.empty()) return 0;
  const std::size_t longest = std::max(a.size(), b.size());
  const std::size_t reach = longest / 2 > 0 ? longest / 2 - 1 : 0;
  std::vector<bool> used(b.size());
  std::string from_a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t end = std::min(b.size(), i + reach + 1);
    for (std::size_t j = i > reach ? i - reach : 0; j < end; ++j) {
      if (used[j] || a[i] != b[j]) continue;
      used[j] = true;
      from_a += a[i];
      break;
    }
  }
  if (from_a.empty()) return 0;
  std::size_t k = 0;
  std::size_t moved = 0;
  for (std::size_t j = 0; j < b.size(); ++j) moved += used[j] && from_a[k++] != b[j];
  const auto m = static_cast<double>(from_a.size());
  const double jaro = (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) +
                       (m - static_cast<double>(moved) / 2) / m) /
                      3;
  std::size_t prefix = 0;
  while (prefix < 4 && prefix < std::min(a.size(), b.size()) && a[prefix] == b[prefix]) ++prefix;
  return jaro + static_cast<double>(prefix) * 0.1 * (1 - jaro);
}

}  // namespace assent

#include "name_token.h"

#include <algorithm>
#include <array>

namespace assent {
namespace {

struct Spelling {
  char32_t cyrillic;
  std::u32string_view latin;  // What names that begin with it begin with.
};
constexpr std::array<Spelling, 31> kSpellings = {
    {{U'а', U"a"},   {U'б', U"b"},    {U'в', U"vw"},   {U'г', U"gh"},   {U'д', U"dj"},
     {U'е', U"eyj"}, {U'ж', U"zj"},   {U'з', U"zs"},   {U'и', U"iyj"},  {U'й', U"yij"},
     {U'к', U"kcq"}, {U'л', U"l"},    {U'м', U"m"},    {U'н', U"n"},    {U'о', U"o"},
     {U'п', U"p"},   {U'р', U"r"},    {U'с', U"sc"},   {U'т', U"t"},    {U'у', U"uwo"},
     {U'ф', U"fpt"}, {U'х', U"hkxj"}, {U'ц', U"tcz"},  {U'ч', U"ct"},   {U'ш', U"sc"},
     {U'щ', U"s"},   {U'э', U"ea"},   {U'ю', U"yjiu"}, {U'я', U"yjia"}, {U'і', U"iy"},
     {U'є', U"yje"}}};

bool is_cyrillic(char32_t c) {
  return c >= 0x400 && c <= 0x4FF;
}

void add_spellings(std::u32string& initials, std::u32string_view letters) {
  for (const Spelling& spelling : kSpellings) {
    for (const char32_t c : letters) {
      if (c == spelling.cyrillic) initials += spelling.latin;
      if (spelling.latin.find(c) != std::u32string_view::npos) initials += spelling.cyrillic;
    }
  }
}

}  // namespace

std::vector<NameToken> telling_tokens(std::string_view name) {
  std::vector<NameToken> tokens = name_tokens(name);
  const auto is_full = [](const NameToken& token) { return !token.is_initial; };
  if (std::any_of(tokens.begin(), tokens.end(), is_full)) {
    std::erase_if(tokens, [](const NameToken& token) { return token.is_initial; });
  } else if (tokens.size() > 1) {
    tokens.erase(tokens.begin() + 1, tokens.end());
  }
  return tokens;
}

std::u32string initials_of(std::u32string_view letters) {
  std::u32string initials(letters);
  const auto cyrillic = std::count_if(letters.begin(), letters.end(), is_cyrillic);
  const bool is_one_script =
      cyrillic == 0 || cyrillic == static_cast<std::ptrdiff_t>(letters.size());
  if (is_one_script) add_spellings(initials, letters);
  return initials;
}

}  // namespace assent

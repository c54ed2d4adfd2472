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

bool may_spell(char32_t cyrillic, char32_t latin) {
  const auto found = std::find_if(kSpellings.begin(), kSpellings.end(),
                                  [&](const Spelling& s) { return s.cyrillic == cyrillic; });
  return found != kSpellings.end() && found->latin.find(latin) != std::u32string_view::npos;
}

}  // namespace

bool begins_with_any(std::u32string_view letters, char32_t initial) {
  const auto in_its_script = [&](char32_t c) { return is_cyrillic(c) == is_cyrillic(initial); };
  if (std::any_of(letters.begin(), letters.end(), in_its_script)) {
    return letters.find(initial) != std::u32string_view::npos;
  }
  return std::any_of(letters.begin(), letters.end(),
                     [&](char32_t c) { return may_spell(c, initial) || may_spell(initial, c); });
}

}  // namespace assent

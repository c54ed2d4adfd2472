#include "cyrillic.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "single_byte.h"

namespace assent {
namespace {

// Of 100,000 letters of Russian prose, а to я.
constexpr std::array<int, 32> kRussian = {
    8010, 1590, 4540, 1700, 2980, 8450, 940, 1650, 7350, 1210, 3490, 4400, 3210, 6700, 10970, 2810,
    4730, 5470, 6260, 2620, 260,  970,  480, 1440, 730,  360,  40,   1900, 1740, 320,  640,   2010};
constexpr double kYo = 0.002;
constexpr double kOtherLetter = 0.002;  // Of Ukrainian, Serbian and others.
constexpr double kMark = 0.001;         // What texts in Russian have, see kMarks.
constexpr double kOtherMark = 0.000'1;
constexpr std::u32string_view kMarks = U"«»„“”‘’–—…№§°\u00A0";
constexpr double kNever = 0.000'01;  // Lines of boxes, what is not defined.
// A capital after a small letter; natural logarithms, as all scores.
constexpr double kCapitalInside = -6;
// By how much the best must lead: about 1 to 150 that it is another.
constexpr double kLead = 5;
// Words of Russian have about -3 a letter, of its neighbours -4; bytes by chance, or in another
// script, far less.
constexpr double kPlausible = -5;

bool is_letter(char32_t c) {
  UErrorCode code = U_ZERO_ERROR;
  return c != kUndefined && u_isalpha(static_cast<UChar32>(c)) != 0 &&
         uscript_getScript(static_cast<UChar32>(c), &code) == USCRIPT_CYRILLIC;
}

double likelihood(char32_t c) {
  if (c == kUndefined) return kNever;
  const auto small = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
  if (small >= U'а' && small <= U'я') return kRussian.at(small - U'а') / 100'000.0;
  if (small == U'ё') return kYo;
  if (is_letter(c)) return kOtherLetter;
  const auto category = u_charType(static_cast<UChar32>(c));
  const bool is_line = c >= 0x2500 && c <= 0x25FF;
  if (is_line || category == U_UNASSIGNED) return kNever;
  return kMarks.find(c) == std::u32string_view::npos ? kOtherMark : kMark;
}

struct Score {
  Encoding encoding = Encoding::kWindows1251;
  double score = 0;
  std::uint64_t letters = 0;
  std::uint64_t others = 0;
};

bool reads_alike(Encoding a, Encoding b, const std::array<std::uint64_t, 128>& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) != 0 && high_half(a).at(i) != high_half(b).at(i)) return false;
  }
  return true;
}

}  // namespace

CyrillicGuess::CyrillicGuess() : pairs_((kHigh + 1) * kHigh) {}

CyrillicGuess::Verdict CyrillicGuess::finish() const {
  std::array<std::uint64_t, kHigh> counts{};
  for (std::size_t i = 0; i < pairs_.size(); ++i) counts.at(i % kHigh) += pairs_[i];
  std::array<Score, kSingleByteEncodings.size()> scores;
  for (std::size_t e = 0; e < scores.size(); ++e) {
    Score& score = scores.at(e);
    score.encoding = kSingleByteEncodings.at(e);
    const HighHalf& half = high_half(score.encoding);
    for (std::size_t i = 0; i < kHigh; ++i) {
      const auto times = static_cast<double>(counts.at(i));
      if (counts.at(i) == 0) continue;
      score.score += times * std::log(likelihood(half.at(i)));
      (is_letter(half.at(i)) ? score.letters : score.others) += counts.at(i);
      if (!is_letter(half.at(i)) || u_isupper(static_cast<UChar32>(half.at(i))) == 0) continue;
      for (std::size_t before = 1; before <= kHigh; ++before) {
        const char32_t c = half.at(before - 1);
        if (!is_letter(c) || u_islower(static_cast<UChar32>(c)) == 0) continue;
        score.score += kCapitalInside * static_cast<double>(pairs_[before * kHigh + i]);
      }
    }
  }
  // Stable: of those that are equal the one that is preferred.
  std::ranges::stable_sort(scores, std::ranges::greater(), &Score::score);
  const Score& best = scores.front();
  Verdict verdict;
  const auto bytes = static_cast<double>(best.letters + best.others);
  verdict.is_cyrillic = best.letters > best.others && best.score >= kPlausible * bytes;
  const auto rival = std::ranges::find_if(scores, [&](const Score& other) {
    return !reads_alike(best.encoding, other.encoding, counts);
  });
  const bool leads = rival == scores.end() || best.score - rival->score >= kLead;
  if (leads) verdict.encoding = best.encoding;
  return verdict;
}

}  // namespace assent

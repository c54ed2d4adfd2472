#include "audit/retention_rules.h"

#include <algorithm>

#include "audit/checkpoint.h"

namespace assent {
namespace {

constexpr std::string_view kFirst = "assent-log-retention/1\n";
constexpr std::string_view kMinimum = "\nminimum ";

std::int64_t days_us(std::uint32_t days) {
  return static_cast<std::int64_t>(days) * kDayUs;
}

bool is_range(const DeclaredPrune& prune) {
  const PrunedRange& range = prune.range;
  return range.minimum > 0 && range.minimum % kPrunedTogether == 0 &&
         range.minimum <= range.announced && range.announced < range.size &&
         range.size <= prune.entry;
}

}  // namespace

std::optional<AnnouncedTerms> announced_terms(std::uint64_t entry, const Leaf& leaf) {
  const auto* terms = std::get_if<RetentionTerms>(&leaf.ext);
  if (terms == nullptr) return std::nullopt;
  return AnnouncedTerms{entry, leaf.time, *terms};
}

std::optional<DeclaredPrune> declared_prune(std::uint64_t entry, const Leaf& leaf) {
  const auto* range = std::get_if<PrunedRange>(&leaf.ext);
  if (range == nullptr) return std::nullopt;
  return DeclaredPrune{entry, leaf.time, *range, leaf.record_hash};
}

std::optional<Timestamp> newest_prunable(std::span<const AnnouncedTerms> known,
                                         std::uint64_t announcement, Timestamp at) {
  const auto first = std::ranges::find(known, announcement, &AnnouncedTerms::entry);
  if (first == known.end()) return std::nullopt;
  if (first->at.us + days_us(first->terms.notice_days) > at.us) return std::nullopt;
  std::uint32_t longest = 0;
  for (auto one = first; one != known.end(); ++one) longest = std::max(longest, one->terms.days);
  return Timestamp{at.us - days_us(longest)};
}

std::optional<StaticText> breach_of(const DeclaredPrune& prune,
                                    std::span<const AnnouncedTerms> known) {
  if (!is_range(prune)) return StaticText("the log was pruned by numbers that do not fit");
  const auto before = [&](const AnnouncedTerms& one) { return one.entry < prune.entry; };
  const auto end = std::ranges::find_if_not(known, before);
  const std::span<const AnnouncedTerms> earlier(known.begin(), end);
  if (std::ranges::find(earlier, prune.range.announced, &AnnouncedTerms::entry) == earlier.end()) {
    return kTermsNotKnown;
  }
  const auto newest = newest_prunable(earlier, prune.range.announced, prune.at);
  if (!newest)
    return StaticText("the log was pruned before its terms had been announced for long enough");
  if (prune.range.newest > *newest) {
    return StaticText("the log was pruned of entries that are younger than it had announced");
  }
  return std::nullopt;
}

std::string retention_text(const std::string& origin, const PublishedRetention& retention) {
  const AnnouncedTerms& announced = retention.announced;
  const std::uint64_t minimum = retention.pruned ? retention.pruned->range.minimum : 0;
  std::string text(kFirst);
  text += "origin " + origin + "\nkeeps-days " + std::to_string(announced.terms.days) +
          "\nnotice-days " + std::to_string(announced.terms.notice_days) + "\nannounced " +
          std::to_string(announced.entry) + " " + to_rfc3339(announced.at) + std::string(kMinimum) +
          std::to_string(minimum) + "\n";
  if (!retention.pruned) return text;
  const DeclaredPrune& pruned = *retention.pruned;
  return text + "pruned " + std::to_string(pruned.entry) + " " + to_rfc3339(pruned.at) + "\n";
}

std::optional<std::uint64_t> minimum_in(std::string_view text) {
  if (!text.starts_with(kFirst)) return std::nullopt;
  const auto at = text.find(kMinimum);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kMinimum.size());
  const auto minimum = parse_number(text.substr(0, text.find('\n')));
  return minimum.ok() ? std::optional(*minimum) : std::nullopt;
}

}  // namespace assent

#pragma once

#include <cstdint>
#include <span>

namespace assent::sample {

// What a throw is about. Each topic of each person has its own sequence, so a new question about
// one topic changes no other answer.
enum class Topic : std::uint64_t {
  kNation = 1,
  kGivenName,
  kFamilyName,
  kLife,
  kPresence,
  kCrm,
  kShop,
  kWishes,
  kOptOut,
  kPurchases,
  kCompany,
  kDuplicate,
  kSecondPhone,
  kPlace
};

// SplitMix64 seeded by (seed, index, topic): the same numbers on every machine, and any person can
// be thrown again alone. Not for secrets.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t index, Topic topic);
  std::uint64_t next();
  std::uint32_t below(std::uint32_t n);  // 0 … n-1; n > 0.
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  // The index of one of `weights`, in proportion to them; their sum is above 0.
  std::size_t weighted(std::span<const std::uint32_t> weights);
  template <class T>
  const T& pick(std::span<const T> list) {
    return list[below(static_cast<std::uint32_t>(list.size()))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace assent::sample

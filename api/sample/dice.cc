#include "dice.h"

namespace assent::sample {
namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

}  // namespace

Dice::Dice(std::uint64_t seed, std::uint64_t index, Topic topic)
    : state_(mix(mix(mix(seed + kGolden) + index) + static_cast<std::uint64_t>(topic))) {}

std::uint64_t Dice::next() {
  return mix(state_ += kGolden);
}

std::uint32_t Dice::below(std::uint32_t n) {
  return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
}

std::size_t Dice::weighted(std::span<const std::uint32_t> weights) {
  std::uint32_t sum = 0;
  for (const std::uint32_t weight : weights) sum += weight;
  std::uint32_t left = below(sum);
  std::size_t at = 0;
  while (left >= weights[at]) left -= weights[at++];
  return at;
}

}  // namespace assent::sample

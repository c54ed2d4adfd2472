#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "names.h"

namespace assent::sample {

// An index into kSampleChannels.
enum class InventedChannel : std::uint8_t { kEmail, kSms, kPhoneLive };
inline constexpr std::size_t kChannels = 3;

// The notice a person of `nation` was shown on `day`; no channel means the consent to process.
// The keys are those of policies/notices.yaml (a test compares).
std::string_view notice_for(Nation nation, std::optional<InventedChannel> channel, Date day);

// The consent that stood inside the offer: good only while the law allowed that.
inline constexpr std::string_view kBundledNotice = "ru-offer-2024";
// From this day on a consent to process must be a document of its own (law.md 1.2).
inline constexpr Date kSeparateFrom{2025, 9, 1};
// The oldest notices outside Russia; nobody in the sample consented earlier.
inline constexpr Date kFirstConsent{2025, 1, 2};

}  // namespace assent::sample

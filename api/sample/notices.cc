#include "notices.h"

#include <array>

namespace assent::sample {
namespace {

struct NoticeKeys {
  std::string_view processing;
  std::array<std::string_view, kChannels> channel;
};

constexpr NoticeKeys kRussianOld{kBundledNotice, {"ru-ads-2024", "ru-ads-2024", "ru-ads-2024"}};
constexpr NoticeKeys kRussian{"ru-processing-2025",
                              {"ru-ads-email-2025", "ru-ads-sms-2025", "ru-ads-phone-2025"}};
constexpr NoticeKeys kGerman{"eu-processing-2025",
                             {"eu-email-2025", "eu-sms-2025", "eu-phone-2025"}};
constexpr NoticeKeys kEnglish{"uk-processing-2025",
                              {"uk-email-2025", "uk-sms-2025", "uk-phone-2025"}};

const NoticeKeys& keys_for(Nation nation, Date day) {
  if (nation == Nation::kRussian) return day < kSeparateFrom ? kRussianOld : kRussian;
  return nation == Nation::kGerman ? kGerman : kEnglish;
}

}  // namespace

std::string_view notice_for(Nation nation, std::optional<InventedChannel> channel, Date day) {
  const NoticeKeys& keys = keys_for(nation, day);
  return channel ? keys.channel[static_cast<std::size_t>(*channel)] : keys.processing;
}

}  // namespace assent::sample

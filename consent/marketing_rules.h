#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consent/vocabulary.h"
#include "core/clock.h"

// What a policy says about advertising, channel by channel. Private; see policy_rules.h.
namespace assent {

enum class ChannelRule {
  kFree,             // No consent to the channel is asked for.
  kOptIn,            // Prior consent.
  kOptInOrSoft,      // Prior consent or the existing-customer exception.
  kOptOut,           // Until the person says no.
  kOptOutDnc,        // The same, and not against a national list.
  kBanned,           // Never.
  kDisclosureOptIn,  // Consent to hand on to the named recipient.
};

struct ChannelKey {
  struct Past {
    Country country;
    Date to;  // The last day of `rule`.
    ChannelRule rule;
  };
  ChannelRule rule = ChannelRule::kOptIn;
  std::string cite;
  std::vector<std::pair<Country, ChannelRule>> national;
  std::vector<Past> history;  // By `to`.
  std::optional<ChannelRule> legal_persons;
  bool relationship_overrides_dnc = false;
  std::vector<std::pair<std::string, Date>> banned_platforms;  // Name, first day of the ban.
  std::string banned_cite;
};

struct SoftRules {
  std::uint8_t needed = 0;  // Bits of SoftCondition.
  std::optional<Date> charity_from;
  std::uint8_t charity_needed = 0;
  std::string cite;
};

enum class MessageNeed { kSender, kUnsubscribe, kPostalAddress, kHonest, kQuietHours };
struct QuietHours {
  int from = 0;  // Minutes after midnight, the first quiet one.
  int to = 0;    // The first that is not quiet.
  std::string cite;
};

struct Marketing {
  enum class Processing { kNone, kBasis, kOptIn };
  Processing processing = Processing::kOptIn;
  std::vector<Basis> accepts;
  std::string processing_cite;
  std::array<std::optional<ChannelKey>, kChannelCount> channels;
  bool other_channels_free = false;  // Else a channel without a rule needs opt-in.
  std::optional<SoftRules> soft;
  std::vector<MessageNeed> message;
  std::string message_cite;
  std::optional<QuietHours> quiet;
};

}  // namespace assent

#include "consent/vocabulary.h"

#include <utility>

namespace assent {
namespace {

template <class Value>
using Named = std::pair<std::string_view, Value>;

constexpr Named<Purpose> kPurposes[] = {{"unknown", Purpose::kUnknown},
                                        {"direct_marketing", Purpose::kDirectMarketing},
                                        {"service", Purpose::kService},
                                        {"sale_share", Purpose::kSaleShare},
                                        {"analytics", Purpose::kAnalytics},
                                        {"profiling", Purpose::kProfiling},
                                        {"identity_resolution", Purpose::kIdentityResolution}};

constexpr Named<Channel> kChannels[] = {{"unknown", Channel::kUnknown},
                                        {"email", Channel::kEmail},
                                        {"sms", Channel::kSms},
                                        {"push", Channel::kPush},
                                        {"messenger", Channel::kMessenger},
                                        {"phone_live", Channel::kPhoneLive},
                                        {"phone_auto", Channel::kPhoneAuto},
                                        {"post", Channel::kPost},
                                        {"ads_upload", Channel::kAdsUpload},
                                        {"export", Channel::kExport}};
static_assert(std::size(kChannels) == kChannelCount);

constexpr Named<Basis> kBases[] = {{"none", Basis::kNone},
                                   {"consent", Basis::kConsent},
                                   {"contract", Basis::kContract},
                                   {"legal_obligation", Basis::kLegalObligation},
                                   {"vital_interests", Basis::kVitalInterests},
                                   {"public_task", Basis::kPublicTask},
                                   {"legitimate_interest", Basis::kLegitimateInterest},
                                   {"soft_opt_in", Basis::kSoftOptIn}};

constexpr Named<SoftCondition> kSoftConditions[] = {
    {"obtained_in_sale", SoftCondition::kObtainedInSale},
    {"own_similar", SoftCondition::kOwnSimilar},
    {"optout_at_collection", SoftCondition::kOptoutAtCollection},
    {"optout_in_each_message", SoftCondition::kOptoutInEachMessage},
    {"not_refused", SoftCondition::kNotRefused},
    {"obtained_from_supporter", SoftCondition::kObtainedFromSupporter},
    {"charitable_purpose", SoftCondition::kCharitablePurpose},
    {"charity", SoftCondition::kCharity}};

template <class Value, std::size_t N>
std::optional<Value> find(const Named<Value> (&table)[N], std::string_view name) {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  return std::nullopt;
}

template <class Value, std::size_t N>
std::string_view name_of(const Named<Value> (&table)[N], Value value) {
  for (const auto& [name, known] : table) {
    if (known == value) return name;
  }
  return table[0].first;
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

std::optional<Country> Country::parse(std::string_view text) {
  if (text.size() != 2 || !is_upper(text[0]) || !is_upper(text[1])) return std::nullopt;
  return Country{{text[0], text[1]}};
}

Purpose parse_purpose(std::string_view name) {
  return find(kPurposes, name).value_or(Purpose::kUnknown);
}
Channel parse_channel(std::string_view name) {
  return find(kChannels, name).value_or(Channel::kUnknown);
}
std::optional<Basis> parse_basis(std::string_view name) {
  return find(kBases, name);
}
std::optional<SoftCondition> parse_soft_condition(std::string_view name) {
  return find(kSoftConditions, name);
}
std::string_view purpose_name(Purpose purpose) {
  return name_of(kPurposes, purpose);
}
std::string_view channel_name(Channel channel) {
  return name_of(kChannels, channel);
}

}  // namespace assent

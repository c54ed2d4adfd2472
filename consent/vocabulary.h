#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The words facts and policies share. The numbers stand in facts_hash and in the database and never
// change. kUnknown is what a check denies on.
namespace assent {

// ISO 3166-1 alpha-2, or unknown.
struct Country {
  std::array<char, 2> code{};
  static std::optional<Country> parse(std::string_view text);  // Two upper-case letters.
  bool known() const { return code[0] != '\0'; }
  std::string_view text() const { return {code.data(), known() ? std::size_t{2} : 0}; }
  friend auto operator<=>(const Country&, const Country&) = default;
};

enum class Purpose : std::uint8_t {
  kUnknown = 0,
  kDirectMarketing = 1,
  kService = 2,
  kSaleShare = 3,
  kAnalytics = 4,
  kProfiling = 5,
  kIdentityResolution = 6
};
enum class Channel : std::uint8_t {
  kUnknown = 0,
  kEmail = 1,
  kSms = 2,
  kPush = 3,
  kMessenger = 4,
  kPhoneLive = 5,
  kPhoneAuto = 6,
  kPost = 7,
  kAdsUpload = 8,
  kExport = 9  // A file for a recipient; no message to the person.
};
inline constexpr std::size_t kChannelCount = 10;
enum class Basis : std::uint8_t {
  kNone = 0,
  kConsent = 1,
  kContract = 2,
  kLegalObligation = 3,
  kVitalInterests = 4,
  kPublicTask = 5,
  kLegitimateInterest = 6,
  kSoftOptIn = 7
};
enum class ConsentKey : std::uint8_t {
  kUnknown = 0,
  kProcessing = 1,  // To process for the purpose.
  kChannel = 2,     // To receive marketing through the channel.
  kDisclosure = 3,  // To hand on to the named recipient.
  kExplicit = 4,    // For special categories.
  kWritten = 5,     // For special categories, in written form.
  kSaleOptin = 6    // To sell or share a minor's data.
};
enum class ConsentState : std::uint8_t {
  kNever = 0,
  kPending = 1,
  kGiven = 2,
  kRefused = 3,
  kWithdrawn = 4,
  kObjected = 5,
  kExpired = 6,
  kInvalid = 7
};
enum class RecipientRole : std::uint8_t {
  kUnknown = 0,
  kInternal = 1,
  kProcessor = 2,
  kThirdParty = 3,
  kAdPlatform = 4,
  kJoint = 5
};
// Where a notified cross-border transfer stands with the regulator.
enum class TransferNotice : std::uint8_t { kNone = 0, kNotified = 1, kCleared = 2, kBanned = 3 };

// Conditions of the existing-customer exception that were found true.
enum class SoftCondition : std::uint8_t {
  kObtainedInSale = 0,
  kOwnSimilar = 1,
  kOptoutAtCollection = 2,
  kOptoutInEachMessage = 3,
  kNotRefused = 4,
  kObtainedFromSupporter = 5,
  kCharitablePurpose = 6,
  kCharity = 7  // Not a condition: the sender is a charity.
};
struct SoftOptIn {
  std::uint8_t met = 0;
  constexpr void set(SoftCondition condition) { met |= mask(condition); }
  static constexpr std::uint8_t mask(SoftCondition condition) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(condition));
  }
  friend bool operator==(const SoftOptIn&, const SoftOptIn&) = default;
};

// Names as in tests/golden/policy/gate_cases.json; unknown text gives kUnknown or nullopt.
Purpose parse_purpose(std::string_view name);
Channel parse_channel(std::string_view name);
std::optional<Basis> parse_basis(std::string_view name);
std::optional<SoftCondition> parse_soft_condition(std::string_view name);
std::string_view purpose_name(Purpose purpose);
std::string_view channel_name(Channel channel);

}  // namespace assent

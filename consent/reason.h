#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/static_text.h"

namespace assent {

// Why a decision came out as it did: the closed list. The numbers are stored in the database and in
// the log, so they never change meaning; gaps leave room. A smaller number takes precedence: the
// primary reason of a denial is the one with the smallest number (the order is that of the
// precedence list in tests/golden/policy/gate_cases.json).
enum class Reason : std::int16_t {
  kOk = 0,
  kNoPolicy = 10,
  kSubjectErased = 20,
  kLegalHoldOnly = 30,
  kRestricted = 40,           // Restriction of processing.
  kBlockedForCheck = 50,      // Blocked while a claim is checked.
  kBlockedOnRequest = 60,     // Blocked because the person asked.
  kTerminationDemanded = 70,  // The person demanded that processing ends.
  kObjectionMarketing = 80,   // Absolute objection to direct marketing.
  kObjectionPending = 90,     // Reasoned objection, not decided yet.
  kSuppressed = 100,          // The contact point is on the suppression list for this channel.
  kNationalDnc = 110,         // On a national do-not-call list.
  kOptOutSaleSharing = 120,   // Opted out of sale or sharing, a browser signal included.
  kLimitSensitive = 130,      // Asked to limit the use of sensitive data.
  kOptOutNoTransfer = 140,    // An opted-out address must not be handed on.
  kRetentionExpired = 150,    // The term of keeping has ended.
  kLocalisationBreach = 160,  // The database stands in a country where it may not.
  kChannelBanned = 170,       // The channel or platform is forbidden for advertising.
  kAgeUnknown = 180,          // Age not known on a service directed at children.
  kMinorNoParental = 190,     // Too young to consent alone.
  kMinorProfiledAds = 200,    // No profiled advertising to minors.
  kMinorSaleNoOptin = 210,    // Sale of a minor's data without opt-in.
  kSpecialCategory = 220,     // Special categories without explicit (or written) consent.
  kNoticeMissing = 230,       // The person was not informed yet.
  kNoProcessingBasis = 240,   // No recorded basis for the purpose.
  kConsentWithdrawn = 250,    // Withdrawn, refused or objected.
  kConsentExpired = 260,
  kConsentPending = 270,
  kConsentPreTicked = 280,
  kConsentConditional = 290,  // Was a condition of a contract that does not need it.
  kConsentBundled = 300,      // Not distinguishable from other matters.
  kConsentNotSeparate = 310,  // Not a document of its own where the law asks for one.
  kConsentNoEvidence = 320,
  kConsentWrongPurpose = 330,
  kNoChannelConsent = 340,
  kSoftOptinFailed = 350,  // A condition of the existing-customer exception is not met.
  kNoProcessorContract = 360,
  kNoThirdPartyContract = 370,
  kNoDisclosureConsent = 380,
  kTransferNoTool = 390,
  kCrossborderBanned = 400,
  kCrossborderNotNotified = 410,
  kCrossborderWaiting = 420,
  kMsgSenderHidden = 430,
  kMsgNoUnsubscribe = 440,
  kMsgNoPostalAddress = 450,
  kMsgDeceptive = 460,
  kQuietHours = 470,
  kNoContactPoint =
      480  // Ours, for funnels: nothing to reach the person by. The engine never says it.
};

// The name as it stands in reports, policies and test tables, e.g. "NO_POLICY".
StaticText reason_name(Reason reason);
std::optional<Reason> parse_reason(std::string_view name);
std::optional<Reason> reason_from_number(std::int16_t number);
// Every reason, in order of precedence; OK first.
std::span<const Reason> all_reasons();

}  // namespace assent

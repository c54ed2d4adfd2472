#include "api/reason_text.h"

namespace assent {

StaticText reason_sentence(Reason reason) {
  switch (reason) {
    case Reason::kOk:
      return "every condition is met";
    case Reason::kNoPolicy:
      return "no policy in force answers for this person: unknown law means no";
    case Reason::kSubjectErased:
      return "the person was erased";
    case Reason::kLegalHoldOnly:
      return "the data is kept for legal claims only";
    case Reason::kRestricted:
      return "the person had processing restricted";
    case Reason::kBlockedForCheck:
      return "the data is blocked while a claim about it is checked";
    case Reason::kBlockedOnRequest:
      return "the data is blocked because the person asked for it";
    case Reason::kTerminationDemanded:
      return "the person demanded that processing end";
    case Reason::kObjectionMarketing:
      return "the person objected to direct marketing";
    case Reason::kObjectionPending:
      return "the person objected and the objection is not decided yet";
    case Reason::kSuppressed:
      return "the address is on the suppression list for this channel";
    case Reason::kNationalDnc:
      return "the number is on a national do-not-call list";
    case Reason::kOptOutSaleSharing:
      return "the person opted out of sale and sharing";
    case Reason::kLimitSensitive:
      return "the person limited the use of sensitive data";
    case Reason::kOptOutNoTransfer:
      return "an address that opted out may not be handed on";
    case Reason::kRetentionExpired:
      return "the term of keeping has ended";
    case Reason::kLocalisationBreach:
      return "the database stands in a country where this data may not be kept";
    case Reason::kChannelBanned:
      return "the channel or platform is forbidden for advertising";
    case Reason::kAgeUnknown:
      return "the person's age is not known, and the service is directed at children";
    case Reason::kMinorNoParental:
      return "the person is too young to consent without a parent";
    case Reason::kMinorProfiledAds:
      return "a minor may not get profiled advertising";
    case Reason::kMinorSaleNoOptin:
      return "the data of a minor may not be sold without opt-in";
    case Reason::kSpecialCategory:
      return "special categories of data need explicit consent";
    case Reason::kNoticeMissing:
      return "the person has not been informed yet";
    case Reason::kNoProcessingBasis:
      return "no basis of processing is recorded for the purpose";
    case Reason::kConsentWithdrawn:
      return "consent was refused or withdrawn";
    case Reason::kConsentExpired:
      return "consent has expired";
    case Reason::kConsentPending:
      return "consent was asked for and not confirmed yet";
    case Reason::kConsentPreTicked:
      return "the box of the consent was ticked beforehand";
    case Reason::kConsentConditional:
      return "consent was made a condition of a contract that does not need it";
    case Reason::kConsentBundled:
      return "consent was not asked for apart from other matters";
    case Reason::kConsentNotSeparate:
      return "consent is not a document of its own, as the law asks";
    case Reason::kConsentNoEvidence:
      return "there is no evidence of the consent";
    case Reason::kConsentWrongPurpose:
      return "consent was given for another purpose";
    case Reason::kNoChannelConsent:
      return "there is no consent to this channel";
    case Reason::kSoftOptinFailed:
      return "a condition of the exception for existing customers is not met";
    case Reason::kNoProcessorContract:
      return "there is no contract with the processor";
    case Reason::kNoThirdPartyContract:
      return "there is no contract with the third party";
    case Reason::kNoDisclosureConsent:
      return "there is no consent to disclosure to a third party";
    case Reason::kTransferNoTool:
      return "no transfer tool covers the country of the recipient";
    case Reason::kCrossborderBanned:
      return "the authority has banned the transfer to this country";
    case Reason::kCrossborderNotNotified:
      return "the authority was not notified of the transfer abroad";
    case Reason::kCrossborderWaiting:
      return "the term of the authority to forbid the transfer has not passed";
    case Reason::kMsgSenderHidden:
      return "the message does not name its sender";
    case Reason::kMsgNoUnsubscribe:
      return "the message offers no way to unsubscribe";
    case Reason::kMsgNoPostalAddress:
      return "the message has no postal address of the sender";
    case Reason::kMsgDeceptive:
      return "the message misleads";
    case Reason::kQuietHours:
      return "it is too early or too late in the day there";
    case Reason::kNoContactPoint:
      return "there is no contact point for this channel";
  }
  return "";
}

}  // namespace assent

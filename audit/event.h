#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/static_text.h"

// The closed vocabulary of the audit log. The numbers stand in signed leaves: they are never
// changed and never used again. Source: data-protection 9.2 and 9.3; docs/audit-format.md.
namespace assent {

// What happened. The high byte is the group.
enum class AuditEvent : std::uint16_t {
  // Installation and keys.
  kWriterOpened = 0x0101,
  kMigrationApplied = 0x0102,
  kTenantCreated = 0x0103,
  kPolicyLoaded = 0x0104,
  kLogRecovered = 0x0105,  // A database that was behind got its entries back.
  kFork = 0x0106,          // The log goes on under a new origin, without all entries of the old.
  kLogRetentionAnnounced = 0x0107,  // How long the log keeps its entries from now on.
  kLogPruned = 0x0108,              // Entries before a number are no longer kept.
  kDataRestored = 0x0109,  // Older rows were erased and denied again: what a restore ends with.
  kBackupTaken = 0x010a,   // A copy of one cluster left it, sealed.
  kKeyEpochCreated = 0x0110,
  kKekEpochBurned = 0x0111,
  kSigningKeyCreated = 0x0112,
  kRootRotated = 0x0113,
  kRootSplit = 0x0114,
  kTablesVacuumed = 0x0115,     // What deleted rows left in the files of both clusters is swept up.
  kRecordKeysRotated = 0x0116,  // Units got a new key; or, of object kind key, old versions went.
  kSafeRestored = 0x0117,       // An older safe lost again what the data says is destroyed.
  kHeartbeat = 0x0120,          // A process names the last numbers of its writers.
  // Access.
  kTokenCreated = 0x0201,
  kTokenRevoked = 0x0202,
  kAccessDenied = 0x0203,
  kAuditExported = 0x0204,
  kAuditRead = 0x0205,
  // Reads and disclosure of personal data.
  kRecordRead = 0x0301,
  kLookup = 0x0302,
  kRejectedRowRead = 0x0303,
  kAccessExport = 0x0304,
  kLookupAlarm = 0x0305,  // A token found nobody too often: what it counts.
  // Ingestion and identity. A batch is one act of many rows.
  kBatch = 0x0401,
  kImportStarted = 0x0402,
  kImportFinished = 0x0403,
  kRecordRetired = 0x0404,
  kProfilesLinked = 0x0410,
  kProfileUnmerged = 0x0411,
  kCannotLink = 0x0412,
  // Consent.
  kConsentRecorded = 0x0501,
  kConsentWithdrawn = 0x0502,
  kSuppressed = 0x0503,
  kDecisionForUse = 0x0504,
  kNoticePublished = 0x0505,
  kPurposeRegistered = 0x0506,
  // Segments and releases.
  kSegmentDefined = 0x0601,
  kSegmentComputed = 0x0602,
  kRecipientRegistered = 0x0603,
  kReleaseOpened = 0x0604,
  kReleaseDelivered = 0x0605,
  kReleaseAborted = 0x0606,
  // Rights of the person.
  kRequestReceived = 0x0701,
  kEraseRequested = 0x0702,
  kKeyDestroyed = 0x0703,
  kErasureCompleted = 0x0704,
  kRequestClosed = 0x0705,
  kHoldPlaced = 0x0706
};

enum class ActorKind : std::uint8_t { kSystem = 0, kToken = 1, kPerson = 2, kProcess = 3 };

// What the leaf's object reference names.
enum class ObjectKind : std::uint16_t {
  kNone = 0,
  kRecord = 1,
  kProfile = 2,
  kImport = 3,
  kRelease = 4,
  kSegment = 5,
  kToken = 6,
  kTenant = 7,
  kRecipient = 8,
  kRequest = 9,
  kKey = 10,
  kNotice = 11,
  kPolicy = 12,
  kRejectedRow = 13,
  kLog = 14
};

enum class Outcome : std::uint8_t { kDone = 0, kRefused = 1, kFailed = 2 };

enum class LegalBasis : std::uint16_t {
  kNone = 0,
  kConsent = 1,
  kContract = 2,
  kLegalObligation = 3,
  kVital = 4,
  kPublic = 5,
  kLegitimateInterest = 6,
  kSoftOptIn = 7
};

// The purposes' names and rules come from policies/; their wire numbers live here.
enum class PurposeCode : std::uint16_t {
  kNone = 0,
  kDirectMarketing = 1,
  kService = 2,
  kAnalytics = 3,
  kProfiling = 4,
  kIdentityResolution = 5,
  kRightsRequest = 6,
  kAudit = 7,
  kIngestion = 8,
  kOperations = 9
};

// The stable text name: "KEY_DESTROYED" for events, "legitimate_interest" for the others.
// Throws std::invalid_argument for a number that is not in the enumeration (a bug of the caller).
template <class E>
StaticText wire_name(E value);

// nullopt for what this version does not know. E is one of the six enumerations above.
template <class E>
std::optional<E> from_wire(std::uint16_t number);
template <class E>
std::optional<E> from_wire_name(std::string_view name);

}  // namespace assent

#include "audit/event.h"

#include <stdexcept>

namespace assent {
namespace {

template <class E>
struct Row {
  E value;
  StaticText name;
};

// The rows of one enumeration.
template <class E>
struct Table;

template <>
struct Table<AuditEvent> {
  static constexpr Row<AuditEvent> kRows[] = {
      {AuditEvent::kWriterOpened, "WRITER_OPENED"},
      {AuditEvent::kMigrationApplied, "MIGRATION_APPLIED"},
      {AuditEvent::kTenantCreated, "TENANT_CREATED"},
      {AuditEvent::kPolicyLoaded, "POLICY_LOADED"},
      {AuditEvent::kLogRecovered, "LOG_RECOVERED"},
      {AuditEvent::kFork, "FORK"},
      {AuditEvent::kLogRetentionAnnounced, "LOG_RETENTION_ANNOUNCED"},
      {AuditEvent::kLogPruned, "LOG_PRUNED"},
      {AuditEvent::kDataRestored, "DATA_RESTORED"},
      {AuditEvent::kBackupTaken, "BACKUP_TAKEN"},
      {AuditEvent::kKeyEpochCreated, "KEY_EPOCH_CREATED"},
      {AuditEvent::kKekEpochBurned, "KEK_EPOCH_BURNED"},
      {AuditEvent::kSigningKeyCreated, "SIGNING_KEY_CREATED"},
      {AuditEvent::kRootRotated, "ROOT_ROTATED"},
      {AuditEvent::kRootSplit, "ROOT_SPLIT"},
      {AuditEvent::kTablesVacuumed, "TABLES_VACUUMED"},
      {AuditEvent::kSafeRestored, "SAFE_RESTORED"},
      {AuditEvent::kRecordKeysRotated, "RECORD_KEYS_ROTATED"},
      {AuditEvent::kHeartbeat, "HEARTBEAT"},
      {AuditEvent::kTokenCreated, "TOKEN_CREATED"},
      {AuditEvent::kTokenRevoked, "TOKEN_REVOKED"},
      {AuditEvent::kAccessDenied, "ACCESS_DENIED"},
      {AuditEvent::kAuditExported, "AUDIT_EXPORTED"},
      {AuditEvent::kAuditRead, "AUDIT_READ"},
      {AuditEvent::kRecordRead, "RECORD_READ"},
      {AuditEvent::kLookup, "LOOKUP"},
      {AuditEvent::kRejectedRowRead, "REJECTED_ROW_READ"},
      {AuditEvent::kAccessExport, "ACCESS_EXPORT"},
      {AuditEvent::kLookupAlarm, "LOOKUP_ALARM"},
      {AuditEvent::kBatch, "BATCH"},
      {AuditEvent::kImportStarted, "IMPORT_STARTED"},
      {AuditEvent::kImportFinished, "IMPORT_FINISHED"},
      {AuditEvent::kRecordRetired, "RECORD_RETIRED"},
      {AuditEvent::kProfilesLinked, "PROFILES_LINKED"},
      {AuditEvent::kProfileUnmerged, "PROFILE_UNMERGED"},
      {AuditEvent::kCannotLink, "CANNOT_LINK"},
      {AuditEvent::kConsentRecorded, "CONSENT_RECORDED"},
      {AuditEvent::kConsentWithdrawn, "CONSENT_WITHDRAWN"},
      {AuditEvent::kSuppressed, "SUPPRESSED"},
      {AuditEvent::kDecisionForUse, "DECISION_FOR_USE"},
      {AuditEvent::kNoticePublished, "NOTICE_PUBLISHED"},
      {AuditEvent::kPurposeRegistered, "PURPOSE_REGISTERED"},
      {AuditEvent::kSegmentDefined, "SEGMENT_DEFINED"},
      {AuditEvent::kSegmentComputed, "SEGMENT_COMPUTED"},
      {AuditEvent::kRecipientRegistered, "RECIPIENT_REGISTERED"},
      {AuditEvent::kReleaseOpened, "RELEASE_OPENED"},
      {AuditEvent::kReleaseDelivered, "RELEASE_DELIVERED"},
      {AuditEvent::kReleaseAborted, "RELEASE_ABORTED"},
      {AuditEvent::kRequestReceived, "REQUEST_RECEIVED"},
      {AuditEvent::kEraseRequested, "ERASE_REQUESTED"},
      {AuditEvent::kKeyDestroyed, "KEY_DESTROYED"},
      {AuditEvent::kErasureCompleted, "ERASURE_COMPLETED"},
      {AuditEvent::kRequestClosed, "REQUEST_CLOSED"},
      {AuditEvent::kHoldPlaced, "HOLD_PLACED"}};
};

template <>
struct Table<ActorKind> {
  static constexpr Row<ActorKind> kRows[] = {{ActorKind::kSystem, "system"},
                                             {ActorKind::kToken, "token"},
                                             {ActorKind::kPerson, "person"},
                                             {ActorKind::kProcess, "process"}};
};

template <>
struct Table<ObjectKind> {
  static constexpr Row<ObjectKind> kRows[] = {{ObjectKind::kNone, "none"},
                                              {ObjectKind::kRecord, "record"},
                                              {ObjectKind::kProfile, "profile"},
                                              {ObjectKind::kImport, "import"},
                                              {ObjectKind::kRelease, "release"},
                                              {ObjectKind::kSegment, "segment"},
                                              {ObjectKind::kToken, "token"},
                                              {ObjectKind::kTenant, "tenant"},
                                              {ObjectKind::kRecipient, "recipient"},
                                              {ObjectKind::kRequest, "request"},
                                              {ObjectKind::kKey, "key"},
                                              {ObjectKind::kNotice, "notice"},
                                              {ObjectKind::kPolicy, "policy"},
                                              {ObjectKind::kRejectedRow, "rejected_row"},
                                              {ObjectKind::kLog, "log"}};
};

template <>
struct Table<Outcome> {
  static constexpr Row<Outcome> kRows[] = {
      {Outcome::kDone, "done"}, {Outcome::kRefused, "refused"}, {Outcome::kFailed, "failed"}};
};

template <>
struct Table<LegalBasis> {
  static constexpr Row<LegalBasis> kRows[] = {
      {LegalBasis::kNone, "none"},
      {LegalBasis::kConsent, "consent"},
      {LegalBasis::kContract, "contract"},
      {LegalBasis::kLegalObligation, "legal_obligation"},
      {LegalBasis::kVital, "vital"},
      {LegalBasis::kPublic, "public"},
      {LegalBasis::kLegitimateInterest, "legitimate_interest"},
      {LegalBasis::kSoftOptIn, "soft_opt_in"}};
};

template <>
struct Table<PurposeCode> {
  static constexpr Row<PurposeCode> kRows[] = {
      {PurposeCode::kNone, "none"},
      {PurposeCode::kDirectMarketing, "direct_marketing"},
      {PurposeCode::kService, "service"},
      {PurposeCode::kAnalytics, "analytics"},
      {PurposeCode::kProfiling, "profiling"},
      {PurposeCode::kIdentityResolution, "identity_resolution"},
      {PurposeCode::kRightsRequest, "rights_request"},
      {PurposeCode::kAudit, "audit"},
      {PurposeCode::kIngestion, "ingestion"},
      {PurposeCode::kOperations, "operations"}};
};

}  // namespace

template <class E>
StaticText wire_name(E value) {
  for (const auto& row : Table<E>::kRows) {
    if (row.value == value) return row.name;
  }
  throw std::invalid_argument("not a number of this enumeration");
}

template <class E>
std::optional<E> from_wire(std::uint16_t number) {
  for (const auto& row : Table<E>::kRows) {
    if (static_cast<std::uint16_t>(row.value) == number) return row.value;
  }
  return std::nullopt;
}

template <class E>
std::optional<E> from_wire_name(std::string_view name) {
  for (const auto& row : Table<E>::kRows) {
    if (row.name.view() == name) return row.value;
  }
  return std::nullopt;
}

template StaticText wire_name(AuditEvent);
template std::optional<AuditEvent> from_wire(std::uint16_t);
template std::optional<AuditEvent> from_wire_name(std::string_view);

template StaticText wire_name(ActorKind);
template std::optional<ActorKind> from_wire(std::uint16_t);
template std::optional<ActorKind> from_wire_name(std::string_view);

template StaticText wire_name(ObjectKind);
template std::optional<ObjectKind> from_wire(std::uint16_t);
template std::optional<ObjectKind> from_wire_name(std::string_view);

template StaticText wire_name(Outcome);
template std::optional<Outcome> from_wire(std::uint16_t);
template std::optional<Outcome> from_wire_name(std::string_view);

template StaticText wire_name(LegalBasis);
template std::optional<LegalBasis> from_wire(std::uint16_t);
template std::optional<LegalBasis> from_wire_name(std::string_view);

template StaticText wire_name(PurposeCode);
template std::optional<PurposeCode> from_wire(std::uint16_t);
template std::optional<PurposeCode> from_wire_name(std::string_view);

}  // namespace assent

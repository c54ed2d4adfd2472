#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// The rows that a batch leaves behind, each with the hash that the batch's leaf seals. The hash is
// SHA-256 over the table's name and then each column in the order of the struct: a length (u32) and
// its bytes; sealed columns by their SHA-256 (docs/data-model.md).

struct VersionRow {
  RecordId record;
  std::int32_t version = 1;
  Uuid row;
  Bytes fields;  // A field set.
  Tag16 content{};
  // In the clear, as decisions of data protection allow; beside the hash.
  std::optional<std::string> country, region, city, gender;
  std::optional<std::int16_t> age_band, birthday_month;
  std::optional<Date> majority_month;
};
struct OrganisationRow {
  Uuid organisation;
  Tag16 external{};
  Tag16 name{};
  Uuid row;
  Bytes fields;
  Tag16 content{};
};
struct PurchaseRow {
  Uuid purchase;
  std::int16_t source = 0;  // Which brought it. Beside the hash.
  Tag16 key{};
  RecordId record;
  Timestamp ordered_at;
  std::int32_t quantity = 0;
  std::int64_t amount_minor = 0;
  std::string currency;
  std::string product;  // "" is stored as NULL.
  std::string category;
  std::optional<Tag16> order;    // Equal for all lines of one order; none without an order id.
  std::optional<Tag16> content;  // Tells a correction; none without an order id.
};
struct RejectedUnit {
  Uuid unit;
  std::uint64_t line = 0;
  std::uint32_t column = 0;
  StaticText reason;
  std::string field;  // A catalogue name or "".
  Uuid row;
  Bytes sealed;
  bool denials_kept = false;  // Beside the hash.
};

// What is hashed of a rejected row, as it is stored.
struct StoredReject {
  Uuid unit;
  std::int64_t line = 0;
  std::int64_t column = 0;
  std::string reason;
  std::string field;
  Uuid row;
  Bytes sealed;
};

BatchRow batch_row(const VersionRow& row);
BatchRow batch_row(const OrganisationRow& row);
BatchRow batch_row(const PurchaseRow& row);
BatchRow batch_row(const RejectedUnit& row);
BatchRow batch_row(const StoredReject& row);

// Writers. `positions` are those of the leaf's seal, in the order of `rows`; `leaf` is of the same
// transaction. One statement each, none for no rows; posted, so a failure shows at the next query.
using Positions = std::span<const std::int32_t>;
void store_versions(Tx& tx, EventId leaf, std::span<const VersionRow> rows, Positions positions);
void store_organisations(Tx& tx, EventId leaf, std::int16_t source,
                         std::span<const OrganisationRow> rows, Positions positions);
void store_purchases(Tx& tx, EventId leaf, std::span<const PurchaseRow> rows, Positions positions);
// Lines that are corrected go, with their keys, before the new ones come under them.
void remove_purchases(Tx& tx, EventId leaf, std::span<const Tag16> keys);
void store_rejected(Tx& tx, EventId leaf, Uuid import, std::span<const RejectedUnit> rows,
                    Positions positions);

// A record that is new; one of the versions stored after it is its first.
struct NewRecord {
  RecordId record;
  std::int16_t source = 0;
  Tag16 external{};
  SubjectRef ref;
};
// `versions` show what is known of the records; those of others are passed over.
void store_records(Tx& tx, EventId leaf, std::span<const NewRecord> rows,
                   std::span<const VersionRow> versions);

// One value that a record, organisation or rejected row holds.
struct HeldTag {
  Uuid holder;
  Tag16 tag{};
  std::uint16_t kind = 0;
};
// What `holders` hold becomes exactly `held`, which may have new holders besides.
void replace_identifiers(Tx& tx, EventId leaf, std::span<const RecordId> holders,
                         std::span<const HeldTag> held);
void replace_unit_tags(Tx& tx, EventId leaf, std::span<const Uuid> holders,
                       std::span<const HeldTag> held);
void replace_works_for(Tx& tx, EventId leaf, std::span<const RecordId> holders,
                       std::span<const HeldTag> held);

}  // namespace assent

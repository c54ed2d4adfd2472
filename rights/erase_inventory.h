#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certificate.h"
#include "consent/erasure_marker.h"
#include "core/db.h"
#include "identity/fields.h"

namespace assent {

// What there is of one person, asked in a fixed number of statements. Inside the caller's
// transaction.

struct PersonRecord {
  RecordId record;
  std::int16_t source = 0;
  Tag16 external{};
  SubjectRef subject;
  bool is_live = false;  // Else retired: it left the profile, and is the person's all the same.
};
std::vector<PersonRecord> person_records(Tx& tx, ProfileId profile);

// E-mails and phones of the records.
std::vector<Tag16> contact_tags(Tx& tx, const std::vector<RecordId>& records);
// Rejected rows that hold a value of the records, or the external id of one in its source. A value
// that relatives share counts too: the row is only a copy, and waits for a correction.
std::vector<Uuid> rejected_rows_of(Tx& tx, const std::vector<RecordId>& records);
// Contact points of records under a standing objection or demand of termination, with its start.
struct ObjectedContact {
  Tag16 contact{};
  Timestamp since;
};
std::vector<ObjectedContact> objected_contacts(Tx& tx, const std::vector<RecordId>& records);

ErasedRows count_rows(Tx& tx, const std::vector<RecordId>& records, std::size_t rejected);
// By name, of all versions; nothing is opened.
std::vector<std::string> categories_of(Tx& tx, const FieldCatalogue& fields,
                                       const std::vector<RecordId>& records);
std::vector<ToldRecipient> told_recipients(Tx& tx, const std::vector<RecordId>& records);

}  // namespace assent

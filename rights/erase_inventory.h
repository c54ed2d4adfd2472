#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certificate.h"
#include "core/db.h"
#include "identity/fields.h"
#include "rights/person.h"

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

// E-mails and phones of the records, and cards: of all their versions.
std::vector<Tag16> contact_tags(Tx& tx, const std::vector<RecordId>& records);
std::vector<Tag16> card_tags(Tx& tx, const std::vector<RecordId>& records);
// Rejected rows that hold a value of the records, or the external id of one in its source. A value
// that relatives share counts too: the row is only a copy, and waits for a correction.
std::vector<Uuid> rejected_rows_of(Tx& tx, const std::vector<RecordId>& records);
// Whether all of these are there, and no erasure has begun with one of them.
bool are_untouched(Tx& tx, const KeyedUnits& units);
// Contact points of records under a standing objection or demand of termination, with its start.
struct ObjectedContact {
  Tag16 contact{};
  Timestamp since;
};
std::vector<ObjectedContact> objected_contacts(Tx& tx, const std::vector<RecordId>& records);

ErasedCounts count_rows(Tx& tx, const std::vector<RecordId>& records, const KeyedUnits& units);
// By name, of all versions of records and of what is sealed of units; nothing is opened.
std::vector<std::string> categories_of(Tx& tx, const FieldCatalogue& fields,
                                       const std::vector<Uuid>& units);
std::vector<ToldRecipient> told_recipients(Tx& tx, const std::vector<RecordId>& records);

}  // namespace assent

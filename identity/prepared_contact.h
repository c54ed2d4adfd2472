#pragma once

#include <vector>

#include "consent/erasure_marker.h"
#include "contact_values.h"
#include "identity/import_services.h"

namespace assent {

// A row with all that is computed of it before anything is looked up: tags, values to seal.
struct PreparedContact {
  ContactRow row;
  Tag16 external{};
  Tag16 content{};
  std::vector<FieldValue> values;
  std::vector<ValueTag> found;
  std::vector<ErasureMarker> markers;  // Those that ErasedRows looks up first.
};

// What rows are prepared with. Thread-safe: rows are prepared while others are being stored.
class ContactPreparer {
 public:
  ContactPreparer(const TagMaker& tags, const ContactFields& fields, const BlockedValues& blocked)
      : tags_(tags), fields_(fields), blocked_(blocked) {}
  PreparedContact prepare(ContactRow row, std::int16_t source) const;

 private:
  const TagMaker& tags_;
  const ContactFields& fields_;
  const BlockedValues& blocked_;
};

// The tags of the row's e-mails and phones.
std::vector<LinkTag> contacts_of(const PreparedContact& prepared);

}  // namespace assent

#pragma once

#include <map>
#include <span>
#include <vector>

#include "core/db.h"
#include "identity/link_store.h"

namespace assent {

// What the data knows of rows that a batch brings, looked up for all of them at once.

// A record by the tag of its external id in one source.
struct KnownRecord {
  RecordId record;
  std::int16_t state = 0;    // 0 live, 1 erasing, 2 erased, 3 retired
  std::int32_t version = 0;  // 0: no version yet.
  Tag16 content{};
};
std::map<Tag16, KnownRecord> known_records(Tx& tx, std::int16_t source,
                                           std::span<const Tag16> externals);

struct KnownOrganisation {
  Uuid organisation;
  Tag16 content{};
};
std::map<Tag16, KnownOrganisation> known_organisations(Tx& tx, std::int16_t source,
                                                       std::span<const Tag16> externals);

// The phones and e-mails that records hold.
std::map<RecordId, std::vector<LinkTag>> known_contacts(Tx& tx, std::span<const RecordId> records);

}  // namespace assent

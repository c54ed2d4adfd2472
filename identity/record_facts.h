#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/db.h"
#include "core/key_store.h"
#include "core/plaintext.h"
#include "record_fields.h"

namespace assent {

// What linking must know of a record. In the clear, so it lives only as long as the batch.
struct RecordFacts {
  RecordId record;
  Timestamp created_at;
  std::string source;  // Its name.
  Plaintext external_id;
  Plaintext first_name;
  std::optional<Date> birth_date;
  std::optional<ProfileId> profile;
  bool restricted = false;  // Takes part in no new link.
};

// Facts of those of `records` that are live and have their key, in the order of their content
// (source, external id), which no order of arrival can change. Two statements in all. The caller's
// act covers the reading: it is processing for identity resolution within one batch.
// kCorrupt when a stored set does not open.
Result<std::vector<RecordFacts>> record_facts(Tx& tx, KeyStore& keys, const RecordFields& fields,
                                              std::span<const RecordId> records);

}  // namespace assent

#pragma once

#include <span>
#include <vector>

#include "consent/grant.h"
#include "core/db.h"
#include "core/field_set.h"
#include "core/key_store.h"

namespace assent {

struct OpenedRecord {
  RecordId record;
  std::vector<FieldValue> fields;  // Of the grant's mask, as far as the record has them.
};

// The only way from a record to its personal fields. Nothing is cached: keys and plaintext die with
// the answer. Thread-safe.
class Vault {
 public:
  // `keys` must outlive the vault.
  explicit Vault(KeyStore& keys) : keys_(keys) {}

  // The newest version of every record of the grant that is live and still has its key, in the
  // order of the ids; a record without a key reads as erased, so it is absent. One query for the
  // versions, one for the keys.
  // kDenied   the grant's leaf is not of this transaction.
  // kCorrupt  a field set does not open: moved, changed, or under another key.
  Result<std::vector<OpenedRecord>> open(Tx& tx, const Grant& grant) const;
  // Every version that is kept, one answer each: what an erasure must know.
  Result<std::vector<OpenedRecord>> open_history(Tx& tx, const Grant& grant) const;
  // Only these. kDenied also when one of them is outside the grant.
  Result<std::vector<OpenedRecord>> open(Tx& tx, const Grant& grant,
                                         std::span<const RecordId> records) const;

  // The evidence of one statement. kDenied as open(), and when the grant's mask lacks
  // kEvidenceField; kNotFound when there is none or its key has been destroyed.
  Result<Plaintext> open_evidence(Tx& tx, const Grant& grant, RecordId record, EventId event) const;

 private:
  Result<std::vector<OpenedRecord>> open_rows(Tx& tx, const Grant& grant, const Rows& rows) const;
  KeyStore& keys_;
};

}  // namespace assent

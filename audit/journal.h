#pragma once

#include <vector>

#include "audit/act.h"
#include "core/db.h"
#include "core/plaintext.h"
#include "core/random.h"
#include "core/sealed.h"

namespace assent {

// The one way into the log. A leaf commits together with the act it tells of, or not at all.
// Thread-safe: all state is in the transaction.
class Journal {
 public:
  // `append` takes a leaf into the outbox: roles that may say less have a function of their own.
  explicit Journal(Random& random, StaticText append = "CALL append_leaf($1)")
      : random_(random), append_(append) {}

  // Completes `leaf` with the tenant, an id, the transaction's time and the session's next number
  // (registering the session with the tenant's log first if it is new), and appends it. Owner
  // functions that write protected rows demand the id of a leaf of their own transaction.
  EventId append(Tx& tx, Leaf leaf);
  // The same, with a detail that the leaf only commits to: `payload` is sealed under `key` (the key
  // of `record`) and can be erased.
  struct Detail {
    RecordId record;
    const SecretKey& key;
    KeyUse use;
    ByteView payload;
  };
  EventId append(Tx& tx, Leaf leaf, const Detail& detail);

 private:
  void register_writer(Tx& tx);
  void complete(Tx& tx, Leaf& leaf);
  Random& random_;
  const StaticText append_;
};

// One row of a batch, which is one act and one leaf.
struct BatchRow {
  StaticText table;
  Uuid row_id;
  Hash32 row_hash{};
};
struct BatchSeal {
  Hash32 root{};                        // The leaf's record_hash.
  std::vector<std::int32_t> positions;  // Of each given row, in the order given.
};
// The RFC 6962 root over SHA-256(table ‖ row id ‖ row hash) in (row id, table, row hash) order.
BatchSeal seal_batch(const std::vector<BatchRow>& rows);

}  // namespace assent

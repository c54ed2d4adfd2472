#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/epoch_custody.h"
#include "core/key_epochs.h"
#include "core/rewrapper.h"
#include "core/vacuum.h"
#include "tests/support/world.h"

namespace assent {

// The safe as it was made: no keys, epoch 1. For the test programs that change its epochs.
inline void empty_safe() {
  const SystemClock clock;
  Database owner(TestClusters::instance().safe("assent_owner"), clock);
  const auto emptied = in_tx(owner, TenantId{}, [](Tx& tx) -> Status {
    tx.exec("TRUNCATE subject_key, tombstone, destruction, vacuum_run, key_epoch");
    tx.exec("INSERT INTO key_epoch (epoch, begun_at) VALUES (1, $1)", {tx.now()});
    return Unit{};
  });
  if (!emptied.ok()) throw std::runtime_error("the safe is not emptied");
}
struct EmptySafe {
  EmptySafe() { empty_safe(); }
};

// A world whose epochs may change: nobody else's keys are in its safe.
template <class Base>
class WithEpochs : EmptySafe, public Base {
 public:
  // As `assent keys new-epoch` does, without the log.
  Status new_epoch() {
    const auto in_use = epoch_in_use(this->safe);
    const auto added = add_newest_epoch(this->custody, *in_use, this->clock.now(), this->random,
                                        [](auto, auto&) { return Unit{}; });
    if (!added.ok()) return added.error();
    return epochs.begin(added->number);
  }
  Result<RewrapReport> rewrap(
      std::size_t batch = Rewrapper::kBatchMax, const FaultPoint& at = [](StaticText) {}) {
    return Rewrapper(this->rewrapper, *this->keyring, this->random, at, batch)
        .run([](std::uint64_t) {});
  }
  // As `assent keys burn`, without the log and the data cluster.
  Status burn(std::uint32_t epoch) {
    Database owner(TestClusters::instance().safe("assent_owner"), this->clock);
    if (auto swept = vacuum_tables(owner); !swept.ok()) return swept.error();
    if (auto noted = note_vacuum(owner, this->clock.now()); !noted.ok()) return noted;
    if (auto noted = epochs.begin_burn(epoch, {}); !noted.ok()) return noted;
    if (auto gone = drop_epoch(this->custody, epoch); !gone.ok()) return gone;
    return epochs.end_burn(epoch);
  }
  // Of the safe, whoever's keys they are.
  std::int64_t count(StaticText sql) {
    Tx tx(this->rewrapper, this->tenant);
    return tx.query(sql)[0].integer(0);
  }

  KeyEpochs epochs{this->rewrapper};
};

class EpochWorld : public WithEpochs<World> {
 public:
  std::vector<Uuid> make_keys(std::size_t count, KeyPurpose purpose = KeyPurpose::kFields) {
    std::vector<Uuid> subjects;
    for (std::size_t i = 0; i < count; ++i) subjects.push_back(Uuid::v4(random));
    if (!keys.create(tenant, subjects, purpose).ok()) throw std::runtime_error("no keys");
    return subjects;
  }
  // How many of these the safe still opens.
  std::size_t opens(const std::vector<Uuid>& subjects, KeyPurpose purpose = KeyPurpose::kFields) {
    const auto fetched = keys.fetch(tenant, subjects, purpose);
    if (!fetched.ok()) throw std::runtime_error(std::string(fetched.error().reason.view()));
    return fetched->size();
  }
  void destroy(const std::vector<Uuid>& subjects) {
    const auto gone = in_tx(key_destroyer, tenant, [&](Tx& tx) -> Status {
      tx.exec("DELETE FROM subject_key WHERE subject = ANY($1)", {Param::array(subjects)});
      return Unit{};
    });
    if (!gone.ok()) throw std::runtime_error("not destroyed");
  }
};

}  // namespace assent

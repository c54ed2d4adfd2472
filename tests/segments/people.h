#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/verifier.h"
#include "consent/consent_event.h"
#include "consent/ledger.h"
#include "consent/permit.h"
#include "consent/policy.h"
#include "consent/purpose.h"
#include "consent/suppression.h"
#include "core/field_set.h"
#include "core/tag.h"
#include "identity/fields.h"
#include "identity/name.h"
#include "identity/resolver.h"
#include "segments/delivery.h"
#include "segments/release.h"
#include "segments/traits.h"
#include "tests/support/world.h"

namespace assent {

struct Bought {
  Date day;
  std::int64_t amount_minor = 0;
  std::optional<Tag16> order;
};

// A person to be: what is empty is not known.
struct NewPerson {
  std::string first_name = "Anna";
  std::string email;
  std::string phone;
  std::string country = "DE";
  std::vector<Bought> bought = {{{2026, 1, 10}, 1'000, std::nullopt}};
  // To the processing and to e-mails, on 2026-01-02, proven.
  enum class Said { kNothing, kYes } said = Said::kYes;

  NewPerson called(std::string name) const { return with(&NewPerson::first_name, std::move(name)); }
  NewPerson phoned(std::string number) const { return with(&NewPerson::phone, std::move(number)); }
  NewPerson buying(std::vector<Bought> orders) const {
    return with(&NewPerson::bought, std::move(orders));
  }
  NewPerson silent() const { return with(&NewPerson::said, Said::kNothing); }

 private:
  template <class T>
  NewPerson with(T NewPerson::*member, T value) const {
    NewPerson copy = *this;
    copy.*member = std::move(value);
    return copy;
  }
};
// Somebody with this e-mail; "" for none.
inline NewPerson at(std::string email) {
  NewPerson person;
  person.email = std::move(email);
  return person;
}

// A tenant with real records, keys, links, consents and permits, and the services of this room.
// As of kToday everybody above is asleep.
class People {
 public:
  static constexpr Date kToday{2026, 11, 21};

  People();

  // One record each, linked and with permits; a transaction for all.
  std::vector<RecordId> add(const std::vector<NewPerson>& people);
  RecordId add_one(const NewPerson& person) { return add(std::vector{person}).front(); }
  // `count` customers (e1@example.com, …) that may be written to.
  std::vector<RecordId> add_customers(int count);

  void say(RecordId record, ConsentAction action, std::uint8_t channel);
  void withdraw(RecordId record) { say(record, ConsentAction::kWithdraw, 1); }
  void suppress_email(const std::string& email);
  void restrict(RecordId record);
  void refresh(const std::vector<RecordId>& records);
  // What only an erasure may do.
  void set_state(RecordId record, int state);
  void destroy_key(RecordId record);
  // As the owner, in the tenant: what no role of the program may do.
  void tamper(StaticText sql, const std::vector<Param>& params);

  Uuid register_recipient(RegisteredRecipient recipient);
  static RegisteredRecipient mailer();

  Result<OpenedRelease> open(const ReleaseOrder& order);
  OpenedRelease must_open() { return std::move(*open(order())); }
  static ReleaseOrder order();
  Result<ReleaseBody> start(const OpenedRelease& release, FileFormat format = FileFormat::kCsv);
  // The whole file; throws when it breaks off.
  std::string deliver(const OpenedRelease& release, FileFormat format = FileFormat::kCsv);
  ReleaseDetail find(ReleaseId id);
  LogVerdict verify(ReleaseId id);  // What an auditor is told of its evidence.
  std::vector<Leaf> leaves_of(AuditEvent event);
  std::int64_t leaves(AuditEvent event) {
    return static_cast<std::int64_t>(leaves_of(event).size());
  }
  Leaf leaf_about(AuditEvent event, ReleaseId release);

  World world;
  Act act;
  PolicySet policies;
  FieldCatalogue fields;
  SegmentCatalogue segments;
  NameCatalogue names;
  PermitDeriver permits;
  TagMaker tags;
  Resolver resolver;
  Traits traits{segments, world.journal, world.random};
  Releases releases{segments,   policies,      *Country::parse("DE"),
                    world.keys, world.journal, world.random};
  Deliveries deliveries{world.data, segments,      fields,      policies, *Country::parse("DE"),
                        world.keys, world.journal, world.random};

 private:
  void tell(Tx& tx, const std::vector<RecordId>& records, const std::vector<NewPerson>& people);
  int externals_ = 0;
};

// Throws what a test cannot go on without.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(std::string(result.error().reason.view()));
  return std::move(*result);
}

}  // namespace assent

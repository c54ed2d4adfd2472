#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "consent/authorizer.h"
#include "consent/ledger.h"
#include "consent/permit.h"
#include "consent/suppression.h"
#include "consent/vault.h"
#include "core/field_set.h"
#include "tests/consent/policies.h"
#include "tests/support/world.h"

namespace assent {

inline constexpr std::uint8_t kEmailChannel = 1;
inline constexpr std::uint8_t kSmsChannel = 2;
inline constexpr std::uint16_t kFirstNameField = 2;

// A tenant with records of people, made by the owner as an import would leave them.
class ConsentWorld : public World {
 public:
  using World::World;

  Ledger ledger{journal};
  Suppressions suppressions{journal};
  Authorizer authorizer{journal};
  Vault vault{keys};

  // A bare record; state as in the table's comment.
  RecordId new_record(int state = 0) {
    const RecordId id{Uuid::v7(clock, random)};
    as_owner([&](Tx& tx) {
      Hash32 tag{};
      random.fill(tag);
      tx.exec(
          "INSERT INTO record (tenant, record_id, source_id, external_tag, subject_ref, state, "
          "version, created_at, updated_at) VALUES ($1, $2, 1, $3, $4, $5, 1, $6, $6)",
          {tenant, id, Bytes(tag.begin(), tag.begin() + 16), Uuid::v4(random),
           static_cast<std::int16_t>(state), tx.now()});
    });
    return id;
  }

  // A record whose first name is sealed under a key of its own.
  RecordId new_person(std::string_view first_name) {
    const RecordId id = new_record();
    auto made = keys.create(tenant, std::vector<Uuid>{id.value}, KeyPurpose::kFields);
    EXPECT_TRUE(made.ok());
    store_version(id, 1, first_name, *made->find(id.value));
    return id;
  }
  void store_version(RecordId id, int version, std::string_view first_name, const SecretKey& key) {
    const Uuid row = Uuid::v7(clock, random);
    std::vector<FieldValue> fields;
    fields.push_back({kFirstNameField, FieldType::kText, Plaintext(first_name)});
    fields.push_back({3, FieldType::kText, Plaintext("Muster")});
    const Bytes sealed = seal_field_set(key, 1, {tenant.value, id.value, 0, row}, fields, random);
    as_owner([&](Tx& tx) {
      tx.exec(
          "INSERT INTO record_version (tenant, record_id, version, row_id, fields, content_tag, "
          "leaf_id, leaf_pos, row_hash, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $4, 0, $7, "
          "$8)",
          {tenant, id, version, row, sealed, Tag16{1}, Hash32{}, tx.now()});
    });
  }

  void set_state(RecordId id, int state) {
    as_owner([&](Tx& tx) {
      tx.exec("UPDATE record SET state = $3 WHERE tenant = $1 AND record_id = $2",
              {tenant, id, static_cast<std::int16_t>(state)});
    });
  }

  template <class Work>
  void as_owner(Work work) {
    Tx tx(owner, tenant);
    work(tx);
    tx.commit();
  }
  // The value of `work(Tx&)`, run as the app; what fails ends the test.
  template <class Work>
  auto must(Work work) {
    auto result = in_tx(data, tenant, work);
    if (!result.ok()) throw std::runtime_error(std::string(result.error().reason.view()));
    return std::move(*result);
  }
  void wait_hours(int hours) { clock.advance_us(hours * 3'600 * kSecondUs); }

  // A proven statement in a document of its own, said now; `key` tells statements apart.
  ConsentEvent event(RecordId record, ConsentAction action, std::uint8_t channel,
                     std::optional<Tag16> contact, std::string_view key) {
    ConsentEvent e;
    e.record = record;
    e.id = derive_event_id(tenant, record, 1, key);
    e.purpose = PurposeCode::kDirectMarketing;
    e.channel = channel;
    e.contact = contact;
    e.action = action;
    e.effective_at = clock.now();
    e.source = 1;
    e.method = ConsentMethod::kWebForm;
    e.evidence = EvidenceKind::kProven;
    e.separate_document = true;
    return e;
  }
  Recorded say(const ConsentEvent& e) {
    return must([&](Tx& tx) { return ledger.record(tx, act, e); });
  }
  void give_both_keys(RecordId record, Tag16 contact) {
    say(event(record, ConsentAction::kGive, 0, std::nullopt, "processing"));
    say(event(record, ConsentAction::kGive, kEmailChannel, contact, "email"));
  }

  std::vector<Leaf> leaves(AuditEvent of) {
    Tx tx(sequencer, TenantId{});
    std::vector<Leaf> found;
    const Rows rows =
        tx.query("SELECT leaf FROM audit_outbox WHERE tenant = $1 ORDER BY outbox_id", {tenant});
    for (const auto& row : rows) {
      auto leaf = decode(row.view(0));
      EXPECT_TRUE(leaf.ok());
      if (leaf->event == of) found.push_back(*leaf);
    }
    return found;
  }
};

inline Tag16 tag_of(std::uint8_t number) {
  Tag16 tag{};
  tag.fill(number);
  return tag;
}
inline Hash32 hidden(std::uint8_t number) {
  Hash32 tag{};
  tag.fill(number);
  return tag;
}

}  // namespace assent

#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "consent/evidence.h"
#include "consent/ledger.h"
#include "tests/rights/rights_world.h"

// Every column of the encrypted domain × (tenant, unit, field, row, schema, version, suite, format,
// purpose): what was sealed for one place opens at no other, and a wrapped key opens under no other
// name. The columns and their places come from the database's catalogue (migration data/0018), so
// that a new one joins by itself.
namespace assent {
namespace {

// One field record and where it belongs.
struct Sealed {
  std::string column;
  FieldPlace place;
  KeyPurpose purpose = KeyPurpose::kFields;
  Bytes record;
};

// Collects the values of all columns, as their comments say, of the session's tenant.
constexpr StaticText kCollect = R"(
  DO $$
  DECLARE one record;
  BEGIN
    CREATE TEMP TABLE sealed_value (name text, unit uuid, field text, row_id uuid, purpose smallint,
                                    value bytea) ON COMMIT DROP;
    FOR one IN
      SELECT c.relname, a.attname, regexp_match(col_description(c.oid, a.attnum),
               'sealed for \((\w+), (each|\d+), (\w+)\), key purpose (\d)$') AS place
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       WHERE a.atttypid = 'cdp_enc'::regtype AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    LOOP
      IF one.place IS NULL THEN
        RAISE EXCEPTION 'the column does not say where its values belong';
      END IF;
      INSERT INTO sealed_value (name) VALUES (one.relname || '.' || one.attname);
      EXECUTE format('INSERT INTO sealed_value SELECT %L, %I, %L, %I, %s, %I FROM %I '
                     'WHERE %I IS NOT NULL',
                     one.relname || '.' || one.attname, one.place[1], one.place[2], one.place[3],
                     one.place[4], one.attname, one.relname, one.attname);
    END LOOP;
  END $$)";

std::uint32_t number_at(ByteView bytes, std::size_t at, std::size_t width) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < width; ++i) number = number << 8 | bytes[at + i];
  return number;
}

// The field records of a field set (core/field_set.h).
std::vector<Sealed> fields_of(const Sealed& set) {
  std::vector<Sealed> fields;
  const ByteView bytes(set.record);
  for (std::size_t at = 3; at < bytes.size();) {
    Sealed one = set;
    one.place.field_id = static_cast<std::uint16_t>(number_at(bytes, at, 2));
    const std::uint32_t length = number_at(bytes, at + 2, 4);
    const ByteView record = bytes.subspan(at + 6, length);
    one.record.assign(record.begin(), record.end());
    one.column += ':' + std::to_string(one.place.field_id);
    fields.push_back(std::move(one));
    at += 6 + length;
  }
  return fields;
}

class SwapMatrixTest : public ::testing::TestWithParam<Suite> {
 protected:
  SwapMatrixTest() : world(GetParam()) {
    world.contacts("shop",
                   "1,Anna,Ivanova,anna@example.com,+79990000001,1980-01-02,yes\n"
                   "2,Boris,Petrov,boris@example.com,+79990000002,1981-02-03,no\n"
                   "3,Vera,Sidorova,vera@example.com,+79990000003,1982-03-04,no\n"
                   "4,Gleb,Orlov,gleb@example.com,+79990000004,1983-04-05,no\n"
                   "5,Rejected,Row,,,1980-02-31,\n"
                   "6,Rejected,Too,,,1980-02-32,\n");
    world.import("crm", "amocrm_contacts",
                 "ID,Тип,Название компании,Рабочий email\n"
                 "1,компания,ООО Пример,one@example.com\n2,компания,ООО Образец,two@example.com\n");
    for (const char* id : {"1", "2"}) {
      keep_evidence(world.record("shop", id));
      keep_detail(world.record("shop", id));
    }
    world.erase(RightsWorld::by_email("vera@example.com"));
    world.erase(RightsWorld::by_email("gleb@example.com"));
    collect();
  }

  void keep_evidence(RecordId record) {
    ConsentEvent event;
    event.record = record;
    event.id = derive_event_id(world.tenant, record, 1, "form");
    event.purpose = PurposeCode::kDirectMarketing;
    event.action = ConsentAction::kGive;
    event.effective_at = world.clock.now();
    event.source = 1;
    event.method = ConsentMethod::kWebForm;
    event.evidence = EvidenceKind::kProven;
    auto sealed = EvidenceSealer(world.keys, world.random)
                      .seal(world.tenant, record, event.id, as_bytes("a ticked box"));
    ASSERT_TRUE(sealed.ok());
    event.sealed_evidence = *sealed;
    const auto said = in_tx(world.data, world.tenant, [&](Tx& tx) {
      return Ledger(world.journal).record(tx, world.act, event);
    });
    ASSERT_TRUE(said.ok());
  }

  void keep_detail(RecordId record) {
    const auto keys = world.keys.fetch(world.tenant, {&record.value, 1}, KeyPurpose::kFields);
    ASSERT_TRUE(keys.ok());
    const auto [version, key] = keys->newest(record.value);
    const auto kept = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<EventId> {
      return world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup),
                                  {record, *key, version, as_bytes("what was asked")});
    });
    ASSERT_TRUE(kept.ok());
  }

  void collect() {
    Tx tx(world.owner, world.tenant);
    tx.exec(kCollect);
    const Rows rows =
        tx.query("SELECT name, unit, field, row_id, purpose, value FROM sealed_value");
    for (const auto& row : rows) {
      if (row.is_null(1)) {
        columns.insert(row.text(0));
        continue;
      }
      Sealed value{row.text(0),
                   {world.tenant.value, row.uuid(1), 0, row.uuid(3)},
                   static_cast<KeyPurpose>(row.integer(4)),
                   row.bytes(5)};
      if (row.text(2) == "each") {
        for (Sealed& field : fields_of(value)) values.push_back(std::move(field));
      } else {
        value.place.field_id = static_cast<std::uint16_t>(std::stoi(row.text(2)));
        values.push_back(std::move(value));
      }
    }
  }

  SecretKey key_of(const Sealed& value) {
    auto keys = world.keys.fetch(world.tenant, {&value.place.subject, 1}, value.purpose);
    if (!keys.ok() || keys->size() == 0) throw std::runtime_error("no key: " + value.column);
    return keys->find(value.place.subject, *field_key_version(value.record))->duplicate();
  }

  void refuse(const SecretKey& key, const FieldPlace& place, ByteView record,
              const std::string& what) {
    EXPECT_FALSE(open_field(key, place, record).ok()) << what;
    ++tried;
  }

  RightsWorld world;
  std::set<std::string> columns;
  std::vector<Sealed> values;
  std::size_t tried = 0;
};

INSTANTIATE_TEST_SUITE_P(Suites, SwapMatrixTest,
                         ::testing::Values(Suite::kPoly1305, Suite::kCommitting));

TEST_P(SwapMatrixTest, EveryColumnOfTheEncryptedDomainIsFilledHere) {
  for (const Sealed& value : values) {
    EXPECT_EQ(field_key_use(value.record)->suite, GetParam()) << value.column;
  }
  EXPECT_GE(columns.size(), 6U);
  for (const std::string& column : columns) {
    std::set<Uuid> units;
    for (const Sealed& value : values) {
      if (value.column.starts_with(column)) units.insert(value.place.subject);
    }
    EXPECT_GE(units.size(), 2U) << column << ": fill it for two units in the set-up of this test";
  }
}

TEST_P(SwapMatrixTest, WhatWasSealedForOnePlaceOpensAtNoOther) {
  const Uuid stranger = Uuid::v4(world.random);
  for (const Sealed& value : values) {
    const SecretKey key = key_of(value);
    ASSERT_TRUE(open_field(key, value.place, value.record).ok()) << value.column;
    FieldPlace at = value.place;
    at.tenant = stranger;
    refuse(key, at, value.record, value.column + " under another tenant");
    at = value.place;
    for (std::uint16_t schema : {0, 2, 256}) {
      at.schema_version = schema;
      refuse(key, at, value.record, value.column + " of another schema");
    }
    at = value.place;
    for (std::uint16_t field = 0; field < 64; ++field) {
      at.field_id = field;
      if (field != value.place.field_id)
        refuse(key, at, value.record, value.column + " as another field");
    }
    for (const Sealed& other : values) {
      at = value.place;
      at.subject = other.place.subject;
      if (at.subject != value.place.subject) {
        refuse(key, at, value.record, value.column + " as another unit's");
        refuse(key_of(other), value.place, value.record, value.column + " by another unit's key");
      }
      at = value.place;
      at.row = other.place.row;
      if (at.row != value.place.row)
        refuse(key, at, value.record, value.column + " in another row");
      if (&other != &value)
        refuse(key, value.place, other.record, other.column + " in the place of " + value.column);
    }
  }
  std::cout << columns.size() << " columns, " << values.size() << " values, " << tried
            << " exchanges refused\n";
}

TEST_P(SwapMatrixTest, NoByteOfTheHeaderMayBeAnother) {
  for (const Sealed& value : values) {
    const SecretKey key = key_of(value);
    for (std::size_t at = 0; at < 6; ++at) {  // Format, suite, version of the key.
      for (unsigned other = 1; other < 256; ++other) {
        Bytes changed = value.record;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ other);
        refuse(key, value.place, changed, value.column + " with another header");
      }
    }
  }
  std::cout << tried << " changed headers refused\n";
}

TEST_P(SwapMatrixTest, AWrappedKeyOpensUnderNoOtherName) {
  Tx tx(world.safe, world.tenant);
  struct Wrap {
    KeyName name;
    Bytes wrapped;
    Hash32 commitment;
  };
  std::vector<Wrap> wraps;
  const Rows rows =
      tx.query("SELECT subject, purpose, dek_version, wrapped, dek_commit FROM subject_key");
  std::set<KeyPurpose> purposes;
  for (const auto& row : rows) {
    const auto purpose = static_cast<KeyPurpose>(row.integer(1));
    purposes.insert(purpose);
    wraps.push_back(
        {{world.tenant.value, row.uuid(0), static_cast<std::uint32_t>(row.integer(2)), purpose},
         row.bytes(3),
         row.hash(4)});
  }
  EXPECT_EQ(purposes.size(), 5U);  // Fields, index roots, evidence, certificates, the tenant's own.
  const auto refuse_name = [&](const Wrap& wrap, const KeyName& name, const Hash32& commitment) {
    EXPECT_FALSE(world.keyring->now()->unwrap(name, wrap.wrapped, commitment).ok());
    ++tried;
  };
  for (const Wrap& wrap : wraps) {
    ASSERT_TRUE(world.keyring->now()->unwrap(wrap.name, wrap.wrapped, wrap.commitment).ok());
    KeyName name = wrap.name;
    name.tenant = Uuid::v4(world.random);
    refuse_name(wrap, name, wrap.commitment);
    name = wrap.name;
    ++name.version;
    refuse_name(wrap, name, wrap.commitment);
    for (std::uint8_t purpose = 0; purpose < 6; ++purpose) {
      name = wrap.name;
      name.purpose = static_cast<KeyPurpose>(purpose);
      if (name.purpose != wrap.name.purpose) refuse_name(wrap, name, wrap.commitment);
    }
    for (const Wrap& other : wraps) {
      if (&other == &wrap) continue;
      refuse_name(wrap, other.name, other.commitment);
      refuse_name(wrap, wrap.name, other.commitment);
    }
    for (std::size_t at = 0; at < wrap.wrapped.size(); ++at) {
      Wrap changed = wrap;
      changed.wrapped[at] ^= 1;
      refuse_name(changed, wrap.name, wrap.commitment);
    }
  }
  std::cout << wraps.size() << " wraps, " << tried << " other names and changed bytes refused\n";
}

// The same through the front door: whoever may write the tables exchanges two people's fields.
TEST_P(SwapMatrixTest, ExchangedInTheTablesNothingOfTheOtherIsShown) {
  const RecordId anna = world.record("shop", "1");
  const RecordId boris = world.record("shop", "2");
  ASSERT_EQ(world.first_name(anna), "Anna");
  ASSERT_EQ(world.first_name(boris), "Boris");
  Tx tx(world.owner, world.tenant);
  tx.exec(
      "UPDATE record_version v SET fields = o.fields FROM record_version o "
      "WHERE v.record_id IN ($1, $2) AND o.record_id IN ($1, $2) AND o.record_id <> v.record_id",
      {anna, boris});
  tx.commit();
  EXPECT_EQ(world.first_name(anna), "");
  EXPECT_EQ(world.first_name(boris), "");
}

}  // namespace
}  // namespace assent

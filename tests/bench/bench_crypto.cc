#include "tests/bench/bench_crypto.h"

#include <cstdio>
#include <ostream>
#include <vector>

#include "core/field_set.h"
#include "core/key_slab.h"
#include "core/sealed.h"
#include "tests/bench/bench_database.h"
#include "tests/bench/sides.h"

namespace assent {
namespace {

constexpr std::string_view kValue = "anna.ivanova.long@shop.example.";

constexpr std::uint16_t kFieldsOfARecord = 8;
constexpr StaticText kSealForTheOtherSide =
    "CREATE EXTENSION IF NOT EXISTS pgcrypto; SET LOCAL statement_timeout = 0; "
    "CREATE TEMP TABLE bench_sealed ON COMMIT DROP AS "
    "SELECT pgp_sym_encrypt('anna.ivanova.long@shop.example.', 'key') AS slow, "
    "pgp_sym_encrypt('anna.ivanova.long@shop.example.', 'key', "
    "'cipher-algo=aes256, s2k-mode=0, compress-algo=0') AS fast";
constexpr StaticText kReadDefault =
    "SELECT count(pgp_sym_decrypt(slow, 'key' || left(i::text, 0))) "
    "FROM bench_sealed, generate_series(1, $1) i";
constexpr StaticText kReadWithoutStretching =
    "SELECT count(pgp_sym_decrypt(fast, 'key' || left(i::text, 0))) "
    "FROM bench_sealed, generate_series(1, $1) i";

// Our side: a key in its wrap, a field under it, and a record's set of fields.
class Ours {
 public:
  Ours() {
    std::vector<FieldValue> fields;
    for (std::uint16_t id = 1; id <= kFieldsOfARecord; ++id) {
      fields.push_back({id, FieldType::kText, Plaintext(kValue)});
    }
    set_ = seal_field_set(dek_, 1, place_, fields, random_);
    seal(1);
  }

  double seal(int fields) {
    return fields / seconds_of([&] {
             for (int i = 0; i < fields; ++i) {
               field_ = seal_field(dek_, 1, place_, FieldType::kText, as_bytes(kValue), random_);
             }
           });
  }

  // Fields a second, each alone under a key of its own record.
  double read_single(int fields) {
    return rate(fields, fields,
                [&](const SecretKey& key) { return open_field(key, place_, field_).ok(); });
  }

  // Fields a second, where a record's fields are read together.
  double read_records(int fields) {
    return rate(fields, fields / kFieldsOfARecord, [&](const SecretKey& key) {
      const auto opened = open_field_set(key, place_, set_, ~std::uint64_t{0});
      return opened.ok() && opened->size() == kFieldsOfARecord;
    });
  }

 private:
  template <class Open>
  double rate(int fields, int records, Open open) {
    int opened = 0;
    const double seconds = seconds_of([&] {
      for (int i = 0; i < records; ++i) {
        const auto key = unwrap_key(*kek_, name_, wrapped_, commitment_);
        if (key.ok() && open(*key)) ++opened;
      }
    });
    return opened == records ? fields / seconds : 0;
  }

  SystemRandom random_;
  const std::unique_ptr<KeySlab> slab_ = std::move(*KeySlab::make());
  const KeptKey kek_ = std::move(*slab_->keep(SecretKey(Hash32{1})));
  const SecretKey dek_{Hash32{2}};
  const KeyName name_{Uuid::v4(random_), Uuid::v4(random_), 1, KeyPurpose::kFields};
  const Bytes wrapped_ = wrap_key(*kek_, 1, name_, dek_, random_);
  const Hash32 commitment_ = key_commitment(dek_, name_);
  const FieldPlace place_{name_.tenant, name_.subject, 3, Uuid::v4(random_), 1};
  Bytes field_;
  Bytes set_;
};

// Rows a second of `sql`, which takes the number of rows.
double rate_of(Tx& tx, StaticText sql, std::int32_t rows) {
  return rows / seconds_of([&] { tx.query(sql, {rows}); });
}

void row(std::ostream& out, const char* what, const Sides& sides, double target) {
  char line[160];
  std::snprintf(line, sizeof line, "%-44s %10.0f/s %10.0f/s   ratio %7.1f   target %5.0f  %s\n",
                what, Sides::median(sides.ours), Sides::median(sides.theirs), sides.ratio(), target,
                sides.ratio() >= target ? "met" : "MISSED");
  out << line;
}

}  // namespace

int bench_crypto(Database& owner, const CryptoBench& bench, std::ostream& out) {
  if (auto marked = require_bench_database(owner); !marked.ok()) {
    out << marked.error().reason.view() << '\n';
    return 1;
  }
  Ours ours;
  Tx tx(owner, TenantId{});
  tx.run_script(kSealForTheOtherSide.c_str());
  Sides single_default;
  Sides single_fast;
  Sides record_default;
  Sides record_fast;
  std::vector<double> seals;
  for (int round = 0; round < bench.rounds; ++round) {
    const double single = ours.read_single(bench.fields);
    const double slow = rate_of(tx, kReadDefault, bench.slow_rows);
    const double fast = rate_of(tx, kReadWithoutStretching, bench.fast_rows);
    const double record = ours.read_records(bench.fields);
    seals.push_back(ours.seal(bench.fields));
    single_default.add(single, slow);
    single_fast.add(single, fast);
    record_default.add(record, slow);
    record_fast.add(record, fast);
  }
  out << "fields of 31 bytes, one core, median of " << bench.rounds
      << " rounds              Assent     pgcrypto\n";
  row(out, "one of a record / pgcrypto default", single_default, 100);
  row(out, "one of a record / s2k-mode 0", single_fast, 4);
  row(out, "eight of a record / pgcrypto default", record_default, 100);
  row(out, "eight of a record / s2k-mode 0", record_fast, 4);
  char line[96];
  std::snprintf(line, sizeof line, "a read costs %.2f us of crypto (target 5), a seal %.2f us\n",
                1e6 / Sides::median(single_default.ours), 1e6 / Sides::median(seals));
  out << line;
  return 0;
}

}  // namespace assent

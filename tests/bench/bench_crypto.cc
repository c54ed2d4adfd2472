#include "tests/bench/bench_crypto.h"

#include <chrono>
#include <cstdio>
#include <functional>
#include <ostream>

#include "core/sealed.h"
#include "tests/bench/bench_database.h"

namespace assent {
namespace {

constexpr std::string_view kValue = "anna.ivanova.long@shop.example.";

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct OurRates {
  double seal = 0;
  double read = 0;
};

// Fields a second on one core.
OurRates measure_ours(int fields) {
  SystemRandom random;
  const SecretKey kek(Hash32{1});
  const SecretKey dek(Hash32{2});
  const KeyName name{Uuid::v4(random), Uuid::v4(random), 1, KeyPurpose::kFields};
  const Bytes wrapped = wrap_key(kek, 1, name, dek, random);
  const Hash32 commitment = key_commitment(dek, name);
  const FieldPlace place{name.tenant, name.subject, 3, Uuid::v4(random), 1};
  Bytes sealed;
  const double seal_s = seconds_of([&] {
    for (int i = 0; i < fields; ++i) {
      sealed = seal_field(dek, 1, place, FieldType::kText, as_bytes(kValue), random);
    }
  });
  int opened = 0;
  const double read_s = seconds_of([&] {
    for (int i = 0; i < fields; ++i) {
      auto key = unwrap_key(kek, name, wrapped, commitment);
      if (key.ok() && open_field(*key, place, sealed).ok()) ++opened;
    }
  });
  return {fields / seal_s, opened == fields ? fields / read_s : 0};
}

// Rows a second of `sql`, which takes the number of rows.
double rate_of(Tx& tx, StaticText sql, std::int32_t rows) {
  return rows / seconds_of([&] { tx.query(sql, {rows}); });
}

void row(std::ostream& out, const char* what, double ours, double theirs, double target) {
  char line[160];
  std::snprintf(line, sizeof line, "%-44s %10.0f/s %10.0f/s   ratio %7.1f   target %5.0f  %s\n",
                what, ours, theirs, ours / theirs, target,
                ours / theirs >= target ? "met" : "MISSED");
  out << line;
}

}  // namespace

int bench_crypto(Database& owner, const CryptoBench& bench, std::ostream& out) {
  if (auto marked = require_bench_database(owner); !marked.ok()) {
    out << marked.error().reason.view() << '\n';
    return 1;
  }
  const OurRates ours = measure_ours(bench.fields);
  Tx tx(owner, TenantId{});
  tx.run_script(
      "CREATE EXTENSION IF NOT EXISTS pgcrypto; SET LOCAL statement_timeout = 0; "
      "CREATE TEMP TABLE bench_sealed ON COMMIT DROP AS "
      "SELECT pgp_sym_encrypt('anna.ivanova.long@shop.example.', 'key') AS slow, "
      "pgp_sym_encrypt('anna.ivanova.long@shop.example.', 'key', "
      "'cipher-algo=aes256, s2k-mode=0, compress-algo=0') AS fast");
  const double slow = rate_of(tx,
                              "SELECT count(pgp_sym_decrypt(slow, 'key' || left(i::text, 0))) "
                              "FROM bench_sealed, generate_series(1, $1) i",
                              bench.slow_rows);
  const double fast = rate_of(tx,
                              "SELECT count(pgp_sym_decrypt(fast, 'key' || left(i::text, 0))) "
                              "FROM bench_sealed, generate_series(1, $1) i",
                              bench.fast_rows);
  out << "one field of 31 bytes, one core                      Assent     pgcrypto\n";
  row(out, "read (unwrap, derive, open) / pgcrypto default", ours.read, slow, 100);
  row(out, "read (unwrap, derive, open) / s2k-mode 0", ours.read, fast, 4);
  char line[96];
  std::snprintf(line, sizeof line, "a read costs %.2f us of crypto (target 5), a seal %.2f us\n",
                1e6 / ours.read, 1e6 / ours.seal);
  out << line;
  return 0;
}

}  // namespace assent

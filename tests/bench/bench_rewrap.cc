#include "tests/bench/bench_rewrap.h"

#include <cstdio>
#include <ostream>
#include <vector>

#include "tests/bench/bench_database.h"
#include "tests/bench/sides.h"

namespace assent {
namespace {

constexpr int kStoredAtOnce = 5'000;
constexpr double kManyKeys = 10'000'000;
constexpr double kTargetSeconds = 180;

constexpr StaticText kCopies =
    "DROP TABLE IF EXISTS bench_key, bench_pgcrypto; CREATE EXTENSION IF NOT EXISTS pgcrypto; "
    "CREATE TABLE bench_key (LIKE subject_key INCLUDING ALL); "
    "CREATE TABLE bench_pgcrypto (subject uuid PRIMARY KEY, sealed bytea NOT NULL)";
constexpr StaticText kFillBare =
    "INSERT INTO bench_key SELECT * FROM subject_key WHERE tenant = $1";
constexpr StaticText kFillPgcrypto =
    "INSERT INTO bench_pgcrypto SELECT subject, pgp_sym_encrypt_bytea(substr(wrapped, 31, 32), "
    "'key', 'cipher-algo=aes256, s2k-mode=0, compress-algo=0') FROM bench_key LIMIT $1";
constexpr StaticText kReadBare =
    "SELECT subject, wrapped FROM bench_key WHERE tenant = $1 AND subject > $2 "
    "ORDER BY subject, purpose, dek_version LIMIT $3";
constexpr StaticText kWriteBare =
    "UPDATE bench_key AS k SET kek_epoch = k.kek_epoch, wrapped = g.wrapped "
    "FROM unnest($2::uuid[], $3::bytea[]) AS g (subject, wrapped) "
    "WHERE k.tenant = $1 AND k.subject = g.subject AND k.purpose = 0 AND k.dek_version = 1";
constexpr StaticText kPgcrypto =
    "UPDATE bench_pgcrypto SET sealed = pgp_sym_encrypt_bytea(pgp_sym_decrypt_bytea(sealed, "
    "'key'), 'key', 'cipher-algo=aes256, s2k-mode=0, compress-algo=0')";

Status done(Database& owner, TenantId tenant, const std::function<void(Tx&)>& work) {
  return in_tx(owner, tenant, [&](Tx& tx) -> Status {
    tx.exec("SET LOCAL statement_timeout = 0");
    work(tx);
    return Unit{};
  });
}

Status fill(const RewrapSides& sides, const RewrapBench& bench) {
  SystemRandom random;
  for (int made = 0; made < bench.keys; made += kStoredAtOnce) {
    std::vector<Uuid> subjects;
    for (int i = made; i < std::min(bench.keys, made + kStoredAtOnce); ++i) {
      subjects.push_back(Uuid::v4(random));
    }
    const auto keys = sides.keys.create(sides.tenant, subjects, KeyPurpose::kFields);
    if (!keys.ok()) return keys.error();
  }
  return done(sides.owner, sides.tenant, [&](Tx& tx) {
    tx.run_script(kCopies.c_str());
    tx.exec(kFillBare, {sides.tenant});
    tx.exec(kFillPgcrypto, {static_cast<std::int64_t>(bench.pgcrypto_rows)});
  });
}

Status remove(const RewrapSides& sides) {
  return done(sides.owner, sides.tenant, [&](Tx& tx) {
    tx.exec("DELETE FROM subject_key WHERE tenant = $1", {sides.tenant});
    tx.run_script("DROP TABLE bench_key, bench_pgcrypto");
  });
}

// One batch of the bare side; how many rows, and `after` behind them.
Result<int> move_bare(const RewrapSides& sides, Uuid& after) {
  return in_tx(sides.owner, sides.tenant, [&](Tx& tx) -> Result<int> {
    tx.exec("SET LOCAL enable_sort = off");
    const Rows rows =
        tx.query(kReadBare, {sides.tenant, after, static_cast<std::int64_t>(Rewrapper::kBatchMax)});
    std::vector<Uuid> subjects;
    std::vector<Bytes> wraps;
    for (const auto& row : rows) {
      subjects.push_back(row.uuid(0));
      wraps.push_back(row.bytes(1));
    }
    if (rows.empty()) return 0;
    tx.exec(kWriteBare, {sides.tenant, Param::array(subjects), Param::array(wraps)});
    after = subjects.back();
    return rows.size();
  });
}

Result<double> bare_rate(const RewrapSides& sides) {
  Status failed = Unit{};
  int moved = 0;
  const double seconds = seconds_of([&] {
    Uuid after;
    for (int more = 1; more > 0;) {
      const auto batch = move_bare(sides, after);
      if (!batch.ok()) failed = batch.error();
      more = batch.ok() ? *batch : 0;
      moved += more;
    }
  });
  if (!failed.ok()) return failed.error();
  return moved / seconds;
}

Result<double> pgcrypto_rate(const RewrapSides& sides, int rows) {
  Status updated = Unit{};
  const double seconds = seconds_of(
      [&] { updated = done(sides.owner, sides.tenant, [](Tx& tx) { tx.exec(kPgcrypto); }); });
  if (!updated.ok()) return updated.error();
  return rows / seconds;
}

Result<double> our_rate(const RewrapSides& sides) {
  if (auto begun = sides.begin_epoch(); !begun.ok()) return begun.error();
  Result<RewrapReport> report(RewrapReport{});
  const double seconds = seconds_of([&] { report = sides.rewrap(); });
  if (!report.ok()) return report.error();
  if (report->changed + report->damaged > 0) {
    return Error{ErrorCode::kConflict, "somebody else works on these keys"};
  }
  if (auto burned = sides.burn_epoch(); !burned.ok()) return burned.error();
  return static_cast<double>(report->rewrapped) / seconds;
}

Status measure(const RewrapSides& sides, const RewrapBench& bench, Sides& bare, Sides& pgcrypto) {
  if (auto filled = fill(sides, bench); !filled.ok()) return filled;
  for (int round = 0; round < bench.rounds; ++round) {
    const auto ours = our_rate(sides);
    if (!ours.ok()) return ours.error();
    const auto limit = bare_rate(sides);
    if (!limit.ok()) return limit.error();
    const auto other = pgcrypto_rate(sides, bench.pgcrypto_rows);
    if (!other.ok()) return other.error();
    bare.add(*ours, *limit);
    pgcrypto.add(*ours, *other);
  }
  return Unit{};
}

void print(const char* what, const Sides& sides, std::ostream& out) {
  char line[160];
  std::snprintf(line, sizeof line, "%-52s %10.0f/s %10.0f/s   ratio %5.2f\n", what,
                Sides::median(sides.ours), Sides::median(sides.theirs), sides.ratio());
  out << line;
}

}  // namespace

int bench_rewrap(const RewrapSides& sides, const RewrapBench& bench, std::ostream& out) {
  if (auto marked = require_bench_database(sides.owner); !marked.ok()) {
    out << marked.error().reason.view() << '\n';
    return 1;
  }
  Sides bare;
  Sides pgcrypto;
  const Status measured = measure(sides, bench, bare, pgcrypto);
  const Status removed = remove(sides);
  for (const Status& one : {measured, removed}) {
    if (one.ok()) continue;
    out << one.error().reason.view() << '\n';
    return 1;
  }
  out << bench.keys << " keys, one connection, median of " << bench.rounds
      << " rounds          Assent   beside it\n";
  print("rewrapped / read and written back without crypto", bare, out);
  print("rewrapped / pgcrypto s2k-mode 0 in one UPDATE", pgcrypto, out);
  const double seconds = kManyKeys / Sides::median(bare.ours);
  char line[96];
  std::snprintf(line, sizeof line, "ten million keys at this rate: %.0f s   target %.0f s  %s\n",
                seconds, kTargetSeconds, seconds <= kTargetSeconds ? "met" : "MISSED");
  out << line;
  return 0;
}

}  // namespace assent

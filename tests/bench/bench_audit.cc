#include "tests/bench/bench_audit.h"

#include <algorithm>
#include <atomic>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <thread>

#include "audit/exporter.h"
#include "audit/log_loop.h"
#include "audit/log_policy.h"
#include "audit/log_store.h"
#include "audit/sequencer.h"
#include "audit/verifier.h"
#include "core/digest.h"
#include "tests/bench/bench_database.h"

namespace assent {
namespace {

using Stopwatch = std::chrono::steady_clock;

constexpr std::size_t kRowBytes = 120;
constexpr std::size_t kDetailBytes = 200;
constexpr std::size_t kLeavesACommit = 5'000;

double seconds_since(Stopwatch::time_point start) {
  return std::chrono::duration<double>(Stopwatch::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Leaf bench_leaf() {
  return leaf_of(Act{}, AuditEvent::kLookup);
}

class Run {
 public:
  Run(const AuditBenchRoles& roles, const LogIdentity& log, const AuditBench& bench,
      std::ostream& out)
      : owner_(roles.owner),
        app_(roles.app),
        sequencer_role_(roles.sequencer),
        signer_(roles.signer),
        random_(roles.random),
        identity_(log),
        bench_(bench),
        out_(out),
        log_(app_.clock(), std::cerr),
        tenant_{Uuid::v4(random_)} {}

  Status run() {
    if (auto marked = require_bench_database(owner_); !marked.ok()) return marked;
    if (auto done = measure_acts(); !done.ok()) return done;
    if (auto done = measure_sequencer(); !done.ok()) return done;
    for (bool more = true; more;) {
      const auto round = signer_.run_once();
      if (!round.ok()) return round.error();
      more = round->more;
    }
    return measure_verifier();
  }

 private:
  enum class Side { kPlain, kLeaf, kDetail };

  Status exec_as_owner(StaticText sql) {
    return in_tx(owner_, TenantId{}, [&](Tx& tx) -> Status {
      tx.exec(sql);
      return Unit{};
    });
  }

  Status measure_acts() {
    for (const StaticText sql : {StaticText("DROP TABLE IF EXISTS bench_row"),
                                 StaticText("CREATE TABLE bench_row (tenant uuid, row_id uuid, "
                                            "payload bytea, PRIMARY KEY (tenant, row_id))"),
                                 StaticText("GRANT INSERT ON bench_row TO assent_app")}) {
      if (auto done = exec_as_owner(sql); !done.ok()) return done;
    }
    Sequencer sequencer(sequencer_role_);
    std::vector<double> plain;
    std::vector<double> leaf;
    std::vector<double> detail;
    {
      const LogLoop sequencing(
          "sequencer.failed", [&] { return sequencer.run_once(); }, Sequencer::kBatchMax, log_);
      const LogLoop signing(
          "signer.failed", [&] { return signer_.run_once(); }, Sequencer::kBatchMax, log_);
      for (std::size_t round = 0; round < bench_.rounds; ++round) {
        plain.push_back(acts_per_second(Side::kPlain));
        leaf.push_back(acts_per_second(Side::kLeaf));
        detail.push_back(acts_per_second(Side::kDetail));
      }
    }
    out_ << "acts, " << bench_.clients << " clients, median of " << bench_.rounds
         << " rounds; sequencer and signer running\n"
         << "  without a leaf          " << median(plain) << " tx/s\n"
         << "  with a leaf             " << median(leaf) << " tx/s   ratio "
         << median(leaf) / median(plain) << "   target >= 0.75\n"
         << "  with leaf and detail    " << median(detail) << " tx/s   ratio "
         << median(detail) / median(plain) << "   target >= 0.65\n";
    return exec_as_owner("DROP TABLE bench_row");
  }

  double acts_per_second(Side side) {
    std::atomic<std::size_t> committed{0};
    const auto start = Stopwatch::now();
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < bench_.clients; ++i) {
      clients.emplace_back([&] {
        while (Stopwatch::now() - start < bench_.side) committed += one_act(side) ? 1 : 0;
      });
    }
    for (std::thread& client : clients) client.join();
    return static_cast<double>(committed) / seconds_since(start);
  }

  bool one_act(Side side) {
    return in_tx(app_, tenant_,
                 [&](Tx& tx) -> Status {
                   const Uuid row = Uuid::v7(tx.now(), random_);
                   if (side == Side::kLeaf) journal_.append(tx, bench_leaf());
                   if (side == Side::kDetail) {
                     const Bytes payload(kDetailBytes, 7);
                     journal_.append(tx, bench_leaf(), {RecordId{row}, key_, 1, payload});
                   }
                   tx.exec("INSERT INTO bench_row (tenant, row_id, payload) VALUES ($1, $2, $3)",
                           {tx.tenant(), row, Bytes(kRowBytes, 7)});
                   return Unit{};
                 })
        .ok();
  }

  Status fill_outbox() {
    Leaf leaf = bench_leaf();
    leaf.tenant = tenant_;
    for (std::size_t done = 0; done < bench_.leaves;) {
      auto stored = in_tx(app_, tenant_, [&](Tx& tx) -> Status {
        for (std::size_t i = 0; i < kLeavesACommit && done < bench_.leaves; ++i, ++done) {
          leaf.time = app_.clock().now();
          leaf.id = {Uuid::v7(leaf.time, random_)};
          leaf.writer_seq = done;
          tx.post("CALL append_leaf($1)", {encode(leaf)});
        }
        return Unit{};
      });
      if (!stored.ok()) return stored;
    }
    return Unit{};
  }

  Status measure_sequencer() {
    tenant_ = {Uuid::v4(random_)};  // A log of its own.
    if (auto filled = fill_outbox(); !filled.ok()) return filled;
    const auto start = Stopwatch::now();
    auto round = Sequencer(sequencer_role_).drain();
    if (!round.ok()) return round.error();
    out_ << "sequencer, batches of " << Sequencer::kBatchMax << ", tiles written\n  "
         << static_cast<double>(round->done) / seconds_since(start)
         << " leaves/s   target >= 20000\n";
    return Unit{};
  }

  Status measure_verifier() {
    std::stringstream bundle;
    auto header = export_bundle(app_, tenant_, journal_, Act{}, {}, bundle);
    if (!header.ok()) return header.error();
    std::vector<Bytes> leaves;
    {
      Tx tx(app_, tenant_);
      for (auto& entry : LogStore(tx, tenant_).entries(0, header->header.end)) {
        leaves.push_back(std::move(entry.leaf));
      }
    }
    const auto tree_start = Stopwatch::now();
    CompactRange tree;
    for (const Bytes& leaf : leaves) tree.append(leaf_hash(leaf));
    const double tree_rate = static_cast<double>(leaves.size()) / seconds_since(tree_start);
    const auto policy =
        LogPolicy::parse(log_policy_text(identity_.origin, {{0, identity_.public_key}}));
    const auto start = Stopwatch::now();
    const BundleReport report = verify_bundle(bundle, &*policy);
    const double rate = static_cast<double>(report.entries) / seconds_since(start);
    out_ << "offline verification, one core"
         << (report.report.verdict == LogVerdict::kVerified ? "" : " (NOT VERIFIED)") << "\n"
         << "  tree alone, in memory   " << tree_rate << " leaves/s, root "
         << to_hex(tree.root()).substr(0, 8) << "\n"
         << "  bundle, all checks      " << rate << " leaves/s   ratio " << rate / tree_rate
         << "   target >= 1000000\n";
    return Unit{};
  }

  Database& owner_;
  Database& app_;
  Database& sequencer_role_;
  Signer& signer_;
  Random& random_;
  const LogIdentity& identity_;
  const AuditBench& bench_;
  std::ostream& out_;
  Log log_;
  TenantId tenant_;
  Journal journal_{random_};
  const SecretKey key_{Hash32{1}};
};

}  // namespace

int bench_audit(const AuditBenchRoles& roles, const LogIdentity& log, const AuditBench& bench,
                std::ostream& out) {
  out << std::fixed << std::setprecision(2);
  const auto done = Run(roles, log, bench, out).run();
  if (done.ok()) return 0;
  out << "refused: " << done.error().reason.view() << "\n";
  return 1;
}

}  // namespace assent

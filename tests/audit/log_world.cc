#include "tests/audit/log_world.h"

#include <gtest/gtest.h>

#include <sstream>

namespace assent {
namespace {

constexpr const char* kInstallation = "test.example/installation/log1";

SigningKey fresh_key(Random& random) {
  Hash32 seed{};
  random.fill(seed);
  return signing_key_from_seed(seed);
}

}  // namespace

LogWorld::LogWorld() : key(fresh_key(random)) {
  restart_signer();
}

void LogWorld::restart_signer() {
  signer.reset();
  auto opened = Signer::open(signer_role, key, signer_config());
  if (!opened.ok()) throw std::runtime_error(std::string(opened.error().reason.view()));
  signer = std::move(*opened);
}

SignerConfig LogWorld::signer_config() const {
  return {kInstallation, directory.path() / "signer", directory.path() / "published"};
}

LogCheck LogWorld::check() const {
  return {kInstallation, signer_config().published};
}

std::optional<LogProblem> LogWorld::check_problem() {
  const auto problems = check_logs(sequencer, check());
  if (!problems.ok()) throw std::runtime_error(std::string(problems.error().reason.view()));
  for (const LogProblem& problem : *problems) {
    if (problem.log == tenant) return problem;
  }
  return std::nullopt;
}

void LogWorld::act_times(int count) {
  const auto done = in_tx(data, tenant, [&](Tx& tx) -> Status {
    for (int i = 0; i < count; ++i) journal.append(tx, leaf_of(act, AuditEvent::kLookup));
    return Unit{};
  });
  ASSERT_TRUE(done.ok()) << done.error().reason.view();
}

LogRound LogWorld::ours(const Result<LogRound>& round) const {
  if (!round.ok()) throw std::runtime_error(std::string(round.error().reason.view()));
  LogRound out{round->done, {}};
  for (const LogProblem& problem : round->refused) {
    if (problem.log == tenant) out.refused.push_back(problem);
  }
  return out;
}

void LogWorld::run_log() {
  for (const LogRound& round : {sequence(), sign()}) {
    for (const LogProblem& problem : round.refused) ADD_FAILURE() << problem.error.reason.view();
  }
}

LogHead LogWorld::head() {
  Tx tx(data, tenant);
  return LogStore(tx, tenant).head();
}

std::string LogWorld::newest_checkpoint() {
  Tx tx(data, tenant);
  return LogStore(tx, tenant).newest_checkpoint().value_or("");
}

std::string LogWorld::bundle(const ExportRequest& request) {
  std::ostringstream out;
  const auto exported = export_bundle(data, tenant, journal, act, request, out);
  if (!exported.ok()) throw std::runtime_error(std::string(exported.error().reason.view()));
  return out.str();
}

BundleReport LogWorld::verify(const std::string& bundle,
                              std::optional<std::string_view> since) const {
  const auto policy = LogPolicy::parse(log_policy_text(log_origin, {{0, key.public_key}}));
  std::istringstream in(bundle);
  return verify_bundle(in, &*policy, since);
}

std::optional<std::uint64_t> LogWorld::first_bad_entry() {
  const BundleReport judged = verify(bundle());
  EXPECT_EQ(judged.report.verdict, LogVerdict::kTampered);
  return judged.report.findings.empty() ? std::nullopt : judged.report.findings[0].entry;
}

void LogWorld::tamper(StaticText sql) {
  Tx tx(superuser, tenant);
  ASSERT_GT(tx.exec(sql, {tenant}), 0) << sql.view();
  tx.commit();
}

std::int64_t LogWorld::count(StaticText sql) {
  Tx tx(superuser, tenant);
  return tx.query(sql, {tenant})[0].integer(0);
}

}  // namespace assent

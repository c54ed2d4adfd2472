#include "audit/signer_witnesses.h"

#include <algorithm>

#include "core/metrics_text.h"

namespace assent {
namespace {

bool is_done(const std::future<WitnessRound>& round) {
  return round.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace

SignerWitnesses::SignerWitnesses(std::unique_ptr<WitnessPanel> panel, Log& log,
                                 MetricsFile& metrics)
    : panel_(std::move(panel)), log_(log), metrics_(metrics) {}

Cosigning SignerWitnesses::cosign(TenantId tenant, const std::string& signed_checkpoint,
                                  const ProofFrom& proof) {
  const auto head = parse_signed_checkpoint(signed_checkpoint);
  if (!head.ok()) return {Cosigning::State::kTooFew};
  auto asking = asking_.find(tenant);
  if (asking == asking_.end()) {
    if (being_asked() >= kLogsAtOnce) return {};
    auto ask = [panel = panel_.get(), signed_checkpoint, proof] {
      return panel->cosign(signed_checkpoint, proof);
    };
    asking = asking_.emplace(tenant, std::async(std::launch::async, std::move(ask))).first;
  }
  if (!is_done(asking->second)) return {};
  WitnessRound round = asking->second.get();
  asking_.erase(asking);
  return settle(tenant, head->checkpoint, std::move(round));
}

// Of a log that is refused meanwhile nobody fetches the answer; it takes no place.
std::size_t SignerWitnesses::being_asked() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(asking_, [](const auto& asking) { return !is_done(asking.second); }));
}

Cosigning SignerWitnesses::settle(TenantId tenant, const Checkpoint& head, WitnessRound round) {
  Facts& facts = facts_[head.origin];
  facts.signed_size = head.size;
  if (round.quorum) facts.published_size = head.size;
  report_quorum(tenant, facts, round.quorum);
  report_failures(tenant, round);
  write_metrics();
  if (!round.quorum) return {Cosigning::State::kTooFew};
  return {Cosigning::State::kEnough, std::move(round.note)};
}

void SignerWitnesses::wait(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (const auto& [tenant, round] : asking_) round.wait_until(until);
}

void SignerWitnesses::drain() {
  for (const auto& [tenant, round] : asking_) round.wait();
}

void SignerWitnesses::report_quorum(TenantId tenant, Facts& facts, bool reached) {
  if (facts.is_missing == !reached) return;
  facts.is_missing = !reached;
  if (reached) {
    log_.info("witness.quorum_reached", {{"tenant", tenant}, {"size", facts.signed_size}});
  } else {
    log_.warning("witness.quorum_missing", {{"tenant", tenant},
                                            {"size", facts.signed_size},
                                            {"published_size", facts.published_size}});
  }
}

// A name of the policy is its writer's text; the log names the witness by its place there.
void SignerWitnesses::report_failures(TenantId tenant, const WitnessRound& round) {
  const auto& witnesses = panel_->policy().witnesses();
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    std::set<TenantId>& failing = failing_[witnesses[i].name];
    const auto failure =
        std::ranges::find(round.failed, witnesses[i].name, &WitnessFailure::witness);
    if (failure == round.failed.end()) {
      failing.erase(tenant);
    } else if (failing.insert(tenant).second) {
      log_.warning("witness.failed", {{"tenant", tenant},
                                      {"witness", i + 1},
                                      {"code", failure->error.code},
                                      {"reason", failure->error.reason}});
    }
  }
}

void SignerWitnesses::write_metrics() {
  std::string text;
  const auto per_log = [&](StaticText name, auto value) {
    append_metric_type(text, name, "gauge");
    for (const auto& [origin, facts] : facts_) {
      append_sample(text, name, "origin", origin, value(facts));
    }
  };
  per_log("assent_signer_signed_size", [](const Facts& f) { return f.signed_size; });
  per_log("assent_signer_published_size", [](const Facts& f) { return f.published_size; });
  per_log("assent_signer_quorum_missing", [](const Facts& f) { return f.is_missing ? 1U : 0U; });
  append_metric_type(text, "assent_signer_witness_failing", "gauge");
  for (const auto& [witness, logs] : failing_) {
    append_sample(text, "assent_signer_witness_failing", "witness", witness, logs.size());
  }
  metrics_.put("witnesses", std::move(text));
}

}  // namespace assent

#include "api/key_epochs.h"
#include "api/problem.h"
#include "api/routes.h"
#include "audit/log_status.h"
#include "core/metrics_text.h"
#include "core/vacuum.h"
#include "rights/destruction_status.h"

// GET /metrics, in the text format of Prometheus: ids and numbers, no name of anybody.
namespace assent {
namespace {

// Both work every 200 ms; what waits longer than this waits for somebody who is down or refuses.
constexpr std::int64_t kFailingAfterUs = 10 * kSecondUs;

std::uint64_t is_late(const std::optional<Timestamp>& since, Timestamp now) {
  return since && now.us - since->us > kFailingAfterUs ? 1 : 0;
}

template <class Value>
void per_log(std::string& text, const std::vector<LogStatus>& logs, StaticText name,
             const Value& value) {
  append_metric_type(text, name, "gauge");
  for (const LogStatus& log : logs) append_sample(text, name, "log", log.log.text(), value(log));
}

void append_logs(std::string& text, const std::vector<LogStatus>& logs, Timestamp now) {
  per_log(text, logs, "assent_log_waiting_leaves", [](const auto& l) { return l.waiting; });
  per_log(text, logs, "assent_log_size", [](const auto& l) { return l.size; });
  per_log(text, logs, "assent_log_checkpoint_size", [](const auto& l) { return l.signed_size; });
  per_log(text, logs, "assent_log_checkpoint_timestamp_seconds", [](const auto& l) {
    return static_cast<std::uint64_t>(l.signed_at.value_or(Timestamp{}).us / kSecondUs);
  });
  per_log(text, logs, "assent_log_sequencer_failing",
          [now](const auto& l) { return is_late(l.waiting_since, now); });
  per_log(text, logs, "assent_log_signer_failing",
          [now](const auto& l) { return is_late(l.unsigned_since, now); });
}

// Of logs that have been hashed again since the server started.
void append_rehash(std::string& text, const std::vector<LogStatus>& logs,
                   const RehashResults& results) {
  const auto sample = [&](StaticText name, const auto& value) {
    append_metric_type(text, name, "gauge");
    for (const LogStatus& log : logs) {
      const auto result = results.of(log.log);
      if (result) append_sample(text, name, "log", log.log.text(), value(*result));
    }
  };
  sample("assent_log_damaged", [](const auto& r) { return std::uint64_t{r.is_damaged}; });
  sample("assent_log_rehashed_size", [](const auto& r) { return r.size; });
  sample("assent_log_rehashed_timestamp_seconds",
         [](const auto& r) { return static_cast<std::uint64_t>(r.at.us / kSecondUs); });
}

void append_traffic(std::string& text, const Traffic& traffic) {
  append_metric_type(text, "assent_http_requests_total", "counter");
  for (std::size_t i = 0; i < Traffic::kClasses; ++i) {
    append_sample(text, "assent_http_requests_total", "class", std::to_string(i + 1) + "xx",
                  traffic.of_class(i));
  }
  append_metric_type(text, "assent_http_refused_total", "counter");
  append_sample(text, "assent_http_refused_total", "reason", "load", traffic.refused());
}

// How many keys wait to be rewrapped, by epoch: a look at each key, and only while there is a
// round.
void append_wraps_left(std::string& text, Services& services) {
  const KeyEpochs epochs(services.rewrapping);
  const auto all = epochs.all();
  const auto counts = epochs.count();
  if (!all.ok() || !counts.ok()) return;
  append_metric_type(text, "assent_key_wraps_left", "gauge");
  for (const EpochRow& epoch : *all) {
    if (&epoch == &all->back() || epoch.is_burn_told) continue;
    std::int64_t left = 0;
    for (const WrapCount& one : *counts) left += one.epoch == epoch.number ? one.keys : 0;
    append_sample(text, "assent_key_wraps_left", "epoch", std::to_string(epoch.number),
                  static_cast<std::uint64_t>(left));
  }
}

void append_epochs(std::string& text, Services& services) {
  const auto keyring = services.keyring->now();
  const std::string newest = std::to_string(keyring->current_epoch());
  append_metric_type(text, "assent_key_epoch_created_timestamp_seconds", "gauge");
  append_sample(
      text, "assent_key_epoch_created_timestamp_seconds", "epoch", newest,
      static_cast<std::uint64_t>(keyring->current_since().value_or(Timestamp{}).us / kSecondUs));
  const auto open = is_round_open(services);
  if (!open.ok()) return;
  append_metric_type(text, "assent_key_round_open", "gauge");
  append_sample(text, "assent_key_round_open", "epoch", newest, std::uint64_t{*open});
  // How many keys all tenants have is nobody's business among several.
  const auto tenants = services.tenants();
  if (*open && tenants.ok() && tenants->size() == 1) append_wraps_left(text, services);
}

// What waits for assent-key-destroyer, of the caller's tenant. Nothing when a cluster is away.
void append_destruction(std::string& text, Services& services, TenantId tenant) {
  const auto status = destruction_status(services.rights, tenant);
  if (!status.ok()) return;
  const auto gauge = [&](StaticText name, std::uint64_t value) {
    append_metric_type(text, name, "gauge");
    append_sample(text, name, "tenant", tenant.text(), value);
  };
  gauge("assent_key_destruction_waiting_units", status->waiting);
  gauge("assent_key_destruction_waiting_since_timestamp_seconds",
        static_cast<std::uint64_t>(status->since.value_or(Timestamp{}).us / kSecondUs));
  gauge("assent_key_destroyer_failing", is_late(status->since, services.clock.now()));
}

void append_vacuum(std::string& text, Services& services) {
  const auto last = last_vacuum(services.safe);
  if (!last.ok()) return;
  append_metric_type(text, "assent_tables_vacuumed_timestamp_seconds", "gauge");
  append_sample(text, "assent_tables_vacuumed_timestamp_seconds", "clusters", "both",
                static_cast<std::uint64_t>(last->value_or(Timestamp{}).us / kSecondUs));
}

void append_lookups(std::string& text, const LookupLimit& lookups) {
  append_metric_type(text, "assent_lookups_refused_total", "counter");
  append_sample(text, "assent_lookups_refused_total", "reason", "share", lookups.refused());
  append_metric_type(text, "assent_lookup_alarms_total", "counter");
  append_sample(text, "assent_lookup_alarms_total", "reason", "misses", lookups.alarms());
}

}  // namespace

Response metrics(const Request& request, const Caller& caller, Services& services) {
  auto logs = log_status(services.sequencing, {caller.tenant, TenantId{}});
  if (!logs.ok()) return render(logs.error(), request.id);
  std::string text;
  append_logs(text, *logs, services.clock.now());
  append_rehash(text, *logs, services.rehash_results);
  append_epochs(text, services);
  append_destruction(text, services, caller.tenant);
  append_vacuum(text, services);
  append_lookups(text, services.lookups);
  append_traffic(text, services.traffic);
  return text_response(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

}  // namespace assent

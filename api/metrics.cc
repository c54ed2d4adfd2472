#include "api/problem.h"
#include "api/routes.h"
#include "audit/log_status.h"
#include "core/metrics_text.h"

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
  append_lookups(text, services.lookups);
  append_traffic(text, services.traffic);
  return text_response(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

}  // namespace assent

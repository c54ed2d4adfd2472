#include "witness_routes.h"

#include "api/problem.h"
#include "core/metrics_text.h"

namespace assent {
namespace {

template <class Value>
void per_log(std::string& text, const std::vector<WitnessedLogFacts>& logs, StaticText name,
             StaticText type, Value value) {
  append_metric_type(text, name, type);
  for (const WitnessedLogFacts& log : logs) {
    append_sample(text, name, "origin", log.origin, value(log));
  }
}

Response answer_of(const WitnessAnswer& answer, const RequestId& id) {
  switch (answer.outcome) {
    case WitnessOutcome::kCosigned:
      return text_response(200, "text/plain; charset=utf-8", answer.cosignature);
    case WitnessOutcome::kOtherSize:
      return text_response(409, kSizeContentType, std::to_string(answer.known_size) + "\n");
    case WitnessOutcome::kMalformed:
      return problem(400, outcome_name(answer.outcome), answer.reason, id);
    case WitnessOutcome::kOldBeyond:
      return problem(400, outcome_name(answer.outcome),
                     "the old size is larger than the checkpoint's", id);
    case WitnessOutcome::kUnknownLog:
      return problem(404, outcome_name(answer.outcome), "the witness does not know this log", id);
    case WitnessOutcome::kUnsigned:
      return problem(403, outcome_name(answer.outcome),
                     "no key that the witness knows of this log signed the checkpoint", id);
    case WitnessOutcome::kInconsistent:
      return problem(422, outcome_name(answer.outcome), answer.reason, id);
    case WitnessOutcome::kNotKept:
      break;
  }
  return render(Error{ErrorCode::kUnavailable, "the witness could not keep the checkpoint"}, id);
}

}  // namespace

std::string metrics_text(const Witness& witness) {
  std::string text;
  const auto logs = witness.logs();
  per_log(text, logs, "assent_witness_log_size", "gauge", [](const auto& l) { return l.size; });
  per_log(text, logs, "assent_witness_log_cosigned_timestamp_seconds", "gauge",
          [](const auto& l) { return l.time_s; });
  per_log(text, logs, "assent_witness_log_contradicted", "gauge",
          [](const auto& l) { return l.contradicted ? 1U : 0U; });
  per_log(text, logs, "assent_witness_cosigned_total", "counter",
          [](const auto& l) { return l.cosigned; });
  append_metric_type(text, "assent_witness_refused_total", "counter");
  for (std::size_t i = 0; i < static_cast<std::size_t>(WitnessOutcome::kCosigned); ++i) {
    const auto outcome = static_cast<WitnessOutcome>(i);
    append_sample(text, "assent_witness_refused_total", "reason", outcome_name(outcome).view(),
                  witness.count(outcome));
  }
  return text;
}

Router make_witness_routes(Witness& witness) {
  Router router;
  router.add({Method::kPost, kAddCheckpointPath, "witness.add_checkpoint",
              [&witness](const Request& request) {
                return answer_of(witness.add_checkpoint(request.body.reveal()), request.id);
              },
              kNoteBytesMax});
  router.add(
      {Method::kGet, "/{origin}/checkpoint", "witness.checkpoint",
       [&witness](const Request& request) {
         auto note = witness.checkpoint(request.param("origin"));
         if (!note) {
           return render(Error{ErrorCode::kNotFound, "no checkpoint was cosigned"}, request.id);
         }
         return text_response(200, "text/plain; charset=utf-8", std::move(*note));
       }});
  router.add({Method::kGet, "/metrics", "witness.metrics", [&witness](const Request&) {
                return text_response(200, "text/plain; version=0.0.4; charset=utf-8",
                                     metrics_text(witness));
              }});
  return router;
}

}  // namespace assent

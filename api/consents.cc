#include "api/json.h"
#include "api/problem.h"
#include "api/routes.h"
#include "api/statement.h"

// POST /v1/consents
namespace assent {

Response record_consent(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  StatementOrder order;
  JsonReader identifier = in.object("identifier");
  order.kind = identifier.text("kind", 32);
  order.value = identifier.personal("value", 512);
  if (const auto record = in.optional_text("record", 36)) {
    order.record = RecordId::parse(*record);
    if (!order.record) in.refuse("record", "a record is named by its id");
  }
  order.purpose = in.text("purpose", 64);
  order.channel = in.optional_text("channel", 64).value_or("");
  order.action = in.text("action", 32);
  order.notice = in.optional_text("notice", 64).value_or("");
  order.reference = in.optional_text("reference", 128).value_or(request.id.text());
  if (const auto at = in.optional_text("effective_at", 40)) {
    order.effective_at = parse_rfc3339(*at);
    if (!order.effective_at) in.refuse("effective_at", "an instant as RFC 3339 writes it");
  }
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  const auto outcome = record_statement(
      services, caller.tenant, act_of(caller, PurposeCode::kDirectMarketing, request.id), order);
  if (!outcome.ok()) return render(outcome.error(), request.id);
  JsonWriter out;
  out.begin_object();
  out.key("recorded").integer(static_cast<std::int64_t>(outcome->recorded));
  out.key("suppressed").integer(static_cast<std::int64_t>(outcome->suppressed));
  return json_response(200, out.end_object().take());
}

}  // namespace assent

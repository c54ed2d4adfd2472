#include "api/json.h"
#include "api/problem.h"
#include "api/profile_reading.h"
#include "api/routes.h"
#include "consent/vocabulary.h"

// POST /v1/profiles/{profile}/read; GET /v1/records/{record}/consents
namespace assent {
namespace {

StaticText action_word(ConsentAction action) {
  switch (action) {
    case ConsentAction::kRequest:
      return "request";
    case ConsentAction::kGive:
      return "give";
    case ConsentAction::kRenew:
      return "renew";
    case ConsentAction::kRefuse:
      return "refuse";
    case ConsentAction::kWithdraw:
      return "withdraw";
    case ConsentAction::kObject:
      return "object";
    case ConsentAction::kExpire:
      return "expire";
    case ConsentAction::kInvalidate:
      return "invalidate";
  }
  return "";
}

StaticText evidence_word(EvidenceKind evidence) {
  switch (evidence) {
    case EvidenceKind::kNone:
      return "none";
    case EvidenceKind::kClaimed:
      return "claimed";
    case EvidenceKind::kProven:
      return "proven";
  }
  return "";
}

void write_record(JsonWriter& out, const ShownRecord& record) {
  out.begin_object();
  out.key("record").text(record.record.text());
  out.key("source").text(record.source);
  out.key("fields").begin_object();
  for (const ShownField& field : record.fields) {
    out.key(field.name).begin_array();
    for (const Plaintext& value : field.values) out.text(value.reveal());
    out.end_array();
  }
  out.end_object().end_object();
}

void write_statement(JsonWriter& out, const LedgerRow& row) {
  const ConsentEvent& event = row.event;
  out.begin_object();
  out.key("id").text(event.id.text());
  out.key("purpose").text(wire_name(event.purpose).view());
  out.key("channel");
  if (event.channel == 0) {
    out.null();
  } else {
    out.text(channel_name(static_cast<Channel>(event.channel)));
  }
  out.key("action").text(action_word(event.action).view());
  out.key("effective_at").text(to_rfc3339(event.effective_at));
  out.key("recorded_at").text(to_rfc3339(row.recorded_at));
  out.key("for_one_contact").boolean(event.contact.has_value());
  out.key("evidence").text(evidence_word(event.evidence).view());
  out.key("event").text(row.leaf.text());
  out.end_object();
}

// An instant of the query, or now. kInvalid when it is none.
Result<Timestamp> instant(const Request& request, StaticText name, Timestamp now) {
  const auto text = request.query.get(name);
  if (!text) return now;
  const auto at = parse_rfc3339(*text);
  if (!at) return Error{ErrorCode::kInvalid, "an instant as RFC 3339 writes it"};
  return *at;
}

}  // namespace

Response read_profile(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  ProfileReadOrder order;
  order.fields = in.texts("fields", 64);
  order.reason = in.personal("reason", 512);
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  const auto id = ProfileId::parse(request.param("profile"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such profile"}, request.id);
  order.profile = *id;
  const auto records = open_profile(services, caller.tenant,
                                    act_of(caller, PurposeCode::kRightsRequest, request.id), order);
  if (!records.ok()) return render(records.error(), request.id);
  JsonWriter out;
  out.begin_object().key("records").begin_array();
  for (const ShownRecord& record : *records) write_record(out, record);
  return json_response(200, out.end_array().end_object().take());
}

Response consent_history(const Request& request, const Caller& caller, Services& services) {
  if (auto known = request.query.only({"as_of", "known_at"}); !known.ok()) {
    return render(known.error(), request.id);
  }
  const Timestamp now = services.clock.now();
  const auto as_of = instant(request, "as_of", now);
  if (!as_of.ok()) return render(as_of.error(), request.id);
  const auto known_at = instant(request, "known_at", now);
  if (!known_at.ok()) return render(known_at.error(), request.id);
  const auto record = RecordId::parse(request.param("record"));
  if (!record) return render(Error{ErrorCode::kNotFound, "no such record"}, request.id);
  const auto history = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    return services.ledger.history(tx, act_of(caller, PurposeCode::kAudit, request.id), *record,
                                   *as_of, *known_at);
  });
  if (!history.ok()) return render(history.error(), request.id);
  JsonWriter out;
  out.begin_object().key("statements").begin_array();
  for (const LedgerRow& row : *history) write_statement(out, row);
  return json_response(200, out.end_array().end_object().take());
}

}  // namespace assent

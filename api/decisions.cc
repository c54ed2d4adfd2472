#include "api/json.h"
#include "api/lookups.h"
#include "api/preview.h"
#include "api/problem.h"
#include "api/routes.h"
#include "consent/vocabulary.h"

// POST /v1/decisions
namespace assent {
namespace {

PersonQuery read_identifier(JsonReader& identifier) {
  PersonQuery query;
  const auto kind = lookup_kind(identifier.text("kind", 32));
  if (!kind) identifier.refuse("kind", "a kind is email, phone, card or external_id");
  query.kind = kind.value_or(LookupKind::kEmail);
  query.value = identifier.personal("value", 512);
  query.source = identifier.optional_text("source", 64).value_or("");
  return query;
}

PreviewOrder read_order(JsonReader& in) {
  PreviewOrder order;
  auto identifier = in.optional_object("identifier");
  if (identifier) order.person = read_identifier(*identifier);
  if (const auto profile = in.optional_text("profile", 36)) {
    order.profile = ProfileId::parse(*profile);
    if (!order.profile) in.refuse("profile", "a profile is named by its id");
  }
  if (order.person.has_value() == order.profile.has_value()) {
    in.refuse("identifier", "name either an identifier or a profile");
  }
  order.purpose = in.text("purpose", 64);
  order.channel = in.text("channel", 32);
  order.recipient = in.optional_text("recipient", 63).value_or("");
  return order;
}

void write_laws(JsonWriter& out, std::string_view laws) {
  out.key("policies").begin_array();
  while (!laws.empty()) {
    const std::size_t comma = std::min(laws.find(','), laws.size());
    out.text(laws.substr(0, comma));
    laws.remove_prefix(std::min(comma + 1, laws.size()));
  }
  out.end_array();
}

void write_decision(JsonWriter& out, const ExplainedPermit& permit) {
  out.begin_object();
  out.key("contact").text(contact_word(permit.row.channel).view());
  out.key("record").text(permit.row.record.text());
  out.key("permitted").boolean(permit.row.permitted);
  out.key("reason").text(reason_name(permit.row.reason).view());
  out.key("citation").text(permit.citation);
  write_laws(out, permit.row.laws);
  out.key("until");
  if (permit.row.until) {
    out.text(to_iso(*permit.row.until));
  } else {
    out.null();
  }
  out.end_object();
}

}  // namespace

Response preview_decision(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  const PreviewOrder order = read_order(in);
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  if (order.person) {
    if (auto refused = hold_back(request, caller, services)) return std::move(*refused);
  }
  const auto answer = preview(services, caller.tenant,
                              act_of(caller, PurposeCode::kDirectMarketing, request.id), order);
  if (!answer.ok()) return render(answer.error(), request.id);
  if (order.person && answer->people.empty()) note_miss(request, caller, services);
  JsonWriter out;
  out.begin_object();
  out.key("purpose").text(order.purpose);
  out.key("channel").text(order.channel);
  out.key("policy_hash").text(to_hex(answer->policy));
  out.key("people").begin_array();
  for (const PersonPreview& person : answer->people) {
    out.begin_object().key("profile").text(person.profile.text());
    out.key("decisions").begin_array();
    for (const ExplainedPermit& permit : person.decisions) write_decision(out, permit);
    out.end_array().end_object();
  }
  return json_response(200, out.end_array().end_object().take());
}

}  // namespace assent

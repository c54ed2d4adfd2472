#include "api/json.h"
#include "api/lookups.h"
#include "api/problem.h"
#include "api/receipt.h"
#include "api/routes.h"
#include "audit/log_store.h"
#include "rights/certificate_text.h"
#include "rights/erase.h"

// POST /v1/requests; GET /v1/requests/{request}, /v1/requests/{request}/certificate;
// POST /v1/searches
namespace assent {
namespace {

// {"identifier": {"kind", "value", "source"?}, "record"?, "profile"?, "first_name"?}
PersonQuery read_person(JsonReader& in) {
  PersonQuery query;
  JsonReader identifier = in.object("identifier");
  const auto kind = lookup_kind(identifier.text("kind", 32));
  if (!kind) identifier.refuse("kind", "a kind is email, phone, card or external_id");
  query.kind = kind.value_or(LookupKind::kEmail);
  query.value = identifier.personal("value", 512);
  query.source = identifier.optional_text("source", 64).value_or("");
  if (const auto record = in.optional_text("record", 36)) {
    query.record = RecordId::parse(*record);
    if (!query.record) in.refuse("record", "a record is named by its id");
  }
  if (const auto profile = in.optional_text("profile", 36)) {
    query.profile = ProfileId::parse(*profile);
    if (!query.profile) in.refuse("profile", "a profile is named by its id");
  }
  if (auto name = in.optional_text("first_name", 256)) query.first_name = Plaintext(*name);
  return query;
}

StaticText state_word(RequestState state) {
  switch (state) {
    case RequestState::kErasing:
      return "erasing";
    case RequestState::kCertifying:
      return "certifying";
    case RequestState::kCompleted:
      return "completed";
  }
  return "";
}

// The certificate is for programs unless its reader asks for text.
bool wants_text(const Request& request) {
  return request.headers.find("Accept").value_or(std::string_view{}).starts_with("text/plain");
}

}  // namespace

Response create_request(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  if (in.text("type", 32) != "erasure") in.refuse("type", "this version fulfils erasure");
  const PersonQuery query = read_person(in);
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  auto taken =
      EraseService(services.rights)
          .request(caller.tenant, act_of(caller, PurposeCode::kRightsRequest, request.id), query);
  if (!taken.ok()) {
    // A person's request is never held back; whom nobody knows is a miss all the same.
    if (taken.error().code == ErrorCode::kNotFound) note_miss(request, caller, services);
    return render(taken.error(), request.id);
  }
  JsonWriter out;
  out.begin_object();
  out.key("id").text(taken->id.text());
  out.key("state").text("erasing");
  Response response = with_receipt(202, out, caller.tenant, taken->leaf, services);
  response.headers.add("Location", "/v1/requests/" + taken->id.text());
  return response;
}

Response read_request(const Request& request, const Caller& caller, Services& services) {
  const auto id = RequestId::parse(request.param("request"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such request"}, request.id);
  auto status = EraseService(services.rights).status(caller.tenant, *id);
  if (!status.ok()) return render(status.error(), request.id);
  JsonWriter out;
  out.begin_object();
  out.key("id").text(id->text());
  out.key("type").text("erasure");
  out.key("state").text(state_word(status->state).view());
  out.key("received_at").text(to_rfc3339(status->received_at));
  out.key("records").integer(status->records);
  if (status->closed_at) {
    auto closed =
        in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<std::optional<EventId>> {
          return LogStore(tx, caller.tenant)
              .event_at(*status->closed_at, AuditEvent::kRequestClosed, id->value);
        });
    if (!closed.ok()) return render(closed.error(), request.id);
    if (*closed) out.key("closing_receipt_at").text(receipt_place(**closed));
  }
  return json_response(200, out.end_object().take());
}

Response read_certificate(const Request& request, const Caller& caller, Services& services) {
  const auto id = RequestId::parse(request.param("request"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such request"}, request.id);
  auto certificate =
      EraseService(services.rights)
          .certificate(caller.tenant, act_of(caller, PurposeCode::kRightsRequest, request.id), *id);
  if (!certificate.ok()) return render(certificate.error(), request.id);
  if (!wants_text(request)) return json_response(200, std::string(certificate->reveal()));
  const Language language =
      accepted_language(request.headers.find("Accept-Language").value_or(std::string_view{}));
  auto text = certificate_text(*certificate, language);
  if (!text.ok()) return render(text.error(), request.id);
  Response response = text_response(200, "text/plain; charset=utf-8", std::string(text->reveal()));
  add_language(response, language);
  return response;
}

Response search_people(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  const PersonQuery query = read_person(in);
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  if (auto refused = hold_back(request, caller, services)) return std::move(*refused);
  auto people =
      EraseService(services.rights)
          .find(caller.tenant, act_of(caller, PurposeCode::kRightsRequest, request.id), query);
  if (!people.ok()) return render(people.error(), request.id);
  if (people->empty()) note_miss(request, caller, services);
  JsonWriter out;
  out.begin_object().key("people").begin_array();
  for (const Candidate& person : *people) {
    out.begin_object();
    if (person.has_profile()) out.key("profile").text(person.profile.text());
    out.key("records").begin_array();
    for (const RecordId& record : person.holders) out.text(record.text());
    for (const Uuid& unit : person.units.all()) out.text(unit.text());
    out.end_array().end_object();
  }
  return json_response(200, out.end_array().end_object().take());
}

}  // namespace assent

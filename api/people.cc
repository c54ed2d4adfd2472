#include "api/json.h"
#include "api/key_rotation.h"
#include "api/problem.h"
#include "api/receipt.h"
#include "api/routes.h"
#include "api/separation.h"

// POST /v1/records/{record}/unmerge, /key; GET /v1/records/{record}/links/{other}
namespace assent {

Response unmerge_record(const Request& request, const Caller& caller, Services& services) {
  const auto id = RecordId::parse(request.param("record"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such record"}, request.id);
  auto outcome = separate(services, caller.tenant,
                          act_of(caller, PurposeCode::kIdentityResolution, request.id), *id);
  if (!outcome.ok()) return render(outcome.error(), request.id);
  JsonWriter out;
  out.begin_object();
  out.key("profile").text(outcome->profile.text());
  out.key("links_retracted").integer(static_cast<std::int64_t>(outcome->links_retracted));
  return json_response(200, out.end_object().take());
}

Response rotate_record_key(const Request& request, const Caller& caller, Services& services) {
  const auto id = Uuid::parse(request.param("record"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such record"}, request.id);
  const auto done = resealer(services).rotate(
      caller.tenant, act_of(caller, PurposeCode::kOperations, request.id), *id);
  if (!done.ok()) return render(done.error(), request.id);
  JsonWriter out;
  out.begin_object();
  out.key("version").integer(done->version);
  out.key("values").integer(static_cast<std::int64_t>(done->values));
  return with_receipt(200, out, caller.tenant, done->leaf, services);
}

Response explain_link(const Request& request, const Caller& caller, Services& services) {
  const auto one = RecordId::parse(request.param("record"));
  const auto two = RecordId::parse(request.param("other"));
  if (!one || !two) return render(Error{ErrorCode::kNotFound, "no such record"}, request.id);
  auto links =
      in_tx(services.data, caller.tenant,
            [&](Tx& tx) -> Result<std::vector<LinkEvidence>> { return explain(tx, *one, *two); });
  if (!links.ok()) return render(links.error(), request.id);
  JsonWriter out;
  out.begin_object().key("links").begin_array();
  for (const LinkEvidence& link : *links) {
    out.begin_object();
    out.key("same").text(kind_name(link.kind));
    out.key("since").text(to_rfc3339(link.since));
    out.key("retracted").boolean(link.retracted_at.has_value());
    out.end_object();
  }
  return json_response(200, out.end_array().end_object().take());
}

}  // namespace assent

#include "api/entry_query.h"
#include "api/entry_text.h"
#include "api/problem.h"
#include "api/receipt.h"
#include "api/routes.h"

// GET /v1/audit/entries, /v1/records/{record}/trail
namespace assent {
namespace {

bool wants_csv(const Request& request) {
  return request.headers.find("Accept").value_or(std::string_view{}).starts_with("text/csv");
}

Response answer(const Request& request, const EntryPage& page, const Services& services) {
  const FieldCatalogue& fields = services.catalogues->fields;
  const bool csv = wants_csv(request);
  Response response = csv ? text_response(200, "text/csv; charset=utf-8", entries_csv(page, fields))
                          : json_response(200, entries_json(page, fields));
  response.headers.add(kReceiptHeader.view(), receipt_place(page.leaf));
  if (csv && page.next) response.headers.add("X-Assent-Next", page.next->text());
  return response;
}

Result<EntryQuery> query_of(const Request& request, std::initializer_list<StaticText> known) {
  if (auto only = request.query.only(known); !only.ok()) return only.error();
  return read_entry_query([&](StaticText name) { return request.query.get(name); });
}

}  // namespace

Response log_entries(const Request& request, const Caller& caller, Services& services) {
  const auto query = query_of(request, kEntryQueryNames);
  if (!query.ok()) return render(query.error(), request.id);
  const Act act = act_of(caller, PurposeCode::kAudit, request.id);
  auto page = in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<EntryPage> {
    return view_entries(tx, services.journal, act, query->filter, query->after, query->limit);
  });
  if (!page.ok()) return render(page.error(), request.id);
  return answer(request, *page, services);
}

Response record_trail(const Request& request, const Caller& caller, Services& services) {
  const auto query = query_of(request, {"after", "limit"});
  if (!query.ok()) return render(query.error(), request.id);
  const auto record = RecordId::parse(request.param("record"));
  if (!record) return render(Error{ErrorCode::kNotFound, "no such record"}, request.id);
  const Act act = act_of(caller, PurposeCode::kRightsRequest, request.id);
  auto page = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    return view_trail(tx, services.journal, act, *record, query->after, query->limit);
  });
  if (!page.ok()) return render(page.error(), request.id);
  return answer(request, *page, services);
}

}  // namespace assent

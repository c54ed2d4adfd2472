#include "api/json.h"
#include "api/problem.h"
#include "api/receipt.h"
#include "api/routes.h"
#include "identity/place.h"

// GET, POST /v1/recipients
namespace assent {
namespace {

void write_words(JsonWriter& out, std::string_view key, const std::vector<std::string>& words) {
  out.key(key).begin_array();
  for (const std::string& word : words) out.text(word);
  out.end_array();
}

void write_recipient(JsonWriter& out, const RegisteredRecipient& recipient) {
  out.begin_object();
  out.key("id").text(recipient.id.text());
  out.key("name").text(recipient.name);
  out.key("role").text(role_word(recipient.role));
  out.key("country").text(recipient.country.text());
  write_words(out, "contracts", recipient.contracts);
  out.key("transfer_tool").text(recipient.transfer_tool);
  out.key("notice").text(notice_word(recipient.notice));
  write_words(out, "fields", recipient.fields);
  write_words(out, "duties", recipient.duties);
  out.end_object();
}

RegisteredRecipient read_recipient(JsonReader& in) {
  RegisteredRecipient recipient;
  recipient.name = in.text("name", 64);
  recipient.role = parse_recipient_role(in.text("role", 32));
  if (recipient.role == RecipientRole::kUnknown) {
    in.refuse("role", "a role is internal, processor, third_party or ad_platform");
  }
  const std::string country = in.text("country", 2);
  if (!is_assigned_country(country)) {
    in.refuse("country", "a code that ISO 3166-1 assigns, two capital letters");
  }
  recipient.country = Country::parse(country).value_or(Country{});
  recipient.contracts = in.texts("contracts", 16);
  recipient.fields = in.texts("fields", 64);
  recipient.duties = in.texts("duties", 16);
  recipient.transfer_tool = in.optional_text("transfer_tool", 32).value_or("");
  recipient.transfer_assessed = in.optional_boolean("transfer_assessed").value_or(false);
  recipient.framework_certified = in.optional_boolean("framework_certified").value_or(false);
  const auto notice = parse_transfer_notice(in.optional_text("notice", 32).value_or("none"));
  if (!notice) in.refuse("notice", "a notice is none, notified, cleared or banned");
  recipient.notice = notice.value_or(TransferNotice::kNone);
  return recipient;
}

}  // namespace

Response register_recipient(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  const RegisteredRecipient recipient = read_recipient(in);
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  auto registered = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    return services.release_room.recipients.register_one(
        tx, act_of(caller, PurposeCode::kOperations, request.id), recipient);
  });
  if (!registered.ok()) return render(registered.error(), request.id);
  JsonWriter out;
  out.begin_object().key("id").text(registered->id.text());
  return with_receipt(201, out, caller.tenant, registered->leaf, services);
}

Response list_recipients(const Request& request, const Caller& caller, Services& services) {
  auto all = in_tx(
      services.data, caller.tenant,
      [](Tx& tx) -> Result<std::vector<RegisteredRecipient>> { return Recipients::list(tx); });
  if (!all.ok()) return render(all.error(), request.id);
  JsonWriter out;
  out.begin_object().key("recipients").begin_array();
  for (const RegisteredRecipient& recipient : *all) write_recipient(out, recipient);
  out.end_array().end_object();
  return json_response(200, out.take());
}

}  // namespace assent

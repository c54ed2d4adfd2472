#include "api/receipt.h"

#include "audit/log_store.h"

namespace assent {
namespace {

constexpr std::string_view kPending = "null}";  // What the body ends with until there is a receipt.

// The answer may hold a secret: no copy of it is left behind.
void put_receipt(std::string& body, std::string_view receipt) {
  const std::string text = JsonWriter().text(receipt).take();
  std::string whole;
  whole.reserve(body.size() + text.size());
  whole.append(body, 0, body.size() - kPending.size()).append(text).append("}");
  wipe(body.data(), body.size());
  body = std::move(whole);
}

}  // namespace

std::string receipt_place(EventId event) {
  return "/v1/log/proofs/" + event.text();
}

Response with_receipt(int status, JsonWriter& out, TenantId log, EventId event,
                      Services& services) {
  out.key("receipt_at").text(receipt_place(event));
  out.key("receipt").null().end_object();
  Response response = json_response(status, out.take());
  response.late = [&data = services.data, log, event](Response& answer) {
    auto receipt = wait_for_checkpoint(data, log, event, std::chrono::milliseconds(0));
    if (!receipt.ok()) return receipt.error().code != ErrorCode::kUnavailable;
    put_receipt(answer.body, *receipt);
    return true;
  };
  return response;
}

}  // namespace assent

#include "api/problem.h"
#include "api/routes.h"
#include "core/file.h"

// What is public: is it alive, can it work, what does it speak.
namespace assent {

namespace {
constexpr std::size_t kContractBytesMax = 4 << 20;
}

Response health(const Request&, Services&) {
  return json_response(200, R"({"status":"alive"})");
}

Response ready(const Request& request, Services& services) {
  for (Database* database : {&services.data, &services.safe}) {
    if (auto pinged = database->ping(); !pinged.ok()) return render(pinged.error(), request.id);
  }
  return json_response(200, R"({"status":"ready"})");
}

Response openapi(const Request& request, Services& services) {
  auto text =
      read_file(services.config.policies.parent_path() / "api" / "openapi.yaml", kContractBytesMax);
  if (!text.ok()) return render(text.error(), request.id);
  return text_response(200, "application/yaml", std::move(*text));
}

}  // namespace assent

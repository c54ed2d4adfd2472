#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "api/services.h"
#include "identity/importer.h"

namespace assent {

// What `assent import` and POST /v1/sources/{source}/imports both do.
struct ImportOrder {
  std::string source;
  std::string mapping;       // Of policies/sources; "": that of the source, if it is known.
  std::string customers_of;  // Orders only.
  std::filesystem::path file;
};

// kInvalid   no such mapping, or none named for a source that is new. Else as Importer::run.
Result<ImportReport> import_file(Services& services, TenantId tenant, const Act& act,
                                 const ImportOrder& order,
                                 const std::function<void(const ImportProgress&)>& on_progress,
                                 const std::atomic<bool>& stop);

}  // namespace assent

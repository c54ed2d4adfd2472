#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "api/catalogues.h"
#include "consent/permit.h"
#include "core/key_store.h"
#include "core/tag.h"

namespace assent {

// What the acts of one tenant need besides the database: its tags and its permits. Immutable,
// thread-safe.
struct TenantTools {
  TagMaker tags;
  PermitDeriver permits;
};

// Makes a tenant's tools on first use and keeps them: the index root lives as long as the process
// (docs/threat-model.md, row 7). Thread-safe.
class TenantToolbox {
 public:
  // All must outlive the box. `database_country` as the configuration says.
  TenantToolbox(Database& data, KeyStore& keys, const Catalogues& catalogues,
                Country database_country)
      : data_(data), keys_(keys), catalogues_(catalogues), database_country_(database_country) {}

  // kNotFound for an unknown tenant.
  Result<std::shared_ptr<const TenantTools>> of(TenantId tenant);

 private:
  Result<std::shared_ptr<const TenantTools>> make(TenantId tenant);

  Database& data_;
  KeyStore& keys_;
  const Catalogues& catalogues_;
  const Country database_country_;
  std::mutex mutex_;
  std::map<TenantId, std::shared_ptr<const TenantTools>> made_;
};

}  // namespace assent

#pragma once

#include <string>

#include "audit/journal.h"
#include "consent/permit.h"
#include "core/db.h"
#include "core/key_store.h"
#include "core/random.h"
#include "identity/fields.h"
#include "identity/name.h"
#include "rights/retention.h"

namespace assent {

class PolicySet;

// What rights of a person work with, for all tenants. All must outlive it; all are thread-safe.
struct RightsServices {
  Database& data;    // As assent_app.
  Database& eraser;  // The same cluster as assent_eraser.
  Database& safe;  // The other one as assent_app: what assent-key-destroyer has done is read there.
  KeyStore& keys;
  Journal& journal;
  Random& random;
  const FieldCatalogue& fields;
  const NameCatalogue& names;
  const PolicySet& policies;
  Country database_country;  // Where the clusters stand; what load_operator() wants.
  const RetentionPolicy& retention;
};

}  // namespace assent

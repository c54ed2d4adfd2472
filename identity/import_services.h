#pragma once

#include "audit/journal.h"
#include "consent/permit.h"
#include "core/db.h"
#include "core/key_store.h"
#include "core/random.h"
#include "identity/blocked.h"
#include "identity/fields.h"
#include "identity/name.h"
#include "identity/place.h"

namespace assent {

// What an import works with. All must outlive it; all are thread-safe.
struct ImportServices {
  Database& data;  // As assent_app.
  KeyStore& keys;
  Journal& journal;
  Random& random;
  const FieldCatalogue& fields;
  const PlaceCatalogue& places;
  const BlockedValues& blocked;
  const NameCatalogue& names;
  const PermitDeriver& permits;  // Of the tenant that is imported into.
};

}  // namespace assent

#pragma once

#include <string>
#include <vector>

#include "api/services.h"

namespace assent {

// An officer looks at a person: POST /v1/profiles/{profile}/read and `assent profile read`.
struct ProfileReadOrder {
  ProfileId profile;
  std::vector<std::string> fields;  // Sealed ones of policies/fields.yaml, by name.
  Plaintext reason;                 // In the officer's words.
};

struct ShownField {
  std::string name;
  std::vector<Plaintext> values;  // A record may hold several e-mails.
};
struct ShownRecord {
  RecordId record;
  std::string source;
  std::vector<ShownField> fields;  // Those of the order that the record has, in its order.
};

// Opens the fields of every live record of the profile in one transaction, which leaves one
// RECORD_READ with the mask of the fields. The reason is kept only sealed, under the key of one of
// the records, and goes with it.
// kInvalid   no field, one that the catalogue does not have or keep sealed, or no reason.
// kNotFound  no such profile, or all its records are erased; the two are not told apart.
Result<std::vector<ShownRecord>> open_profile(Services& services, TenantId tenant, const Act& act,
                                              const ProfileReadOrder& order);

}  // namespace assent

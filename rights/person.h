#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "core/key_store.h"
#include "core/plaintext.h"
#include "identity/fields.h"
#include "identity/name.h"

namespace assent {

// By what a person can be found. The words of --identifier KIND and of the HTTP body.
enum class LookupKind { kPhone, kEmail, kCard, kExternalId };
std::optional<LookupKind> lookup_kind(std::string_view word);

// Names a person, not an address: where several hold the value, one of the last three says who.
struct PersonQuery {
  LookupKind kind = LookupKind::kEmail;
  Plaintext value;
  std::string source = {};  // Of an external id; "" is every source.
  std::optional<ProfileId> profile = std::nullopt;
  std::optional<RecordId> record = std::nullopt;
  Plaintext first_name = {};
};

// Keyed units beside records: rows that were not stored, and organisations.
struct KeyedUnits {
  std::vector<Uuid> rejected;
  std::vector<Uuid> organisations;

  std::vector<Uuid> all() const;
  bool empty() const { return rejected.empty() && organisations.empty(); }
};

// Somebody who holds the value, or held it.
struct Candidate {
  ProfileId profile;              // Nil: somebody who is in no profile, only in `units`.
  std::vector<RecordId> holders;  // Their records that hold it.
  KeyedUnits units = {};          // Empty for a profile: what is its own goes with it.

  bool has_profile() const { return profile != ProfileId{}; }
};

// Whom a search may find.
enum class Reach {
  kHolders,        // Profiles that hold the value now.
  kRightsOfPerson  // And those that held it in an older version, or are in no profile at all.
};

// Finds people by an identifier without opening anything, save first names where the query tells
// people apart by one. Thread-safe.
class PersonFinder {
 public:
  // All must outlive the finder.
  PersonFinder(KeyStore& keys, Journal& journal, const FieldCatalogue& fields,
               const NameCatalogue& names)
      : keys_(keys), journal_(journal), fields_(fields), names_(names) {}

  // Leaves one LOOKUP with the number of people found (and the leaf of the read, if names are
  // opened); commit it whatever the answer is. None is an empty list, sorted by profile. Where
  // the rights of a person reach further and no profile is meant, those count whom nothing but
  // rejected rows or an organisation names; `query.record` then may name one of these.
  // kInvalid   the value is not of its kind. A phone without its country is read as dialled in the
  //            operator's.
  Result<std::vector<Candidate>> find(Tx& tx, const Act& act, const PersonQuery& query,
                                      Reach reach) const;

 private:
  Result<std::vector<Candidate>> of_first_name(Tx& tx, const Act& act,
                                               std::vector<Candidate> candidates,
                                               const Plaintext& first_name) const;

  KeyStore& keys_;
  Journal& journal_;
  const FieldCatalogue& fields_;
  const NameCatalogue& names_;
};

}  // namespace assent

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "consent/notice.h"
#include "consent/policy.h"
#include "consent/purpose.h"
#include "core/tag.h"
#include "identity/importer.h"
#include "identity/record_facts.h"
#include "identity/resolver.h"
#include "tests/support/world.h"

namespace assent {

// "source:external id" of the records of one profile.
using Person = std::set<std::string>;

// A tenant with the shipped policies, into which files can be imported.
class ImportWorld : public World {
 public:
  explicit ImportWorld(Suite suite = Suite::kPoly1305);

  ImportServices services();
  Resolver resolver() { return {keys, names, record_fields(), random}; }
  static RecordFields record_fields();
  TagMaker tags();

  // A file with this content, under a name of its own.
  std::filesystem::path file(std::string_view content);
  Result<ImportReport> try_import(const std::string& source, const std::string& mapping,
                                  const std::filesystem::path& path,
                                  const std::string& customers_of = "");
  // Must succeed and finish.
  ImportReport import(const std::string& source, const std::string& mapping,
                      std::string_view content, const std::string& customers_of = "");
  ImportReport contacts(const std::string& source, std::string_view rows);

  std::int64_t count(StaticText sql);
  RecordId record(const std::string& source, const std::string& external_id);
  std::set<Person> people();
  // A digest of everything an import decides, without ids and times.
  std::map<std::string, std::int64_t> summary();

  PolicySet policy_set;
  FieldCatalogue fields;
  PlaceCatalogue places;
  BlockedValues blocked;
  NameCatalogue names;
  std::vector<Mapping> mappings;
  std::optional<PermitDeriver> permits;
  std::atomic<bool> stop{false};
  std::size_t stop_after = SIZE_MAX;  // Groups.

 private:
  int files_ = 0;
};

// Captions of the generic contact file.
inline const std::string kContactCaptions =
    "external_id,first_name,last_name,email,phone,birth_date,email_opt_out\n";
inline const std::string kOrderCaptions = "external_id,order_id,ordered_at,amount,currency\n";

}  // namespace assent

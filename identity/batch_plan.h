#pragma once

#include <string>
#include <vector>

#include "batch.h"
#include "contact_values.h"
#include "core/field_set.h"

namespace assent {

// What became of the rows of a group.
struct RowCounts {
  std::uint64_t stored = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t warnings = 0;
  std::uint64_t denials_kept = 0;  // Rejected rows whose denials bind somebody.
};

// What was made that was not there before, in the words of the totals of sources. A stored row may
// make nothing: a new version, a statement, a correction.
struct MadeCounts {
  std::uint64_t records = 0;
  std::uint64_t organisations = 0;
  std::uint64_t orders = 0;
};

// The denials of a row that is not stored, and whom they bind (kept_denials.h).
struct DeniedRow {
  std::vector<RowDenial> denials;
  std::optional<Tag16> external;
  std::vector<ValueTag> addresses;
  Tag16 row{};                          // Tells a repeat of the row.
  std::optional<std::size_t> rejected;  // In Batch::rejected.
};

// A batch whose sealed columns are still open: rows are planned first, then the keys of all new
// units are made in one commit of the safe, then everything is sealed.
class BatchPlan {
 public:
  explicit BatchPlan(const ContactFields& fields) : fields_(fields) {}

  Batch batch;
  RowCounts counts;
  MadeCounts made;
  std::vector<DeniedRow> denied;

  void add_version(VersionRow row, std::vector<FieldValue> values, Arrival key);
  void add_organisation(OrganisationRow row, std::vector<FieldValue> values, Arrival key);

  // A row that is not stored. `held` is what finds it; its holder is filled in here.
  struct Reject {
    std::uint64_t line = 0;
    std::uint32_t column = 0;
    StaticText reason;
    std::string field;
    std::vector<FieldValue> values;
    std::vector<HeldTag> held;
    DeniedRow denied{};
  };
  void reject(Uuid unit, Uuid row, Reject reject);
  // Of an erased person's row nothing is kept, not even sealed.
  Reject erased(std::uint64_t line) const;

  // `existing` holds the keys of units that have one.
  Status seal(TenantId tenant, KeyStore& keys, Random& random, const KeySet& existing);

 private:
  enum class Place { kVersion, kOrganisation, kRejected };
  struct Job {
    Place place;
    std::size_t index;
    Uuid unit;
    Uuid row;
    std::vector<FieldValue> values;
  };
  Bytes& target(const Job& job);
  bool replace_organisation(OrganisationRow& row, std::vector<FieldValue>& values);

  const ContactFields& fields_;
  std::vector<Uuid> new_units_;
  std::vector<Job> jobs_;
};

}  // namespace assent

#include "batch_plan.h"

#include <algorithm>
#include <stdexcept>

namespace assent {

void BatchPlan::add_version(VersionRow row, std::vector<FieldValue> values, Arrival key) {
  if (key == Arrival::kNew) {
    new_units_.push_back(row.record.value);
    ++made.records;
  }
  jobs_.push_back(
      {Place::kVersion, batch.versions.size(), row.record.value, row.row, std::move(values)});
  batch.versions.push_back(std::move(row));
}

// An organisation has no versions: of two rows of one batch the later one stands.
bool BatchPlan::replace_organisation(OrganisationRow& row, std::vector<FieldValue>& values) {
  const auto earlier =
      std::ranges::find(batch.organisations, row.organisation, &OrganisationRow::organisation);
  if (earlier == batch.organisations.end()) return false;
  const auto job = std::ranges::find_if(jobs_, [&](const Job& one) {
    return one.place == Place::kOrganisation && one.unit == row.organisation;
  });
  job->row = row.row;
  job->values = std::move(values);
  *earlier = std::move(row);
  return true;
}

void BatchPlan::add_organisation(OrganisationRow row, std::vector<FieldValue> values, Arrival key) {
  if (key == Arrival::kChanged && replace_organisation(row, values)) return;
  if (key == Arrival::kNew) {
    new_units_.push_back(row.organisation);
    ++made.organisations;
  }
  jobs_.push_back({Place::kOrganisation, batch.organisations.size(), row.organisation, row.row,
                   std::move(values)});
  batch.organisations.push_back(std::move(row));
}

void BatchPlan::reject(Uuid unit, Uuid row, Reject reject) {
  ++counts.rejected;
  if (!reject.denied.denials.empty()) {
    reject.denied.rejected = batch.rejected.size();
    denied.push_back(std::move(reject.denied));
  }
  new_units_.push_back(unit);
  jobs_.push_back({Place::kRejected, batch.rejected.size(), unit, row, std::move(reject.values)});
  batch.rejected.push_back(
      {unit, reject.line, reject.column, reject.reason, std::move(reject.field), row, {}, false});
  batch.units.push_back(unit);
  for (HeldTag& held : reject.held) {
    held.holder = unit;
    batch.unit_tags.push_back(held);
  }
}

BatchPlan::Reject BatchPlan::erased(std::uint64_t line) const {
  std::vector<FieldValue> nothing;
  nothing.push_back({fields_.raw_row, FieldType::kText, Plaintext()});
  return {line, 0, "ERASED: the person was erased and has not acted since", "", std::move(nothing),
          {},   {}};
}

Bytes& BatchPlan::target(const Job& job) {
  switch (job.place) {
    case Place::kVersion:
      return batch.versions[job.index].fields;
    case Place::kOrganisation:
      return batch.organisations[job.index].fields;
    case Place::kRejected:
      return batch.rejected[job.index].sealed;
  }
  throw std::logic_error("a place that is not known");
}

Status BatchPlan::seal(TenantId tenant, KeyStore& keys, Random& random, const KeySet& existing) {
  auto made = keys.create(tenant, new_units_, KeyPurpose::kFields);
  if (!made.ok()) return made.error();
  for (const Job& job : jobs_) {
    auto [version, key] = made->newest(job.unit);
    if (key == nullptr) std::tie(version, key) = existing.newest(job.unit);
    if (key == nullptr) throw std::logic_error("a unit was planned without its key");
    const FieldPlace place{tenant.value, job.unit, 0, job.row};
    target(job) = seal_field_set(*key, version, place, job.values, random);
  }
  return Unit{};
}

}  // namespace assent

#include "tests/identity/import_world.h"

#include <fstream>

#include "identity/contact_values.h"
#include "identity/search.h"

namespace assent {
namespace {

const std::filesystem::path kPolicies = std::filesystem::path(ASSENT_SOURCE_DIR) / "policies";

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(std::string(result.error().reason.view()));
  return std::move(*result);
}

const FieldCatalogue& shipped_fields() {
  static const FieldCatalogue fields = must(FieldCatalogue::load(kPolicies / "fields.yaml"));
  return fields;
}

PolicySet shipped_policies() {
  auto loaded = PolicySet::load(kPolicies / "jurisdictions");
  if (!loaded.set) throw std::runtime_error("the policies do not load");
  return std::move(*loaded.set);
}

}  // namespace

ImportWorld::ImportWorld(Suite suite)
    : World("DE", {"DE", "RU"}, suite), policy_set(shipped_policies()),
      fields(shipped_fields()),
      places(must(PlaceCatalogue::load(kPolicies / "cities.yaml"))),
      blocked(must(BlockedValues::load(kPolicies / "blocked.yaml"))),
      names(must(NameCatalogue::load(kPolicies / "names.yaml"))),
      mappings(must(load_mappings(kPolicies / "sources", shipped_fields()))) {
  must(in_tx(data, tenant, [&](Tx& tx) -> Status {
    must(Purposes(journal).publish(tx, act, must(load_purposes(kPolicies / "purposes.yaml"))));
    must(Notices(journal).publish(tx, act, must(load_notices(kPolicies / "notices.yaml"))));
    permits.emplace(policy_set, must(load_operator(tx, *Country::parse("RU"))));
    return Unit{};
  }));
}

ImportServices ImportWorld::services() {
  return {data, keys, journal, random, fields, places, blocked, names, *permits};
}

RecordFields ImportWorld::record_fields() {
  return ContactFields(shipped_fields()).linking;
}

TagMaker ImportWorld::tags() {
  return must(keys.tags(tenant, index_ids()));
}

std::filesystem::path ImportWorld::file(std::string_view content) {
  const auto path = directory.path() / ("file" + std::to_string(++files_) + ".csv");
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

Result<ImportReport> ImportWorld::try_import(const std::string& source, const std::string& mapping,
                                             const std::filesystem::path& path,
                                             const std::string& customers_of) {
  clock.advance_us(kSecondUs);
  std::size_t groups = 0;
  stop = false;
  const auto on_progress = [&](const ImportProgress&) {
    clock.advance_us(1000);
    if (++groups >= stop_after) stop = true;
  };
  return Importer(services())
      .run(tenant, act, {source, find_mapping(mappings, mapping), path, customers_of}, on_progress,
           stop);
}

ImportReport ImportWorld::import(const std::string& source, const std::string& mapping,
                                 std::string_view content, const std::string& customers_of) {
  auto report = try_import(source, mapping, file(content), customers_of);
  if (!report.ok()) {
    ADD_FAILURE() << report.error().reason.view();
    return {};
  }
  return *report;
}

ImportReport ImportWorld::contacts(const std::string& source, std::string_view rows) {
  return import(source, "contacts", kContactCaptions + std::string(rows));
}

std::int64_t ImportWorld::count(StaticText sql) {
  Tx tx(data, tenant);
  return tx.query(sql)[0].integer(0);
}

RecordId ImportWorld::record(const std::string& source, const std::string& external_id) {
  Tx tx(data, tenant);
  const Rows rows = tx.query(
      "SELECT record_id FROM source_key JOIN source USING (tenant, source_id) "
      "WHERE name = $1 AND external_tag = $2",
      {source, tags().tag(kExternalIdIndex, external_id)});
  return rows.empty() ? RecordId{} : rows[0].id<RecordId>(0);
}

std::set<Person> ImportWorld::people() {
  Tx tx(data, tenant);
  std::vector<RecordId> all;
  const Rows rows = tx.query("SELECT record_id FROM record WHERE state = 0");
  for (const auto& row : rows) all.push_back(row.id<RecordId>(0));
  std::map<ProfileId, Person> profiles;
  for (const RecordFacts& facts : must(record_facts(tx, keys, record_fields(), all))) {
    profiles[facts.profile.value()].insert(facts.source + ':' +
                                           std::string(facts.external_id.reveal()));
  }
  std::set<Person> people;
  for (const auto& [profile, person] : profiles) people.insert(person);
  return people;
}

std::map<std::string, std::int64_t> ImportWorld::summary() {
  std::map<std::string, std::int64_t> counts;
  counts["records"] = count("SELECT count(*) FROM record");
  counts["versions"] = count("SELECT count(*) FROM record_version");
  counts["identifiers"] = count("SELECT count(*) FROM identifier");
  counts["purchases"] = count("SELECT count(*) FROM purchase");
  counts["amount"] = count("SELECT coalesce(sum(amount_minor), 0)::bigint FROM purchase");
  counts["links"] = count("SELECT count(*) FROM link WHERE retracted_at IS NULL");
  counts["rejected"] = count("SELECT count(*) FROM rejected_row");
  counts["organisations"] = count("SELECT count(*) FROM organisation");
  counts["events"] = count("SELECT count(*) FROM consent_event");
  counts["suppressed"] = count("SELECT count(*) FROM suppression");
  counts["permits"] = count("SELECT count(*) FROM permit");
  counts["profiles"] = count("SELECT count(*) FROM profile WHERE retired_at IS NULL");
  return counts;
}

}  // namespace assent

#include "tests/support/world.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "core/digest.h"
#include "core/migrator.h"

namespace assent {
namespace {

const std::filesystem::path kSource = ASSENT_SOURCE_DIR;

std::string clusters_directory() {
  const char* directory = std::getenv("ASSENT_TEST_CLUSTERS");
  if (directory == nullptr) {
    throw std::runtime_error(
        "no clusters: run the tests through scripts/test or scripts/with-clusters");
  }
  return directory;
}

void as_superuser(const std::string& host, int port, const std::string& sql) {
  const std::string to =
      "host=" + host + " port=" + std::to_string(port) + " dbname=postgres user=postgres";
  PGconn* pg = PQconnectdb(to.c_str());
  PGresult* result = PQexec(pg, sql.c_str());
  const bool failed = PQresultStatus(result) != PGRES_COMMAND_OK;
  const std::string why = PQerrorMessage(pg);
  PQclear(result);
  PQfinish(pg);
  if (failed) throw std::runtime_error("the test clusters refuse: " + why);
}

void must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(std::string(status.error().reason.view()));
}

// A small one: many worlds of one program share the limit of locked memory.
std::unique_ptr<KeySlab> small_slab() {
  auto slab = KeySlab::make(1 << 16);
  if (!slab.ok()) throw std::runtime_error("no locked memory: raise RLIMIT_MEMLOCK (ulimit -l)");
  return std::move(*slab);
}

CustodyConfig custody_in(const std::filesystem::path& directory) {
  return {FileRootPlace{directory / "root.key"}, std::nullopt, directory / "keyring"};
}

std::unique_ptr<LiveKeyring> fresh_keyring(KeySlab& slab, const CustodyConfig& custody,
                                           const Clock& clock, Random& random) {
  auto root = make_root(custody.root, random);
  if (!root.ok()) throw std::runtime_error("no root can be made");
  must(Keyring::create(**root, custody.keyring, clock.now(), random));
  auto keyring =
      LiveKeyring::open(custody.keyring, [&slab, custody] { return open_keyring(slab, custody); });
  if (!keyring.ok()) throw std::runtime_error("the fresh keyring does not open");
  return std::move(*keyring);
}

}  // namespace

TestClusters& TestClusters::instance() {
  static TestClusters clusters;
  return clusters;
}

TestClusters::TestClusters()
    : directory_(clusters_directory()), database_("test_" + std::to_string(::getpid())) {
  crypto_ready();
  const SystemClock clock;
  for (const auto& [config, folder] :
       {std::pair(data("assent_owner"), "data"), std::pair(safe("assent_owner"), "safe")}) {
    as_superuser(config.host, config.port, "CREATE DATABASE " + database_ + " OWNER assent_owner");
    Database owner(config, clock);
    auto report = migrate(owner, kSource / "migrations" / folder);
    if (!report.ok()) throw std::runtime_error("the migrations do not apply");
  }
}

TestClusters::~TestClusters() {
  for (const auto& config : {data("postgres"), safe("postgres")}) {
    try {
      as_superuser(config.host, config.port, "DROP DATABASE " + database_ + " WITH (FORCE)");
    } catch (const std::exception&) {  // The clusters themselves are about to go.
    }
  }
}

DatabaseConfig TestClusters::data(const std::string& role) const {
  return {.host = directory_ + "/run", .port = 5432, .database = database_, .role = role};
}
DatabaseConfig TestClusters::safe(const std::string& role) const {
  return {.host = directory_ + "/run", .port = 5433, .database = database_, .role = role};
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "assent-world.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}
TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

World::World(std::string operator_country, std::vector<std::string> targets, Suite of_values)
    : suite(of_values),
      slab(small_slab()),
      custody(custody_in(directory.path())),
      keyring(fresh_keyring(*slab, custody, clock, random)),
      tenant{Uuid::v4(random)} {
  act.actor_kind = ActorKind::kSystem;
  act.purpose = PurposeCode::kOperations;
  const std::string name = "t" + tenant.text().substr(0, 8);
  log_origin = "test.example/" + name + "/log1";
  must(keys.create_tenant_keys(tenant));
  must(in_tx(data, TenantId{}, [&](Tx& tx) -> Status {
    Leaf leaf = leaf_of(act, AuditEvent::kTenantCreated);
    leaf.object_kind = ObjectKind::kTenant;
    leaf.object = tenant.value;
    const EventId stored = journal.append(tx, leaf);
    tx.exec("SELECT create_tenant($1, $2, $3::text::char(2), $4, $5, $6, $7)",
            {tenant, name, operator_country, Param::array(targets), log_origin, tx.now(), stored});
    return Unit{};
  }));
}

std::filesystem::path World::policies() const {
  return kSource / "policies";
}

}  // namespace assent

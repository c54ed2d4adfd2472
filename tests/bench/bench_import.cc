#include "tests/bench/bench_import.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <string>
#include <vector>

#include "tests/bench/bench_database.h"

namespace assent {
namespace {

using Seconds = std::chrono::duration<double>;

const std::vector<std::string> kDataTables = {
    "record",      "record_version", "source_key",
    "identifier",  "profile",        "membership",
    "link",        "consent_event",  "consent_event_key",
    "suppression", "rejected_row",   "contact_suppression_tag",
    "permit",      "change_feed",    "audit_outbox"};
const std::vector<std::string> kSafeTables = {"subject_key"};

void write_contacts(const std::filesystem::path& file, std::size_t rows) {
  std::ofstream out(file);
  out << "external_id,first_name,last_name,patronymic,email,phone,card,birth_date,country,city,"
         "language,email_opt_out,purpose,channel,action,effective_at,notice,method\n";
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string n = std::to_string(i);
    const std::string phone = std::to_string(9'260'000'000 + i);
    // Every tenth shares its e-mail with the one before, so that there is something to link.
    const std::string mail = std::to_string(i % 10 == 9 ? i - 1 : i);
    out << n << ",Anna,Ivanova,Petrovna,person" << mail << "@example.com,+7" << phone << ",C" << n
        << ",19" << 60 + i / 10 % 40 << "-05-17,RU,Москва,ru," << (i % 20 == 0 ? "1" : "")
        << ",direct_marketing,email,give,2025-10-01T10:00:00Z,,web_form\n";
  }
}

// Runs psql against one cluster with a script; the tenant's rows are visible.
bool run_psql(const DatabaseConfig& config, TenantId tenant, const std::filesystem::path& script) {
  const std::string command =
      "PGOPTIONS='-c client_min_messages=warning -c assent.tenant=" + tenant.text() +
      "' psql -X -q -v ON_ERROR_STOP=1 -h '" + config.host + "' -p " + std::to_string(config.port) +
      " -U " + config.role + " -d " + config.database + " -f '" + script.string() + "' > /dev/null";
  return std::system(command.c_str()) == 0;
}

// The rows of one cluster that the import left behind, copied out and, timed, in again.
struct Copy {
  const DatabaseConfig& config;
  const std::vector<std::string>& tables;
  std::filesystem::path scratch;
  TenantId tenant;

  bool run_script(const std::string& text) const {
    const auto script = scratch / "copy.sql";
    std::ofstream(script) << text;
    return run_psql(config, tenant, script);
  }
  std::string file(const std::string& table) const { return (scratch / table).string(); }

  bool prepare() const {
    std::string text;
    for (const std::string& table : tables) {
      text += "DROP TABLE IF EXISTS bench_copy_" + table + ";\nCREATE TABLE bench_copy_" + table +
              " (LIKE " + table + " INCLUDING ALL EXCLUDING IDENTITY);\n\\copy (SELECT * FROM " +
              table + " WHERE tenant = '" + tenant.text() + "') TO '" + file(table) +
              "' (FORMAT binary)\n";
    }
    return run_script(text);
  }
  bool load() const {
    std::string text;
    for (const std::string& table : tables) {
      text += "\\copy bench_copy_" + table + " FROM '" + file(table) + "' (FORMAT binary)\n";
    }
    return run_script(text);
  }
  void clean() const {
    std::string text;
    for (const std::string& table : tables) {
      text += "DROP TABLE IF EXISTS bench_copy_" + table + ";\n";
      std::filesystem::remove(file(table));
    }
    run_script(text);
  }
};

std::optional<Seconds> time_copy(const std::vector<Copy>& copies) {
  for (const Copy& copy : copies) {
    if (!copy.prepare()) return std::nullopt;
  }
  const auto started = std::chrono::steady_clock::now();
  for (const Copy& copy : copies) {
    if (!copy.load()) return std::nullopt;
  }
  return std::chrono::steady_clock::now() - started;
}

long peak_megabytes() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

int bench_import(ImportServices services, Database& owner, Database& safe_owner,
                 const std::filesystem::path& scratch, const ImportBench& bench,
                 std::ostream& out) {
  if (!require_bench_database(owner).ok() || !require_bench_database(safe_owner).ok()) {
    out << "refused: the databases are not marked for benchmarks\n";
    return 1;
  }
  const auto file = scratch / "contacts.csv";
  write_contacts(file, bench.rows);
  const std::atomic<bool> stop{false};
  const auto started = std::chrono::steady_clock::now();
  auto report = Importer(services).run(
      bench.tenant, bench.act, {"bench", bench.contacts, file, ""}, [](const ImportProgress&) {},
      stop);
  const Seconds imported = std::chrono::steady_clock::now() - started;
  std::filesystem::remove(file);
  if (!report.ok()) {
    out << "failed: " << report.error().reason.view() << '\n';
    return 1;
  }
  const std::vector<Copy> copies = {{owner.config(), kDataTables, scratch, bench.tenant},
                                    {safe_owner.config(), kSafeTables, scratch, bench.tenant}};
  const auto copied = time_copy(copies);
  for (const Copy& copy : copies) copy.clean();
  if (!copied) {
    out << "failed: the rows cannot be copied\n";
    return 1;
  }
  const auto rows = static_cast<double>(bench.rows);
  out << std::fixed << std::setprecision(2) << "import     " << rows / imported.count()
      << " contacts/s   target >= 6000; " << report->stored << " stored, " << report->links_made
      << " links\n"
      << "bare COPY  " << rows / copied->count() << " contacts/s of the same rows\n"
      << "ratio      " << copied->count() / imported.count() << "   target >= 0.5\n"
      << "peak       " << peak_megabytes() << " MB   target < 300\n";
  return 0;
}

}  // namespace assent

#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "audit/act.h"
#include "identity/import_services.h"
#include "identity/mapping.h"

namespace assent {

struct ImportRequest {
  std::string source;  // --source: registered on first use, with the mapping.
  const Mapping* mapping = nullptr;
  std::filesystem::path file;
  // Orders only: the source whose external ids they name, when it is not their own.
  std::string customers_of;
};

struct ImportProgress {
  std::uint64_t rows_read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;
};

struct WarningKey {
  std::string reason;  // A literal of the program.
  std::uint32_t column = 0;
  friend auto operator<=>(const WarningKey&, const WarningKey&) = default;
};

struct WarningSeen {
  std::uint64_t rows = 0;
  std::uint64_t first_line = 0;  // Of this run.
};

// Counts cover the whole import, a part that an earlier, broken-off run did included; links,
// warnings by kind and duration are this run's.
struct ImportReport {
  Uuid import;  // list_rejected() has its rejected rows: line, column, reason.
  std::uint64_t rows_read = 0;
  std::uint64_t stored = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t denials_kept =
      0;  // Of the rejected, those whose denials bind somebody all the same.
  std::uint64_t warnings = 0;
  std::uint64_t links_made = 0;
  // Made by this run, as the totals of sources count them; records of orders are their customers'.
  std::uint64_t records_made = 0;
  std::uint64_t organisations_made = 0;
  std::uint64_t orders_made = 0;
  std::uint64_t unknown_columns = 0;
  std::map<WarningKey, WarningSeen> warnings_by_kind;
  std::int64_t duration_us = 0;
  bool resumed = false;
  bool finished = false;  // False: stopped; the same call goes on where it ended.
};

// Reads one file into a tenant: each row is stored, unchanged or rejected, in groups of kBatchRows,
// each group in one transaction with its leaf and with how far the import is. So a crash or a stop
// loses nothing, doubles nothing, and the next run of the same file by the same source goes on.
// Memory does not grow with the file. Importers of one tenant may run at once: groups take turns.
class Importer {
 public:
  static constexpr std::size_t kBatchRows = 2000;

  explicit Importer(ImportServices services) : services_(services) {}

  // `on_progress` is called after each group; `stop` ends the run after the group at hand.
  // kNotFound     no such file, or no source of that name for `customers_of`.
  // kInvalid      the file or its captions cannot be read (inspect(), open_source()), or the
  //               source's name is not one.
  // kConflict     the source is known with another mapping; the file changed while it was read;
  //               another program imports the same file; or the import that broke off was read
  //               with another version of the mapping.
  // kUnavailable  a cluster or the disk is away: repeat later.
  Result<ImportReport> run(TenantId tenant, const Act& act, const ImportRequest& request,
                           const std::function<void(const ImportProgress&)>& on_progress,
                           const std::atomic<bool>& stop);

 private:
  ImportServices services_;
};

}  // namespace assent

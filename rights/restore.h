#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/fault_point.h"
#include "rights/rights_services.h"

// What data that came back from a backup must forget and obey again before it may answer anybody:
// whoever was erased since, and whatever was refused since. The safe of today and the verified log
// tell. Source: decisions.md 4, data-protection.md 6.3; docs/decisions/0034.
namespace assent {

// A request that the data has forgotten, and what it has again of the person.
struct ErasureAgain {
  RequestId request;
  ActorRef asked_by;
  Timestamp received_at;
  std::vector<RecordId> records;
  std::vector<Uuid> rejected;
  std::vector<Uuid> organisations;
  std::size_t units() const { return records.size() + rejected.size() + organisations.size(); }
};

// What there is to do for one tenant.
struct RestorePlan {
  TenantId tenant;
  std::int64_t journal_end = 0;  // Position of the newest denial of the journal.
  std::size_t denials = 0;       // Of the journal, which the data lacks.
  std::vector<ErasureAgain> erasures;
  std::size_t destructions = 0;  // Entries KEY_DESTROYED since the backup: the safe shows each.
  // Received since the backup, and nothing tells of whom: an officer must take them in again.
  std::vector<RequestId> untold;
  bool is_compared = true;  // False: entries since the backup are lost (a fork), nothing tells.
  std::size_t units_erased() const;
};

// `done` of `all` lines of the journal.
using ReplayProgress = std::function<void(std::size_t done, std::size_t all)>;

// Each call may be interrupted and repeated: what was done is found done. Not thread-safe; nobody
// else works on the data meanwhile.
class DataRestore {
 public:
  static constexpr StaticText kFaultPoints[] = {"restore.positions_passed", "restore.page_replayed",
                                                "restore.erasure_begun", "restore.told"};

  // Also as assent_follower of the safe, and as assent_owner of the data; both must outlive this.
  DataRestore(
      const RightsServices& services, Database& journal_of_denials, Database& owner,
      FaultPoint at = [](StaticText) {})
      : services_(services), denials_(journal_of_denials), owner_(owner), at_(std::move(at)) {}

  // The tenants that the journal of denials knows: the data may have lost one.
  Result<std::vector<TenantId>> journal_tenants() const;

  // Reads, and changes nothing. The log's entries are back already (log_recovery.h).
  // kCorrupt   the safe does not show a destruction that the log tells of, a line of the journal or
  //            an entry cannot be read: the safe is not the one of today.
  // kNotFound  records have neither a key nor a tombstone: the same.
  Result<RestorePlan> plan(TenantId tenant) const;

  // Denials hold again; a page a transaction. Answers how many of them named a record that the
  // data lacks: their addresses are suppressed instead.
  Result<std::size_t> replay(const RestorePlan& plan, const Act& act,
                             const ReplayProgress& progress) const;
  // The forgotten erasures are under way again, each under its own request: EraseWorker goes on.
  Status erase_again(const RestorePlan& plan, const Act& act) const;
  // Entry DATA_RESTORED; from then on the data counts as whole. Permits are made again before it.
  Result<EventId> finish(const RestorePlan& plan, const Act& act) const;
  // The same for the installation's log.
  Result<EventId> finish_installation(const Act& act) const;

 private:
  Status note_replayed(TenantId tenant) const;
  struct Findings;
  struct UnitKind;
  Status read_journal(TenantId tenant, Findings& findings) const;
  Status read_log(TenantId tenant, Findings& findings) const;
  Status compare(TenantId tenant, Findings& findings) const;
  Status find_units(TenantId tenant, Findings& findings) const;
  Status look_up(TenantId tenant, const UnitKind& kind, const std::vector<Uuid>& units,
                 Findings& findings) const;

  RightsServices services_;
  Database& denials_;
  Database& owner_;
  FaultPoint at_;
};

// The logs whose entries came back without their rows.
Result<std::vector<TenantId>> logs_without_rows(Database& log_reader);

// Whether the data of every tenant is as new as the journal of denials says, and no log waits for
// the rows of its entries. False: DataRestore has to be run. `log_reader` reads heads of logs.
Result<bool> is_data_whole(Database& data, Database& log_reader, Database& journal_of_denials);

}  // namespace assent

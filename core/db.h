#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/param.h"
#include "core/result.h"
#include "core/rows.h"

namespace assent {

// A database that failed. Carries a SQLSTATE only: the server's message can hold bound values.
class DbError : public std::exception {
 public:
  explicit DbError(std::string sqlstate) : sqlstate_(std::move(sqlstate)) {}
  const std::string& sqlstate() const { return sqlstate_; }
  // Worth repeating the whole transaction: serialisation failure or deadlock.
  bool is_retryable() const { return sqlstate_ == "40001" || sqlstate_ == "40P01"; }

 private:
  std::string sqlstate_;
};

// 23503 → kNotFound, 23505 → kConflict, 22/23/P0001 → kInvalid, everything else → kUnavailable.
Error to_error(const DbError& error);

struct DatabaseConfig {
  std::string host;  // Directory of the Unix socket, or a host name.
  int port = 5432;
  std::string database;
  std::string role;
  std::size_t sessions = 4;  // Upper bound of open connections.
  std::chrono::milliseconds lease_timeout{2000};
  std::chrono::milliseconds statement_timeout{30'000};
};

class Session;  // One connection; private to db.cc.

// A session numbers what it writes to each tenant's log. `seq` advances only when the transaction
// commits; `id` 0 means that the session has not registered with this log yet.
struct WriterNumber {
  std::uint32_t id = 0;
  std::uint64_t seq = 0;
  std::uint32_t replaces = 0;  // The writer whose session died in this place of the pool, or 0.
};

// A bounded pool of sessions of one role in one cluster. Thread-safe. Opens lazily; a broken
// session is replaced at its next lease.
class Database {
 public:
  Database(DatabaseConfig config, const Clock& clock);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const Clock& clock() const { return clock_; }
  const DatabaseConfig& config() const { return config_; }
  // kUnavailable when no session can be opened.
  Status ping();
  // A statement that PostgreSQL refuses inside a transaction. A literal, or what PostgreSQL itself
  // made of its catalogue (format with %I): only for vacuum.cc. The errors of to_error().
  Status run_alone(const std::string& statement);

  // What the sessions of this pool, dead ones too, have committed to the tenant's log: each writer
  // with the number that it gives next.
  std::vector<WriterNumber> writers(TenantId tenant) const;

 private:
  friend class Tx;
  struct Pool;
  Session* lease();  // Throws DbError("53300") when the pool is exhausted in time.
  void give_back(Session* session);
  void note_writer(TenantId tenant, const WriterNumber& writer);
  DatabaseConfig config_;
  const Clock& clock_;
  std::unique_ptr<Pool> pool_;
};

// One transaction on one session. Rolls back when it dies uncommitted. Not thread-safe.
class Tx {
 public:
  // `tenant` is what row-level security lets this transaction see; nil sees no tenant's rows.
  Tx(Database& db, TenantId tenant);
  ~Tx();
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  TenantId tenant() const { return tenant_; }
  // One instant for everything this transaction writes.
  Timestamp now() const { return now_; }

  Rows query(StaticText sql, const std::vector<Param>& params = {});
  // The rows that the statement touched.
  std::int64_t exec(StaticText sql, const std::vector<Param>& params = {});
  // The same without waiting: it runs before the next statement or the commit, in this order, and
  // its failure is theirs. No round trip of its own.
  void post(StaticText sql, const std::vector<Param>& params);
  // COPY … FROM STDIN (FORMAT binary): `rows` in the order and types of the columns.
  void copy_in(StaticText sql, const std::vector<std::vector<Param>>& rows);
  // Several statements without parameters, as a migration holds them. Only for the migrator.
  void run_script(const std::string& script);

  bool has_writer() const { return writer_.id != 0; }
  // The number the next leaf of this transaction carries, counted up.
  WriterNumber take_writer_number();
  void adopt_writer(std::uint32_t id);  // After registration, which used number 0.

  // Throws DbError; after a lost connection the outcome is unknown and the session is dropped.
  void commit();

 private:
  void roll_back();

  Database& db_;
  Session* session_;
  TenantId tenant_;
  Timestamp now_;
  WriterNumber writer_;
  bool open_ = true;
};

// Runs `work(Tx&)` in one transaction: commits if it returns a value, rolls back if it returns an
// Error or throws. Repeats it up to three times after a deadlock or serialisation failure, so
// `work` must not leave traces outside the transaction. A DbError ends here.
template <class Work>
auto in_tx(Database& db, TenantId tenant, Work work) -> std::invoke_result_t<Work, Tx&> {
  for (int attempt = 1;; ++attempt) {
    try {
      Tx tx(db, tenant);
      auto result = work(tx);
      if (result.ok()) tx.commit();
      return result;
    } catch (const DbError& error) {
      if (!error.is_retryable() || attempt == 3) return to_error(error);
    }
  }
}

}  // namespace assent

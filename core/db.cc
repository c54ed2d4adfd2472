#include "core/db.h"

#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <condition_variable>
#include <map>
#include <mutex>

namespace assent {
namespace {

std::string sqlstate_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state != nullptr ? state : "08006";
}

bool is_success(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN;
}

// Owns `result`; throws unless it is a success.
Rows checked(PGresult* result) {
  Rows rows(result);
  if (!is_success(result)) throw DbError(sqlstate_of(result));
  return rows;
}

std::string quoted(const std::string& value) {
  std::string out = "'";
  for (char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// Plans are made anew: one cached while a table was empty would scan it when it is full.
std::string connection_string(const DatabaseConfig& config) {
  return "host=" + quoted(config.host) + " port=" + std::to_string(config.port) +
         " dbname=" + quoted(config.database) + " user=" + quoted(config.role) +
         " connect_timeout=5 application_name=assent options=" +
         quoted("-c statement_timeout=" + std::to_string(config.statement_timeout.count()) +
                " -c lock_timeout=10s -c idle_in_transaction_session_timeout=120s"
                " -c client_encoding=UTF8 -c TimeZone=UTC -c jit=off"
                " -c plan_cache_mode=force_custom_plan");
}

}  // namespace

Error to_error(const DbError& error) {
  const std::string& state = error.sqlstate();
  if (state == "23503") return {ErrorCode::kNotFound, "it refers to something that does not exist"};
  if (state == "23505") return {ErrorCode::kConflict, "it exists already"};
  if (state == "42501") return {ErrorCode::kDenied, "the database role may not do this"};
  if (state == "53100") return {ErrorCode::kUnavailable, "the database's disk is full"};
  if (state == "53300") return {ErrorCode::kBusy, "no database session is free"};
  if (state == "57014") return {ErrorCode::kUnavailable, "the database took too long"};
  if (state.starts_with("42")) return {ErrorCode::kCorrupt, "the program and the schema disagree"};
  if (state.starts_with("22") || state.starts_with("23") || state == "P0001") {
    return {ErrorCode::kInvalid, "the database refused a value"};
  }
  return {ErrorCode::kUnavailable, "the database is away"};
}

// --- Session ------------------------------------------------------------------------------------

// SOCI owns the connection. Statements run on its native handle, binary both ways: SOCI cuts text
// at a NUL, has no arrays and takes "::" for a parameter.
class Session {
 public:
  explicit Session(const DatabaseConfig& config)
      : sql_(soci::postgresql, connection_string(config)) {
    auto* backend = static_cast<soci::postgresql_session_backend*>(sql_.get_backend());
    pg_ = backend->conn_;
    // Notices can quote values; nothing of them may reach stderr.
    PQsetNoticeReceiver(
        pg_, [](void*, const PGresult*) {}, nullptr);
  }

  bool alive() const { return PQstatus(pg_) == CONNECTION_OK; }
  bool in_transaction() const { return PQtransactionStatus(pg_) != PQTRANS_IDLE; }

  // Statements queue up without waiting (libpq's pipeline mode), until settle().
  void send(const std::string& command) {
    enter_pipeline();
    count_sent(PQsendQueryParams(pg_, command.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1));
  }
  void send(StaticText sql, const std::vector<Param>& params) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    const std::vector<int> formats(params.size(), 1);
    for (const Param& param : params) {
      values.push_back(param.is_null() ? nullptr : param.bytes().data());
      lengths.push_back(static_cast<int>(param.bytes().size()));
    }
    enter_pipeline();
    count_sent(PQsendQueryPrepared(pg_, prepared(sql, params).c_str(),
                                   static_cast<int>(params.size()), values.data(), lengths.data(),
                                   formats.data(), 1));
  }

  // Waits for all that was sent. Throws the first failure, else answers the last statement.
  Rows settle() {
    if (!in_pipeline_) return Rows(nullptr);
    require_connection(PQpipelineSync(pg_) == 1);
    std::optional<DbError> failure;
    Rows last(nullptr);
    for (; sent_ > 0; --sent_) {
      PGresult* result = PQgetResult(pg_);
      require_connection(result != nullptr);
      const bool is_skipped = PQresultStatus(result) == PGRES_PIPELINE_ABORTED;
      if (!is_skipped && !is_success(result) && !failure) failure = DbError(sqlstate_of(result));
      last = Rows(result);
      PQclear(PQgetResult(pg_));  // Null: the end of this statement's answer.
    }
    PQclear(PQgetResult(pg_));  // The end of the pipeline's answer.
    require_connection(PQexitPipelineMode(pg_) == 1);
    in_pipeline_ = false;
    if (failure) {
      for (const std::string_view sql : newly_prepared_) statements_.erase(sql);
    }
    newly_prepared_.clear();
    if (failure) throw DbError(*failure);
    return last;
  }

  Rows run(const std::string& script) {
    settle();
    return checked(PQexec(pg_, script.c_str()));
  }

  void copy_in(StaticText sql, const std::string& data) {
    settle();
    checked(PQexec(pg_, sql.c_str()));
    if (PQputCopyData(pg_, data.data(), static_cast<int>(data.size())) != 1 ||
        PQputCopyEnd(pg_, nullptr) != 1) {
      throw DbError("08006");
    }
    std::optional<DbError> failure;
    while (PGresult* result = PQgetResult(pg_)) {
      if (PQresultStatus(result) != PGRES_COMMAND_OK) failure = DbError(sqlstate_of(result));
      PQclear(result);
    }
    if (failure) throw *failure;
  }

  std::map<TenantId, WriterNumber> writers;

 private:
  void enter_pipeline() {
    if (in_pipeline_) return;
    require_connection(PQenterPipelineMode(pg_) == 1);
    in_pipeline_ = true;
  }

  static void require_connection(bool holds) {
    if (!holds) throw DbError("08006");
  }

  void count_sent(int is_sent) {
    require_connection(is_sent == 1);
    ++sent_;
  }

  // What is prepared in a pipeline that fails may be unknown to the server: settle() forgets it.
  const std::string& prepared(StaticText sql, const std::vector<Param>& params) {
    const auto found = statements_.find(sql.view());
    if (found != statements_.end()) return found->second;
    std::vector<Oid> types;
    for (const Param& param : params) types.push_back(param.oid());
    std::string name = "assent_" + std::to_string(++names_given_);
    count_sent(PQsendPrepare(pg_, name.c_str(), sql.c_str(), static_cast<int>(types.size()),
                             types.data()));
    newly_prepared_.push_back(sql.view());
    return statements_.emplace(sql.view(), std::move(name)).first->second;
  }

  soci::session sql_;
  PGconn* pg_;
  bool in_pipeline_ = false;
  std::size_t sent_ = 0;  // Since the last settle().
  std::size_t names_given_ = 0;
  std::map<std::string_view, std::string> statements_;  // Keys are literals: they outlive us.
  std::vector<std::string_view> newly_prepared_;        // Since the last settle().
};

// --- Database -----------------------------------------------------------------------------------

struct Database::Pool {
  struct Slot {
    std::unique_ptr<Session> session;
    std::map<TenantId, WriterNumber> dead_writers;
    bool leased = false;

    void bury() {
      for (const auto& [tenant, writer] : session->writers) {
        if (writer.id != 0) dead_writers[tenant] = writer;
      }
      session.reset();
    }
  };
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<Slot> slots;
  std::map<TenantId, std::map<std::uint32_t, WriterNumber>> writers;  // As committed; by id.
};

Database::Database(DatabaseConfig config, const Clock& clock)
    : config_(std::move(config)), clock_(clock), pool_(std::make_unique<Pool>()) {
  pool_->slots.resize(config_.sessions);
}
Database::~Database() = default;

Session* Database::lease() {
  Pool::Slot* slot = nullptr;
  {
    std::unique_lock lock(pool_->mutex);
    const auto find_free = [&] {
      for (Pool::Slot& candidate : pool_->slots) {
        // An open session first, so that a quiet pool stays small.
        if (!candidate.leased && (slot == nullptr || candidate.session)) slot = &candidate;
        if (slot != nullptr && slot->session) break;
      }
      return slot != nullptr;
    };
    if (!pool_->freed.wait_for(lock, config_.lease_timeout, find_free)) throw DbError("53300");
    slot->leased = true;
  }
  try {
    if (slot->session && slot->session->alive()) return slot->session.get();
    {
      const std::lock_guard lock(pool_->mutex);
      if (slot->session) slot->bury();
    }
    auto opened = std::make_unique<Session>(config_);
    for (const auto& [tenant, dead] : slot->dead_writers) {
      opened->writers[tenant].replaces = dead.id;
    }
    const std::lock_guard lock(pool_->mutex);  // Whoever gives one back looks at all of them.
    slot->session = std::move(opened);
    return slot->session.get();
  } catch (const soci::soci_error&) {
    const std::lock_guard lock(pool_->mutex);
    slot->leased = false;
    slot->session.reset();
    pool_->freed.notify_one();
    throw DbError("08006");
  }
}

void Database::give_back(Session* session) {
  const std::lock_guard lock(pool_->mutex);
  for (Pool::Slot& slot : pool_->slots) {
    if (slot.session.get() != session) continue;
    slot.leased = false;
    if (!session->alive()) slot.bury();
  }
  pool_->freed.notify_one();
}

void Database::note_writer(TenantId tenant, const WriterNumber& writer) {
  const std::lock_guard lock(pool_->mutex);
  pool_->writers[tenant][writer.id] = writer;
}

std::vector<WriterNumber> Database::writers(TenantId tenant) const {
  const std::lock_guard lock(pool_->mutex);
  std::vector<WriterNumber> all;
  const auto found = pool_->writers.find(tenant);
  if (found == pool_->writers.end()) return all;
  for (const auto& [id, writer] : found->second) all.push_back(writer);
  return all;
}

Status Database::ping() {
  return in_tx(*this, TenantId{}, [](Tx& tx) -> Status {
    tx.query("SELECT 1");
    return Unit{};
  });
}

Status Database::run_alone(const std::string& statement) {
  try {
    Session* const session = lease();
    try {
      session->run(statement);
    } catch (...) {
      give_back(session);
      throw;
    }
    give_back(session);
    return Unit{};
  } catch (const DbError& error) {
    return to_error(error);
  }
}

// --- Tx -----------------------------------------------------------------------------------------

Tx::Tx(Database& db, TenantId tenant)
    : db_(db), session_(db.lease()), tenant_(tenant), now_(db.clock().now()) {
  try {
    session_->send("BEGIN");
    session_->send("SET LOCAL assent.tenant = '" + tenant.text() + "'");
  } catch (...) {
    db_.give_back(session_);
    throw;
  }
  writer_ = session_->writers[tenant];
}

Tx::~Tx() {
  if (open_) roll_back();
  db_.give_back(session_);
}

void Tx::roll_back() {
  try {
    session_->settle();
  } catch (const DbError&) {  // It failed: all the more reason.
  }
  try {
    if (session_->in_transaction()) session_->run("ROLLBACK");
  } catch (const DbError&) {  // The session is broken and will be replaced.
  }
}

Rows Tx::query(StaticText sql, const std::vector<Param>& params) {
  session_->send(sql, params);
  return session_->settle();
}

std::int64_t Tx::exec(StaticText sql, const std::vector<Param>& params) {
  return query(sql, params).affected();
}

void Tx::post(StaticText sql, const std::vector<Param>& params) {
  session_->send(sql, params);
}

void Tx::run_script(const std::string& script) {
  session_->run(script);
}

void Tx::copy_in(StaticText sql, const std::vector<std::vector<Param>>& rows) {
  const auto put = [](std::string& out, std::uint32_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      out.push_back(static_cast<char>(value >> shift));
    }
  };
  std::string data("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  for (const auto& row : rows) {
    put(data, static_cast<std::uint32_t>(row.size()), 2);
    for (const Param& cell : row) {
      put(data, cell.is_null() ? 0xffffffffU : static_cast<std::uint32_t>(cell.bytes().size()), 4);
      data += cell.bytes();
    }
  }
  put(data, 0xffff, 2);
  session_->copy_in(sql, data);
}

WriterNumber Tx::take_writer_number() {
  const WriterNumber taken = writer_;
  if (writer_.id != 0) ++writer_.seq;
  return taken;
}

void Tx::adopt_writer(std::uint32_t id) {
  writer_ = {id, 1, 0};
}

void Tx::commit() {
  // COMMIT of a transaction that failed before answers success and rolls back.
  session_->send("COMMIT");
  if (!session_->settle().is_commit()) throw DbError("25P02");
  open_ = false;
  WriterNumber& before = session_->writers[tenant_];
  if (before.id != writer_.id || before.seq != writer_.seq) db_.note_writer(tenant_, writer_);
  before = writer_;
}

}  // namespace assent

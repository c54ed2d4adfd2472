#include "import_state.h"

namespace assent {
namespace {

constexpr StaticText kRunning = R"sql(
  SELECT import_id, mapping, rows_read, stored, unchanged, rejected, warnings, denials_kept
    FROM import
   WHERE source_id = $1 AND file_tag = $2 AND state = 0
)sql";

std::uint64_t count(const Rows::Row& row, int column) {
  return static_cast<std::uint64_t>(row.integer(column));
}

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

Result<std::optional<ImportState>> find_running_import(Tx& tx, std::int16_t source,
                                                       const Tag16& file, const Hash32& mapping) {
  const Rows rows = tx.query(kRunning, {source, file});
  if (rows.empty()) return std::optional<ImportState>();
  const auto row = rows[0];
  if (row.hash(1) != mapping) {
    return Error{ErrorCode::kConflict, "the import broke off under another version of the mapping"};
  }
  return std::optional(
      ImportState{row.uuid(0),
                  count(row, 2),
                  {count(row, 3), count(row, 4), count(row, 5), count(row, 6), count(row, 7)}});
}

ImportState begin_import(Tx& tx, EventId leaf, Random& random, std::int16_t source,
                         const Tag16& file, const Hash32& mapping) {
  ImportState state{Uuid::v7(tx.now(), random), 0, {}};
  tx.exec("SELECT begin_import($1, $2, $3, $4, $5, $6)",
          {leaf, state.id, source, file, mapping, tx.now()});
  return state;
}

Status progress_import(Tx& tx, ImportState& state, std::uint64_t rows_read, const RowCounts& counts,
                       const Occurrences& occurrences) {
  std::vector<Tag16> keys;
  std::vector<std::int32_t> seen;
  for (const auto& [key, times] : occurrences) {
    keys.push_back(key);
    seen.push_back(times);
  }
  const Rows rows =
      tx.query("SELECT progress_import($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
               {state.id, number(state.rows_read), number(rows_read), number(counts.stored),
                number(counts.unchanged), number(counts.rejected), number(counts.warnings),
                number(counts.denials_kept), Param::array(keys), Param::array(seen)});
  if (!rows[0].flag(0)) {
    return Error{ErrorCode::kConflict, "another program imports the same file"};
  }
  return Unit{};
}

void finish_import(Tx& tx, EventId leaf, const ImportState& state) {
  tx.exec("SELECT finish_import($1, $2, $3)", {leaf, state.id, tx.now()});
}

}  // namespace assent

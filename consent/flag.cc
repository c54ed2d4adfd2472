#include "consent/flag.h"

namespace assent {
namespace {

Param list_of(std::span<const RecordId> records) {
  return Param::array(std::vector<RecordId>(records.begin(), records.end()));
}

}  // namespace

void RecordFlags::set(Tx& tx, EventId leaf, std::span<const RecordId> records, RecordFlag flag,
                      Timestamp since, std::optional<Timestamp> end) {
  tx.query("SELECT set_record_flags($1, $2, $3, $4, $5, $6)",
           {leaf, tx.now(), list_of(records), static_cast<std::int16_t>(flag), since, end});
}

std::size_t RecordFlags::end(Tx& tx, EventId leaf, std::span<const RecordId> records,
                             RecordFlag flag) {
  const Rows rows = tx.query("SELECT end_record_flags($1, $2, $3, $4)",
                             {leaf, tx.now(), list_of(records), static_cast<std::int16_t>(flag)});
  return static_cast<std::size_t>(rows[0].integer(0));
}

}  // namespace assent

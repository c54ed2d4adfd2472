#include "core/rows.h"

#include <libpq-fe.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace assent {
namespace {

constexpr std::int64_t kPostgresEpochUs = 946'684'800LL * kSecondUs;
constexpr std::int32_t kPostgresEpochDays = 10'957;

PGresult* pg(const void* result) {
  return const_cast<PGresult*>(static_cast<const PGresult*>(result));
}

template <class T>
T big_endian(std::string_view raw) {
  if (raw.size() != sizeof(T)) throw std::logic_error("a column was read as another type");
  std::uint64_t value = 0;
  for (char c : raw) value = (value << 8) | static_cast<std::uint8_t>(c);
  return static_cast<T>(value);
}

}  // namespace

Rows::Rows(void* pg_result) : result_(pg_result, [](void* r) { PQclear(pg(r)); }) {}
int Rows::size() const {
  return PQntuples(pg(result_.get()));
}
std::int64_t Rows::affected() const {
  const char* count = PQcmdTuples(pg(result_.get()));
  return *count == '\0' ? 0 : std::stoll(count);
}

bool Rows::is_commit() const {
  return std::string_view(PQcmdStatus(pg(result_.get()))) == "COMMIT";
}

std::string_view Rows::Row::raw(int column) const {
  if (is_null(column)) throw std::logic_error("a NULL column was read as a value");
  return {PQgetvalue(pg(result_), index_, column),
          static_cast<std::size_t>(PQgetlength(pg(result_), index_, column))};
}
bool Rows::Row::is_null(int column) const {
  return PQgetisnull(pg(result_), index_, column) != 0;
}
std::int64_t Rows::Row::integer(int column) const {
  const std::string_view value = raw(column);
  if (value.size() == 2) return big_endian<std::int16_t>(value);
  if (value.size() == 4) return big_endian<std::int32_t>(value);
  return big_endian<std::int64_t>(value);
}
double Rows::Row::real(int column) const {
  return std::bit_cast<double>(big_endian<std::int64_t>(raw(column)));
}
bool Rows::Row::flag(int column) const {
  return big_endian<std::uint8_t>(raw(column)) != 0;
}
std::string Rows::Row::text(int column) const {
  return std::string(raw(column));
}
ByteView Rows::Row::view(int column) const {
  return as_bytes(raw(column));
}
Bytes Rows::Row::bytes(int column) const {
  const ByteView value = view(column);
  return {value.begin(), value.end()};
}
Hash32 Rows::Row::hash(int column) const {
  Hash32 out{};
  const ByteView value = view(column);
  if (value.size() != out.size()) throw std::logic_error("a hash column has not 32 bytes");
  std::copy(value.begin(), value.end(), out.begin());
  return out;
}
Tag16 Rows::Row::tag(int column) const {
  Tag16 out{};
  const ByteView value = view(column);
  if (value.size() != out.size()) throw std::logic_error("a tag column has not 16 bytes");
  std::copy(value.begin(), value.end(), out.begin());
  return out;
}
Uuid Rows::Row::uuid(int column) const {
  const ByteView value = view(column);
  if (value.size() != 16) throw std::logic_error("a column was read as a uuid");
  return Uuid::from_bytes(value);
}
Timestamp Rows::Row::time(int column) const {
  return {big_endian<std::int64_t>(raw(column)) + kPostgresEpochUs};
}
Date Rows::Row::date(int column) const {
  return date_from_days(big_endian<std::int32_t>(raw(column)) + kPostgresEpochDays);
}

}  // namespace assent

#include "core/param.h"

#include <bit>
#include <stdexcept>

namespace assent {
namespace {

// Object ids of pg_type, fixed since PostgreSQL 8.
constexpr unsigned kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25,
                   kFloat8 = 701, kDate = 1082, kTimestamptz = 1184, kUuid = 2950;
// Microseconds and days from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
constexpr std::int64_t kPostgresEpochUs = 946'684'800LL * kSecondUs;
constexpr std::int32_t kPostgresEpochDays = 10'957;

template <class T>
std::string big_endian(T value) {
  std::string out(sizeof(T), '\0');
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * (sizeof(T) - 1 - i)));
  }
  return out;
}

std::string text_of(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw std::invalid_argument("text for the database holds a NUL");
  }
  return std::string(text);
}

unsigned array_oid(unsigned element) {
  switch (element) {
    case kBytea:
      return 1001;
    case kInt8:
      return 1016;
    case kInt2:
      return 1005;
    case kInt4:
      return 1007;
    case kText:
      return 1009;
    case kFloat8:
      return 1022;
    case kDate:
      return 1182;
    case kTimestamptz:
      return 1185;
    case kUuid:
      return 2951;
    case kBool:
      return 1000;
    default:
      throw std::invalid_argument("no array of this type");
  }
}

}  // namespace

Param::Param(std::int64_t value) : Param(kInt8, big_endian(value)) {}
Param::Param(std::int32_t value) : Param(kInt4, big_endian(value)) {}
Param::Param(std::int16_t value) : Param(kInt2, big_endian(value)) {}
Param::Param(bool value) : Param(kBool, std::string(1, value ? '\1' : '\0')) {}
Param::Param(double value) : Param(kFloat8, big_endian(std::bit_cast<std::int64_t>(value))) {}
Param::Param(std::string_view text) : Param(kText, text_of(text)) {}
Param::Param(ByteView bytes) : Param(kBytea, std::string(as_text(bytes))) {}
Param::Param(const Uuid& value) : Param(kUuid, std::string(as_text(value.bytes))) {}
Param::Param(Timestamp value) : Param(kTimestamptz, big_endian(value.us - kPostgresEpochUs)) {}
Param::Param(Date value) : Param(kDate, big_endian(days_since_epoch(value) - kPostgresEpochDays)) {}

Param Param::null_like(Param sample) {
  sample.null_ = true;
  sample.bytes_.clear();
  return sample;
}

// Header (dimensions, has-null, element oid, length, lower bound), then length-prefixed elements.
Param Param::array_of(unsigned element_oid, const std::vector<Param>& elements) {
  std::int32_t has_null = 0;
  std::size_t size = 20;
  for (const Param& element : elements) {
    has_null |= element.null_ ? 1 : 0;
    size += 4 + element.bytes_.size();
  }
  std::string out;
  out.reserve(size);
  out += big_endian<std::int32_t>(elements.empty() ? 0 : 1);
  out += big_endian(has_null);
  out += big_endian(static_cast<std::int32_t>(element_oid));
  if (!elements.empty()) {
    out += big_endian(static_cast<std::int32_t>(elements.size()));
    out += big_endian<std::int32_t>(1);
  }
  for (const Param& element : elements) {
    out += big_endian(element.null_ ? -1 : static_cast<std::int32_t>(element.bytes_.size()));
    out += element.bytes_;
  }
  return {array_oid(element_oid), std::move(out)};
}

}  // namespace assent

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/id.h"

namespace assent {

// One bound value of a statement, in PostgreSQL's binary format. Owns its bytes. The SQL names it
// $1, $2, …; arrays are meant for `unnest($1::uuid[], $2::bytea[])`, one statement for a batch.
class Param {
 public:
  Param(std::int64_t value);     // NOLINT(google-explicit-constructor) int8
  Param(std::int32_t value);     // NOLINT(google-explicit-constructor) int4
  Param(std::int16_t value);     // NOLINT(google-explicit-constructor) int2
  Param(bool value);             // NOLINT(google-explicit-constructor)
  Param(double value);           // NOLINT(google-explicit-constructor)
  Param(std::string_view text);  // NOLINT(google-explicit-constructor) no NUL inside
  Param(const std::string& text) : Param(std::string_view(text)) {}  // NOLINT
  Param(const char* text) : Param(std::string_view(text)) {}         // NOLINT
  Param(ByteView bytes);  // NOLINT(google-explicit-constructor) bytea
  Param(const Bytes& bytes) : Param(ByteView(bytes)) {}   // NOLINT(google-explicit-constructor)
  Param(const Hash32& bytes) : Param(ByteView(bytes)) {}  // NOLINT(google-explicit-constructor)
  Param(const Tag16& bytes) : Param(ByteView(bytes)) {}   // NOLINT(google-explicit-constructor)
  Param(const Uuid& value);                               // NOLINT(google-explicit-constructor)
  Param(Timestamp value);  // NOLINT(google-explicit-constructor) timestamptz
  Param(Date value);       // NOLINT(google-explicit-constructor)
  template <class Tag>
  Param(const Id<Tag>& id) : Param(id.value) {}  // NOLINT(google-explicit-constructor)
  // An empty optional is NULL.
  template <class T>
  Param(const std::optional<T>& value)  // NOLINT(google-explicit-constructor)
      : Param(value ? Param(*value) : null_like(Param(T{}))) {}
  // An array; elements may be std::optional. Element types as above, `bool` excepted.
  template <class T>
  static Param array(const std::vector<T>& values) {
    std::vector<Param> elements;
    elements.reserve(values.size());
    for (const T& value : values) elements.emplace_back(value);
    return array_of(element_oid(Param(T{})), elements);
  }

  unsigned oid() const { return oid_; }
  bool is_null() const { return null_; }
  const std::string& bytes() const { return bytes_; }

 private:
  Param(unsigned oid, std::string bytes) : oid_(oid), bytes_(std::move(bytes)) {}
  static Param null_like(Param sample);
  static unsigned element_oid(const Param& sample) { return sample.oid_; }
  static Param array_of(unsigned element_oid, const std::vector<Param>& elements);

  unsigned oid_ = 0;
  bool null_ = false;
  std::string bytes_;
};

}  // namespace assent

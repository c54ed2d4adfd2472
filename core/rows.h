#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/id.h"

namespace assent {

// The answer to a query. Columns are read by position; a reader for another type than the column's
// throws std::logic_error. Text and bytes are copied out.
class Rows {
 public:
  class Row {
   public:
    bool is_null(int column) const;
    std::int64_t integer(int column) const;  // int2, int4, int8
    double real(int column) const;           // float8
    bool flag(int column) const;
    std::string text(int column) const;  // text, varchar, char, jsonb as text
    Bytes bytes(int column) const;
    ByteView view(int column) const;  // Valid as long as the Rows.
    Hash32 hash(int column) const;    // bytea of 32
    Tag16 tag(int column) const;      // bytea of 16
    Uuid uuid(int column) const;
    template <class IdType>
    IdType id(int column) const {
      return IdType{uuid(column)};
    }
    Timestamp time(int column) const;
    Date date(int column) const;
    // nullopt for NULL: row.optional(3, &Row::time)
    template <class T>
    std::optional<T> optional(int column, T (Row::*read)(int) const) const {
      return is_null(column) ? std::nullopt : std::optional<T>((this->*read)(column));
    }

   private:
    friend class Rows;
    Row(const void* result, int index) : result_(result), index_(index) {}
    std::string_view raw(int column) const;
    const void* result_;
    int index_;
  };

  explicit Rows(void* pg_result);  // Takes ownership of a PGresult.
  int size() const;
  bool empty() const { return size() == 0; }
  Row operator[](int index) const { return {result_.get(), index}; }
  // Rows that an INSERT, UPDATE or DELETE touched.
  std::int64_t affected() const;
  bool is_commit() const;  // The answer to a COMMIT that was one.

  class Iterator {
   public:
    Iterator(const Rows* rows, int index) : rows_(rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return a.index_ != b.index_; }

   private:
    const Rows* rows_;
    int index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  std::unique_ptr<void, void (*)(void*)> result_;
};

}  // namespace assent

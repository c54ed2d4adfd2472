#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "core/static_text.h"

namespace assent {

// What a caller may have to decide about. Each maps to one HTTP status (api/http.cc).
enum class ErrorCode {
  kInvalid,          // The input is wrong; repeating it will not help.
  kUnauthenticated,  // No valid token.
  kDenied,           // Known, but not allowed.
  kNotFound,         // Does not exist, or has been erased: deliberately the same.
  kGone,             // Was there, and rightly went by a rule that is announced.
  kConflict,         // Contradicts what is stored.
  kTooLarge,         // Over a named limit.
  kBusy,             // A limited resource is exhausted now; retry later.
  kUnavailable,      // A dependency (database, disk, key) is away; retry later.
  kCorrupt           // Something stored does not verify. Never retried, never repaired silently.
};

// Where in an input an error stands. Lines and columns count from 1; 0 means "not applicable".
struct Position {
  std::uint64_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

// The name of a field, purpose, column caption or policy rule of *our* catalogues: text written by
// us in policies/, never by a customer. Only loaders of policies/ may call from_policy().
class CatalogueName {
 public:
  static CatalogueName from_policy(std::string name) { return CatalogueName(std::move(name)); }
  const std::string& text() const { return name_; }
  friend bool operator==(const CatalogueName&, const CatalogueName&) = default;

 private:
  explicit CatalogueName(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

// A refusal that may always be logged and shown: it is built of literals, numbers and catalogue
// names, and so cannot carry personal data.
struct Error {
  ErrorCode code;
  StaticText reason;
  std::optional<Position> position = std::nullopt;
  std::optional<CatalogueName> field = std::nullopt;
};

// A value or an Error. Dropping one is a compile error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  const Error& error() const { return std::get<1>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Unit {};
using Status = Result<Unit>;

// The stable word for a code, as it stands in logs and in problem+json "code".
StaticText error_name(ErrorCode code);

}  // namespace assent

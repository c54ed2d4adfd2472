#pragma once

#include <string_view>

namespace assent {

// Text fixed at compile time, so it cannot contain anybody's data. The only kind of text an Error,
// a log line's name or an SQL statement can be made of.
class StaticText {
 public:
  consteval StaticText(const char* text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  constexpr std::string_view view() const { return text_; }
  // The text came from a literal, so it ends in NUL.
  constexpr const char* c_str() const { return text_.data(); }
  friend constexpr bool operator==(StaticText, StaticText) = default;

 private:
  std::string_view text_;
};

}  // namespace assent

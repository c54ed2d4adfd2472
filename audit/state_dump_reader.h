#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "audit/state_dump.h"
#include "line_reader.h"

namespace assent {

// Reads a dump in constant memory and judges nothing but its form. Not thread-safe.
class StateDumpReader {
 public:
  explicit StateDumpReader(std::istream& in) : lines_(in) {}
  // Call first, once. kInvalid: no dump of a state, with the line.
  Status header();
  const std::string& origin() const { return origin_; }
  std::uint64_t size() const { return size_; }
  // nullopt after the last line. kInvalid: a line that is none, or no end; with its number.
  Result<std::optional<StateLine>> next();
  std::uint64_t covers() const { return covers_; }  // After the last line.

 private:
  Error bad(StaticText reason) const;
  LineReader lines_;
  std::string origin_;
  std::uint64_t size_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t covers_ = 0;
};

}  // namespace assent

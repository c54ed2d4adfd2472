#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace assent {

// Lines of a stream in constant memory. Only the bundle reader uses it. Not thread-safe.
class LineReader {
 public:
  static constexpr std::size_t kLineBytesMax = std::size_t{16} * 1024;

  // `in` must outlive the reader.
  explicit LineReader(std::istream& in) : in_(in), buffer_(kBufferBytes) {}

  // kLine     text() is the line without its newline.
  // kTooLong  a line over the limit was skipped; text() is empty.
  // kPartial  text() is what stands behind the last newline of the input.
  // kEnd      nothing is left.
  enum class State { kLine, kTooLong, kPartial, kEnd };
  State next();

  // Valid until the next call of next().
  std::string_view text() const { return text_; }
  std::uint64_t number() const { return number_; }  // From 1.

 private:
  static constexpr std::size_t kBufferBytes = 8 * kLineBytesMax;

  bool refill();

  std::istream& in_;
  std::vector<char> buffer_;
  std::size_t start_ = 0;  // Unread bytes are [start_, end_).
  std::size_t end_ = 0;
  std::string_view text_;
  std::uint64_t number_ = 0;
};

}  // namespace assent

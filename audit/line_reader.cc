#include "line_reader.h"

#include <cstring>

namespace assent {

bool LineReader::refill() {
  std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
  end_ -= start_;
  start_ = 0;
  in_.read(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - end_));
  const auto got = static_cast<std::size_t>(in_.gcount());
  end_ += got;
  return got != 0;
}

LineReader::State LineReader::next() {
  text_ = {};
  std::size_t scanned = 0;
  bool too_long = false;
  while (true) {
    const char* from = buffer_.data() + start_;
    const auto* newline =
        static_cast<const char*>(std::memchr(from + scanned, '\n', end_ - start_ - scanned));
    if (newline != nullptr) {
      const auto length = static_cast<std::size_t>(newline - from);
      start_ += length + 1;
      ++number_;
      if (too_long || length > kLineBytesMax) return State::kTooLong;
      text_ = {from, length};
      return State::kLine;
    }
    scanned = end_ - start_;
    if (scanned > kLineBytesMax) {  // Give up the bytes, remember the length.
      too_long = true;
      start_ = end_;
      scanned = 0;
    }
    if (!refill()) break;
  }
  if (start_ == end_ && !too_long) return State::kEnd;
  ++number_;
  if (!too_long) text_ = {buffer_.data() + start_, end_ - start_};
  start_ = end_;
  return State::kPartial;
}

}  // namespace assent

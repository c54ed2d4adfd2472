#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "identity/decode/byte_stream.h"

namespace assent {

// The part of a text that a reader looks at now. Positions count from the window's start, so they
// hold while it fills. It grows to what is asked of at(): the caller bounds that. Not thread-safe.
class TextWindow {
 public:
  static constexpr int kEnd = -1;

  TextWindow(std::unique_ptr<ByteStream> text, std::size_t chunk_bytes)
      : text_(std::move(text)), chunk_bytes_(chunk_bytes) {}

  // The byte at `i`, or kEnd behind the last one; kEnd also when reading failed (see failure()).
  int at(std::size_t i) {
    if (begin_ + i >= end_ && !fill_to(i)) return kEnd;
    return static_cast<unsigned char>(buffer_[begin_ + i]);
  }
  // What is already there from `i` on, without reading more.
  std::string_view loaded(std::size_t i) const {
    return {buffer_.data() + begin_ + i, end_ - begin_ - i};
  }
  std::string_view view(std::size_t from, std::size_t to) const {
    return {buffer_.data() + begin_ + from, to - from};
  }
  // Moves the start; everything before it is forgotten.
  void drop(std::size_t bytes) { begin_ += bytes; }

  const std::optional<Error>& failure() const { return failure_; }
  std::uint64_t bytes_read() const { return text_->bytes_read(); }

 private:
  bool fill_to(std::size_t i);

  std::unique_ptr<ByteStream> text_;
  std::size_t chunk_bytes_;
  WipedText buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  std::optional<Error> failure_;
};

}  // namespace assent

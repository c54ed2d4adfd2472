#include <algorithm>
#include <array>

#include "identity/decode/encoding.h"
#include "single_byte.h"

namespace assent {
namespace {

constexpr std::size_t kInputBytes = 16 << 10;
constexpr char32_t kMark = 0xFEFF;
void append_utf8(WipedText& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c == kUndefined) {
    put(0xFF);
  } else if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// Of every encoding but UTF-8, which is passed on as it is.
std::size_t unit_width(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      return 2;
    case Encoding::kUtf32Le:
    case Encoding::kUtf32Be:
      return 4;
    default:
      return 1;
  }
}

class DecodedStream final : public ByteStream {
 public:
  DecodedStream(std::unique_ptr<ByteStream> bytes, Encoding encoding)
      : bytes_(std::move(bytes)),
        width_(unit_width(encoding)),
        is_big_endian_(encoding == Encoding::kUtf16Be || encoding == Encoding::kUtf32Be),
        high_half_(width_ == 1 ? &high_half(encoding) : nullptr),
        input_(kInputBytes) {}

  std::uint64_t bytes_read() const override { return bytes_->bytes_read(); }

  Result<std::size_t> read(std::span<char> out) override {
    while (at_ == output_.size() && !ended_) {
      auto filled = fill();
      if (!filled.ok()) return filled.error();
    }
    const std::size_t got = std::min(out.size(), output_.size() - at_);
    std::copy_n(output_.data() + at_, got, out.data());
    at_ += got;
    return got;
  }

 private:
  Status fill() {
    auto got = bytes_->read(input_);
    if (!got.ok()) return got.error();
    output_.clear();
    at_ = 0;
    ended_ = *got == 0;
    for (std::size_t i = 0; i < *got; ++i) take(static_cast<std::uint8_t>(input_[i]));
    if (ended_ && (got_ > 0 || high_)) append_utf8(output_, kUndefined);
    return Unit{};
  }

  void take(std::uint8_t byte) {
    if (width_ == 1) {
      append_utf8(output_, byte < 0x80 ? byte : high_half_->at(byte - 0x80U));
      return;
    }
    code_ = is_big_endian_ ? code_ << 8 | byte : code_ | static_cast<char32_t>(byte) << (8 * got_);
    if (++got_ < width_) return;
    const char32_t code = code_;
    code_ = 0;
    got_ = 0;
    width_ == 2 ? take_unit(code) : take_code(code);
  }

  void take_code(char32_t code) {
    const bool exists = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    if (!(first_ && code == kMark)) append_utf8(output_, exists ? code : kUndefined);
    first_ = false;
  }

  void take_unit(char32_t unit) {
    const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (high_) {
      const char32_t high = *high_;
      high_.reset();
      if (low) {
        append_utf8(output_, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
        return;
      }
      append_utf8(output_, kUndefined);
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      high_ = unit;
    } else if (!(first_ && unit == kMark)) {
      append_utf8(output_, low ? kUndefined : unit);
    }
    first_ = false;
  }

  std::unique_ptr<ByteStream> bytes_;
  const std::size_t width_;  // Bytes of a unit.
  const bool is_big_endian_;
  const HighHalf* const high_half_;  // Of an encoding of one byte.
  WipedText input_;
  WipedText output_;
  std::size_t at_ = 0;
  bool ended_ = false;
  bool first_ = true;
  std::size_t got_ = 0;           // Bytes of the unit that is not complete yet.
  char32_t code_ = 0;             // And what they make of it.
  std::optional<char32_t> high_;  // A high surrogate that waits for its partner.
};

// UTF-8 as it is, without its mark.
class MarklessStream final : public ByteStream {
 public:
  explicit MarklessStream(std::unique_ptr<ByteStream> bytes) : bytes_(std::move(bytes)) {}

  std::uint64_t bytes_read() const override { return bytes_->bytes_read(); }

  Result<std::size_t> read(std::span<char> out) override {
    while (!begun_) {
      std::array<char, 3> next{};
      auto got = bytes_->read(std::span(next).first(3 - head_.size()));
      if (!got.ok()) return got.error();
      head_.append(next.data(), *got);
      begun_ = *got == 0 || head_.size() == 3;
    }
    if (head_ == "\xEF\xBB\xBF") head_.clear();
    if (head_.empty()) return bytes_->read(out);
    const std::size_t got = std::min(out.size(), head_.size());
    std::copy_n(head_.data(), got, out.data());
    head_.erase(0, got);
    return got;
  }

 private:
  std::unique_ptr<ByteStream> bytes_;
  std::string head_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> decode_stream(std::unique_ptr<ByteStream> bytes, Encoding encoding) {
  if (encoding == Encoding::kUtf8) return std::make_unique<MarklessStream>(std::move(bytes));
  return std::make_unique<DecodedStream>(std::move(bytes), encoding);
}

}  // namespace assent

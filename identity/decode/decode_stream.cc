#include <algorithm>
#include <array>

#include "identity/decode/encoding.h"

namespace assent {
namespace {

constexpr std::size_t kInputBytes = 16 << 10;
constexpr char32_t kUndefined = 0xFFFFFFFF;

// windows-1251, 0x80 to 0xBF; from 0xC0 on it is U+0410 and following.
constexpr std::array<char16_t, 64> kWindows1251High = {
    0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409,
    0x2039, 0x040A, 0x040C, 0x040B, 0x040F, 0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x0000, 0x2122, 0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F, 0x00A0,
    0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6, 0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB,
    0x00AC, 0x00AD, 0x00AE, 0x0407, 0x00B0, 0x00B1, 0x0406, 0x0456, 0x0491, 0x00B5, 0x00B6,
    0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457};

char32_t from_windows_1251(std::uint8_t c) {
  if (c < 0x80) return c;
  if (c >= 0xC0) return 0x0410 + (c - 0xC0U);
  const char16_t code = kWindows1251High.at(c - 0x80U);
  return code == 0 ? kUndefined : code;
}

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

class DecodedStream final : public ByteStream {
 public:
  DecodedStream(std::unique_ptr<ByteStream> bytes, Encoding encoding)
      : bytes_(std::move(bytes)), encoding_(encoding), input_(kInputBytes) {}

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
    if (ended_ && (half_ || high_)) append_utf8(output_, kUndefined);
    return Unit{};
  }

  void take(std::uint8_t byte) {
    if (encoding_ == Encoding::kWindows1251) {
      append_utf8(output_, from_windows_1251(byte));
    } else if (!half_) {
      half_ = byte;
    } else {
      const auto unit = encoding_ == Encoding::kUtf16Le ? *half_ | byte << 8 : *half_ << 8 | byte;
      half_.reset();
      take_unit(static_cast<char32_t>(unit));
    }
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
    } else if (!(first_ && unit == 0xFEFF)) {
      append_utf8(output_, low ? kUndefined : unit);
    }
    first_ = false;
  }

  std::unique_ptr<ByteStream> bytes_;
  Encoding encoding_;
  WipedText input_;
  WipedText output_;
  std::size_t at_ = 0;
  bool ended_ = false;
  bool first_ = true;
  std::optional<std::uint8_t> half_;  // The first byte of a UTF-16 unit.
  std::optional<char32_t> high_;      // A high surrogate that waits for its partner.
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

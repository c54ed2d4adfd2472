#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "identity/decode/encoding.h"

namespace assent {

// Tells by its letters in which single-byte encoding of Cyrillic a text is: in the right one they
// are those that words have (their frequency in Russian), and no capital follows a small letter.
class CyrillicGuess {
 public:
  CyrillicGuess();

  // Every byte of the text in its order.
  void add(std::uint8_t byte) {
    if (byte >= 0x80) ++pairs_[before_ * kHigh + (byte - 0x80U)];
    before_ = byte >= 0x80 ? byte - 0x7FU : 0;
  }

  struct Verdict {
    // False: the high bytes are not those of words, in whichever encoding.
    bool is_cyrillic = false;
    // nullopt: two encodings fit about equally, and the text would differ.
    std::optional<Encoding> encoding;
  };
  Verdict finish() const;

 private:
  static constexpr std::size_t kHigh = 128;

  // How often a high byte followed another (from 1), or anything else (0).
  std::vector<std::uint64_t> pairs_;
  std::size_t before_ = 0;
};

}  // namespace assent

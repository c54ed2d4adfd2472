#pragma once

#include <string>
#include <string_view>

#include "core/plaintext.h"

namespace assent {

// Normal forms of text. All are pure and thread-safe; all take valid UTF-8, and replace what is not
// by U+FFFD. The form of an index is versioned with it: change one only with a new index version.

// Without white space at both ends, U+00A0, U+200B and their like included.
std::string_view trim(std::string_view text);

// NFKC, trimmed, runs of white space made one space, control characters dropped. For names.
Plaintext clean_text(std::string_view text);

// The key under which catalogues hold a word: clean_text, case-folded, ё as е.
std::string fold_key(std::string_view text);

// In lower case and NFC, and nothing else: ё stays ё, and ß, for which case folding would write ss.
std::string lower_case(std::string_view text);

// A card number: its letters and digits, in upper case; empty when there are none.
Plaintext normalise_card(std::string_view text);

// Text from a file that a terminal may show: without escape sequences, control characters and
// marks that turn the direction of writing. A line end becomes one space.
std::string displayable(std::string_view text);

}  // namespace assent

#pragma once

#include <string_view>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

struct Phone {
  Plaintext e164;              // "+79261234567"
  bool allocated = false;      // The numbering plan hands such numbers out. Worth a warning only.
  bool had_extension = false;  // Dropped: an extension is no number of its own.
};

// The number as E.164. `region` is the ISO code that numbers without their country are dialled
// from; "" leaves only numbers with "+" or "00". Where it is dialled as +7, eleven digits that
// begin with 8 or 7 are the national form. A leading apostrophe of a spreadsheet is dropped.
// Well-formed means that it parses and its length is possible. Thread-safe.
// kInvalid: no phone number.
Result<Phone> normalise_phone(std::string_view text, std::string_view region);

}  // namespace assent

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assent {

// A phone as it was written, taken apart: private to the phone normaliser and its tests.
struct WrittenPhone {
  std::string number;  // Digits, with a leading '+' when the country stands in it.
  bool had_extension = false;
};

// nullopt when it holds anything but digits, the marks between them, and an extension.
std::optional<WrittenPhone> take_apart(std::string_view text, std::string_view region);

struct PhoneForm {
  std::string e164;
  bool allocated = false;
};

// The common shapes, without the library: +7 and ten digits, or ten digits dialled within +7.
// nullopt when it is not sure to say what the library says.
std::optional<PhoneForm> common_form(std::string_view number, std::string_view region);

// What libphonenumber says. nullopt when it does not parse or its length is not possible.
std::optional<PhoneForm> library_form(std::string_view number, std::string_view region);

}  // namespace assent

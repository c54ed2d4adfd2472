#pragma once

#include <string>
#include <string_view>
#include <vector>

// A name in parts, as first names are compared. Private to the room. Lives as long as the
// comparison: the parts are in the clear.
namespace assent {

struct NameToken {
  char32_t letter = 0;      // The first, in lower case and its own script.
  bool is_initial = false;  // It has no other.
  std::string fold;         // The sound of the part; may be empty.
};
std::vector<NameToken> name_tokens(std::string_view name);
// The parts that tell who is meant: the names, or the first of nothing but initials. The initial
// after either is a patronymic's.
std::vector<NameToken> telling_tokens(std::string_view name);

// The initials that a name may have whose forms begin with `letters`: the same letters and, in a
// script in which none of them is, those that spell their sound.
std::u32string initials_of(std::u32string_view letters);

}  // namespace assent

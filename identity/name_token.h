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

// Whether a name whose forms begin with `letters` may have this initial: one of them in the script
// of the initial is the same letter, or, where none is in its script, spells its sound.
bool begins_with_any(std::u32string_view letters, char32_t initial);

}  // namespace assent

#pragma once

#include <optional>
#include <string_view>

namespace assent {

// One line without its newline off the front of a text from outside; nullopt when no newline is
// left: a line that does not end is none. Private to the log's formats.
inline std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace assent

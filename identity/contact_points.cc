#include "contact_points.h"

#include <charconv>
#include <string>

namespace assent {

Plaintext encode_contact_points(const std::vector<ContactValue>& values) {
  std::vector<char, WipingAllocator<char>> text;
  for (const ContactValue& value : values) {
    const std::string kind = std::to_string(value.kind) + ' ';
    const std::string_view revealed = value.value.reveal();
    text.insert(text.end(), kind.begin(), kind.end());
    text.insert(text.end(), revealed.begin(), revealed.end());
    text.push_back('\n');
  }
  return Plaintext(std::string_view(text.data(), text.size()));
}

Result<std::vector<ContactValue>> decode_contact_points(std::string_view text) {
  std::vector<ContactValue> values;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t space = text.find(' ');
    std::uint16_t kind = 0;
    if (end == std::string_view::npos || space > end ||
        std::from_chars(text.data(), text.data() + space, kind).ptr != text.data() + space) {
      return Error{ErrorCode::kCorrupt, "the contact points cannot be read"};
    }
    values.push_back({kind, Plaintext(text.substr(space + 1, end - space - 1))});
    text.remove_prefix(end + 1);
  }
  return values;
}

}  // namespace assent

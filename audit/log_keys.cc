#include "audit/log_keys.h"

#include <algorithm>

#include "audit/checkpoint.h"
#include "core/file.h"

namespace assent {
namespace {

Error corrupt() {
  return Error{ErrorCode::kCorrupt, "the list of a log's public keys cannot be read"};
}

Result<LogKey> parse_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == line.npos) return corrupt();
  const auto size = parse_number(line.substr(0, space));
  const auto vkey = parse_vkey(line.substr(space + 1));
  if (!size.ok() || !vkey.ok() || vkey->type != kEd25519Type) return corrupt();
  LogKey key{*size, {}};
  std::ranges::copy(vkey->material, key.public_key.begin());
  return key;
}

}  // namespace

std::string installation_origin(const std::string& log_host) {
  return log_host + "/installation/log1";
}

std::string log_policy_text(const std::string& origin, const LogKeys& keys,
                            std::span<const VerifierKey> others) {
  std::string text;
  for (const LogKey& key : keys) {
    if (keys.size() > 1) text += "# signs trees from size " + std::to_string(key.from_size) + "\n";
    text += "log " + format_vkey(verifier_key(origin, kEd25519Type, key.public_key)) + "\n";
  }
  for (const VerifierKey& key : others) text += "log " + format_vkey(key) + "\n";
  return text + "quorum none\n";
}

std::string format_log_keys(const std::string& origin, const LogKeys& keys) {
  std::string text;
  for (const LogKey& key : keys) {
    text += std::to_string(key.from_size) + " " +
            format_vkey(verifier_key(origin, kEd25519Type, key.public_key)) + "\n";
  }
  return text;
}

Result<LogKeys> parse_log_keys(std::string_view text) {
  LogKeys keys;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) return corrupt();
    auto key = parse_line(text.substr(0, end));
    if (!key.ok()) return key.error();
    const std::uint64_t least = keys.empty() ? 0 : keys.back().from_size;
    if (keys.empty() ? key->from_size != 0 : key->from_size < least) return corrupt();
    keys.push_back(*key);
    text.remove_prefix(end + 1);
  }
  if (keys.empty()) return corrupt();
  return keys;
}

Result<LogKeys> read_log_keys(const std::filesystem::path& file) {
  auto text = read_file(file, kNoteBytesMax);
  if (!text.ok()) return text.error();
  return parse_log_keys(*text);
}

Status write_log_keys(const std::filesystem::path& file, const std::string& origin,
                      const LogKeys& keys, unsigned mode) {
  return replace_file(file, format_log_keys(origin, keys), mode);
}

}  // namespace assent

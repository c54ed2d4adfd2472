#include "core/keyring_file.h"

#include <algorithm>
#include <charconv>

#include "core/secret_file.h"

namespace assent {
namespace {

constexpr std::size_t kKeyringBytesMax = 1 << 20;
constexpr std::string_view kHeader = "assent-keyring";
constexpr std::string_view kVersion = "2";
constexpr std::string_view kUnknownTime = "-";

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// From 1, without a sign or a leading zero: a number has one text.
std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number == 0 || text.front() == '0') return std::nullopt;
  return number;
}

bool parse_wrap(std::string_view commitment, std::string_view wrapped, KeyringFile::Epoch& to) {
  const auto commitment_bytes = from_base64(commitment);
  auto wrapped_bytes = from_base64(wrapped);
  if (!commitment_bytes || commitment_bytes->size() != to.commitment.size() || !wrapped_bytes) {
    return false;
  }
  std::ranges::copy(*commitment_bytes, to.commitment.begin());
  to.wrapped = std::move(*wrapped_bytes);
  return true;
}

class Parser {
 public:
  // False: the line is none of this file's form.
  bool line(std::string_view text, bool first) {
    const auto words = split(text, ' ');
    if (first && words.size() == 3 && words[0] == kHeader) return header(words);
    return with_header_ ? epoch(words) : old_epoch(words);
  }

  Result<KeyringFile> finish() {
    if (keyring_.epochs.empty()) {
      return Error{ErrorCode::kCorrupt, "the keyring holds no epoch"};
    }
    return std::move(keyring_);
  }

 private:
  bool header(const std::vector<std::string_view>& words) {
    const auto installation = Uuid::parse(words[2]);
    with_header_ = words[1] == kVersion && installation && !installation->is_nil();
    if (with_header_) keyring_.installation = *installation;
    return with_header_;
  }

  bool old_epoch(const std::vector<std::string_view>& words) {
    KeyringFile::Epoch epoch;
    return words.size() == 4 && words[0] == "epoch" && parse_wrap(words[2], words[3], epoch) &&
           add(words[1], std::move(epoch));
  }

  bool epoch(const std::vector<std::string_view>& words) {
    if (words.size() != 7 || words[0] != "epoch") return false;
    KeyringFile::Epoch epoch;
    if (words[4] != kUnknownTime) {
      epoch.created_at = parse_rfc3339(words[4]);
      if (!epoch.created_at) return false;
    }
    return is_of_the_root(words[2], words[3]) && parse_wrap(words[5], words[6], epoch) &&
           add(words[1], std::move(epoch));
  }

  bool is_of_the_root(std::string_view kind_name, std::string_view number) {
    const auto kind = parse_root_kind(kind_name);
    const auto generation = parse_number(number);
    if (!kind || !generation) return false;
    if (keyring_.epochs.empty()) {
      keyring_.root = *kind;
      keyring_.generation = *generation;
    }
    return keyring_.root == *kind && keyring_.generation == *generation;
  }

  bool add(std::string_view number, KeyringFile::Epoch epoch) {
    const auto parsed = parse_number(number);
    if (!parsed) return false;
    if (!keyring_.epochs.empty() && keyring_.epochs.back().number >= *parsed) return false;
    epoch.number = *parsed;
    keyring_.epochs.push_back(std::move(epoch));
    return true;
  }

  KeyringFile keyring_;
  bool with_header_ = false;
};

Status append_wrapped(KeyringFile& to, KeyringFile::Epoch epoch, const SecretKey& key,
                      RootProvider& root, Random& random) {
  const EpochName name = to.name_of(epoch.number);
  auto wrapped = root.wrap(name, key, random);
  if (!wrapped.ok()) return wrapped.error();
  epoch.commitment = key_commitment(key, name.key_name());
  epoch.wrapped = std::move(*wrapped);
  to.epochs.push_back(std::move(epoch));
  return Unit{};
}

}  // namespace

Result<KeyringFile> parse_keyring(std::string_view text) {
  Parser parser;
  std::uint64_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    if (!parser.line(line, ++number == 1)) {
      return Error{ErrorCode::kCorrupt, "the keyring has a line that is no epoch",
                   Position{number, 0}};
    }
  }
  return parser.finish();
}

std::string keyring_text(const KeyringFile& keyring) {
  std::string text(kHeader);
  text += ' ';
  text += kVersion;
  text += ' ' + keyring.installation.text() + '\n';
  for (const KeyringFile::Epoch& epoch : keyring.epochs) {
    text += "epoch " + std::to_string(epoch.number) + ' ';
    text += root_kind_name(keyring.root).view();
    text += ' ' + std::to_string(keyring.generation) + ' ';
    text += epoch.created_at ? to_rfc3339(*epoch.created_at) : std::string(kUnknownTime);
    text += ' ' + to_base64(epoch.commitment) + ' ' + to_base64(epoch.wrapped) + '\n';
  }
  return text;
}

Result<KeyringFile> read_keyring(const std::filesystem::path& file) {
  const auto text = read_private_file(file, kKeyringBytesMax);
  if (!text.ok()) return text.error();
  return parse_keyring(text->reveal());
}

Status add_epoch(KeyringFile& keyring, RootProvider& root, Timestamp now, Random& random) {
  KeyringFile::Epoch epoch;
  epoch.number = keyring.epochs.empty() ? 1 : keyring.epochs.back().number + 1;
  epoch.created_at = now;
  return append_wrapped(keyring, std::move(epoch), new_secret_key(random), root, random);
}

Result<SecretKey> unwrap_epoch(const KeyringFile& keyring, const KeyringFile::Epoch& epoch,
                               RootProvider& root) {
  auto key = root.unwrap(keyring.name_of(epoch.number), epoch.wrapped, epoch.commitment);
  if (key.ok() || key.error().code != ErrorCode::kCorrupt) return key;
  return Error{ErrorCode::kCorrupt, "the keyring does not open under this root key"};
}

Result<KeyringFile> rewrap_epochs(const KeyringFile& keyring, RootProvider& from, RootProvider& to,
                                  Random& random) {
  KeyringFile next;
  next.installation = keyring.installation.is_nil() ? Uuid::v4(random) : keyring.installation;
  next.root = to.kind();
  next.generation = keyring.generation + 1;
  for (const KeyringFile::Epoch& epoch : keyring.epochs) {
    const auto key = unwrap_epoch(keyring, epoch, from);
    if (!key.ok()) return key.error();
    auto added = append_wrapped(next, {epoch.number, epoch.created_at, {}, {}}, *key, to, random);
    if (!added.ok()) return added.error();
    // What a device cannot give back must not become the only copy.
    const auto again = unwrap_epoch(next, next.epochs.back(), to);
    if (!again.ok()) return again.error();
  }
  return next;
}

}  // namespace assent

#include "core/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "core/text.h"

namespace assent {
namespace {

constexpr std::string_view kOurs = "ASSENT_";
constexpr std::array<std::string_view, 10> kWords = {
    "KEY", "KEYS", "KEK", "KEYRING", "SECRET", "PIN", "SHARE", "PASSWORD", "PASSPHRASE", "TOKEN"};

bool says_key(std::string_view name) {
  if (!name.starts_with(kOurs)) return false;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('_'), name.size());
    if (std::ranges::find(kWords, name.substr(0, end)) != kWords.end()) return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

}  // namespace

std::optional<std::string> key_in_environment() {
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    if (says_key(name)) return std::string(name);
  }
  return std::nullopt;
}

std::optional<std::string> environment_refusal() {
  const auto name = key_in_environment();
  if (!name) return std::nullopt;
  return tr(
      "{1} is set: keys are never taken from the environment, which other processes, children and "
      "crash reports see. Unset it; docs/operations.md, section custody of the keys, tells where "
      "keys are kept",
      *name);
}

std::optional<std::filesystem::path> credentials_directory() {
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0') return std::nullopt;
  return std::filesystem::path(directory);
}

}  // namespace assent

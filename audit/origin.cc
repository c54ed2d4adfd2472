#include "audit/origin.h"

#include <cstdint>

#include "audit/checkpoint.h"

namespace assent {
namespace {

constexpr std::string_view kLog = "/log";

struct Parts {
  std::string_view stem;  // With the closing "/log".
  std::uint64_t number = 0;
};

std::optional<Parts> parts_of(std::string_view origin) {
  const std::size_t at = origin.rfind(kLog);
  if (at == origin.npos || at == 0) return std::nullopt;
  const std::size_t stem = at + kLog.size();
  const auto number = parse_number(origin.substr(stem));
  if (!number.ok() || *number == 0) return std::nullopt;
  return Parts{origin.substr(0, stem), *number};
}

std::string with_number(const Parts& parts, std::uint64_t number) {
  return std::string(parts.stem) + std::to_string(number);
}

}  // namespace

std::optional<std::string> next_origin(std::string_view origin) {
  const auto parts = parts_of(origin);
  if (!parts || parts->number + 1 == 0) return std::nullopt;
  return with_number(*parts, parts->number + 1);
}

std::optional<std::string> previous_origin(std::string_view origin) {
  const auto parts = parts_of(origin);
  if (!parts || parts->number == 1) return std::nullopt;
  return with_number(*parts, parts->number - 1);
}

bool is_earlier_origin(std::string_view earlier, std::string_view later) {
  const auto before = parts_of(earlier);
  const auto after = parts_of(later);
  return before && after && before->stem == after->stem && before->number < after->number;
}

std::optional<std::string> origin_directory(std::string_view origin) {
  if (!parts_of(origin)) return std::nullopt;
  return std::string(origin.substr(origin.rfind('/') + 1));
}

}  // namespace assent

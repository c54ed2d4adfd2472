#include "consent/reason.h"

#include <array>
#include <stdexcept>

namespace assent {
namespace {

struct NamedReason {
  Reason reason;
  StaticText name;
};

constexpr NamedReason kNames[] = {
#include "reason_names.def"
};

constexpr auto kReasons = [] {
  std::array<Reason, std::size(kNames)> reasons{};
  for (std::size_t i = 0; i < reasons.size(); ++i) reasons[i] = kNames[i].reason;
  return reasons;
}();

}  // namespace

StaticText reason_name(Reason reason) {
  for (const NamedReason& row : kNames) {
    if (row.reason == reason) return row.name;
  }
  throw std::logic_error("a reason without a name");
}

std::optional<Reason> parse_reason(std::string_view name) {
  for (const NamedReason& row : kNames) {
    if (row.name.view() == name) return row.reason;
  }
  return std::nullopt;
}

std::optional<Reason> reason_from_number(std::int16_t number) {
  for (Reason reason : kReasons) {
    if (static_cast<std::int16_t>(reason) == number) return reason;
  }
  return std::nullopt;
}

std::span<const Reason> all_reasons() {
  return kReasons;
}

}  // namespace assent

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace assent {

class Clock;
class Random;
struct Timestamp;

// A UUID. Row ids are version 7 (time-ordered, RFC 9562), made by the application before the
// insert; references that must not tell when something was made (subject_ref) are version 4.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  static Uuid v7(Timestamp at, Random& random);
  static Uuid v7(const Clock& clock, Random& random);
  static Uuid v4(Random& random);
  static std::optional<Uuid> parse(std::string_view text);
  static Uuid from_bytes(ByteView sixteen);

  std::string text() const;
  ByteView view() const { return bytes; }
  bool is_nil() const { return *this == Uuid{}; }
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

// Ids of different kinds cannot be swapped: Id<struct RecordTag> is not Id<struct ProfileTag>.
template <class Tag>
struct Id {
  Uuid value;

  std::string text() const { return value.text(); }
  ByteView view() const { return value.bytes; }
  static std::optional<Id> parse(std::string_view text) {
    auto uuid = Uuid::parse(text);
    return uuid ? std::optional<Id>(Id{*uuid}) : std::nullopt;
  }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using TenantId = Id<struct TenantTag>;
using RecordId = Id<struct RecordTag>;
using ProfileId = Id<struct ProfileTag>;
using SubjectRef = Id<struct SubjectRefTag>;  // Random stand-in for a record inside the log.
using EventId = Id<struct EventTag>;
using RequestId = Id<struct RequestTag>;
using ReleaseId = Id<struct ReleaseTag>;
using ActorRef = Id<struct ActorTag>;  // A person or token as the log names them.

}  // namespace assent

template <>
struct std::hash<assent::Uuid> {
  std::size_t operator()(const assent::Uuid& id) const noexcept {
    // Version 7 ids differ mostly in the low bytes.
    return std::hash<std::string_view>{}(assent::as_text(id.bytes));
  }
};
template <class Tag>
struct std::hash<assent::Id<Tag>> {
  std::size_t operator()(const assent::Id<Tag>& id) const noexcept {
    return std::hash<assent::Uuid>{}(id.value);
  }
};

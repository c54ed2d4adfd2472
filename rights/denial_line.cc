#include "denial_line.h"

#include "core/nlohmann.h"

namespace assent {
namespace {

using Json = nlohmann::json;

// What is wrong ends here: the body is not one of ours.
struct NotOurs {};

template <class T>
const T& needed(const std::optional<T>& value) {
  if (!value) throw NotOurs{};
  return *value;
}

std::string text(const Json& from, const char* key) {
  return from.at(key).get<std::string>();
}

Timestamp time(const Json& from, const char* key) {
  return needed(parse_rfc3339(text(from, key)));
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> bytes_of(const std::string& hex) {
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() != kSize) throw NotOurs{};
  std::array<std::uint8_t, kSize> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

bool has(const Json& from, const char* key) {
  return from.contains(key) && !from.at(key).is_null();
}

const Json& list(const Json& body, const char* key) {
  static const Json kNone = Json::array();
  return body.contains(key) ? body.at(key) : kNone;
}

DenialLine::Statement statement(const Json& from, RecordId record) {
  DenialLine::Statement said;
  ConsentEvent& event = said.event;
  event.record = record;
  event.id = needed(EventId::parse(text(from, "event")));
  event.purpose = static_cast<PurposeCode>(from.at("purpose").get<std::uint16_t>());
  event.channel = from.at("channel").get<std::uint8_t>();
  if (const auto contact = text(from, "contact"); !contact.empty()) {
    event.contact = bytes_of<sizeof(Tag16)>(contact);
  }
  event.action = static_cast<ConsentAction>(from.at("action").get<std::uint8_t>());
  event.effective_at = time(from, "effective_at");
  event.method = has(from, "method")
                     ? static_cast<ConsentMethod>(from.at("method").get<std::uint8_t>())
                     : ConsentMethod::kUnknown;
  // A number, as older versions wrote it, tells nothing after a restore.
  if (has(from, "source") && from.at("source").is_string()) said.source = text(from, "source");
  if (has(from, "suppression")) {
    said.suppression = bytes_of<sizeof(Hash32)>(text(from, "suppression"));
  }
  return said;
}

void read(const Json& body, DenialLine& line) {
  for (const Json& one : list(body, "events")) {
    line.statements.push_back(statement(one, RecordId{line.record}));
  }
  for (const Json& one : list(body, "flags")) {
    line.flags.push_back({static_cast<RecordFlag>(one.at("flag").get<std::uint8_t>()),
                          time(one, "since"),
                          has(one, "until") ? std::optional(time(one, "until")) : std::nullopt});
  }
  for (const Json& one : list(body, "addresses")) {
    line.addresses.push_back(bytes_of<sizeof(Hash32)>(one.get<std::string>()));
  }
  for (const Json& one : list(body, "apart")) {
    line.apart.push_back(needed(RecordId::parse(one.get<std::string>())));
  }
  for (const Json& one : list(body, "suppressions")) {
    line.suppressed.push_back({bytes_of<sizeof(Hash32)>(text(one, "tag")),
                               one.at("channel").get<std::uint8_t>(), time(one, "since")});
  }
  for (const Json& one : list(body, "markers")) {
    line.markers.push_back({{bytes_of<sizeof(Tag16)>(text(one, "tag")),
                             static_cast<MarkerKind>(one.at("kind").get<std::uint8_t>())},
                            has(one, "erased_at") ? time(one, "erased_at") : line.at});
  }
  if (has(body, "request")) line.request = needed(RequestId::parse(text(body, "request")));
  for (const Json& one : list(body, "units")) {
    line.units.push_back(
        {needed(Uuid::parse(text(one, "unit"))), one.at("kind").get<std::int16_t>()});
  }
}

}  // namespace

Status read_denial_body(const std::string& body, DenialLine& line) {
  const Json parsed = Json::parse(body, nullptr, false);
  const Error not_ours{ErrorCode::kCorrupt, "a line of the journal of denials cannot be read"};
  if (!parsed.is_object()) return not_ours;
  try {
    read(parsed, line);
  } catch (const NotOurs&) {
    return not_ours;
  } catch (const Json::exception&) {
    return not_ours;
  }
  return Unit{};
}

}  // namespace assent

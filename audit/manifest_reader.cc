#include "manifest_reader.h"

#include <algorithm>

#include "audit/note.h"
#include "core/nlohmann.h"

namespace assent {
namespace {

using Json = nlohmann::ordered_json;

// What our own getters throw beside the library's: a value that is not of the form it must have.
struct BadValue {};

Hash32 hash_at(const Json& json, const char* key) {
  const auto bytes = from_hex(json.at(key).get<std::string>());
  if (!bytes || bytes->size() != sizeof(Hash32)) throw BadValue{};
  Hash32 hash{};
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::uint64_t count_of(const Json& value) {
  if (!value.is_number_unsigned()) throw BadValue{};
  return value.get<std::uint64_t>();
}

Uuid id_at(const Json& json, const char* key) {
  const auto id = Uuid::parse(json.at(key).get<std::string>());
  if (!id) throw BadValue{};
  return *id;
}

Timestamp time_at(const Json& json, const char* key) {
  const auto at = parse_rfc3339(json.at(key).get<std::string>());
  if (!at) throw BadValue{};
  return *at;
}

ReleaseTerms terms_of(const Json& json) {
  return {json.at("purpose"), json.at("channel"), json.at("recipient"), json.at("fields")};
}

void read(const Json& json, OpeningFacts& to) {
  if (json.at("format") != "assent.release.opening.v1") throw BadValue{};
  to.release = id_at(json, "release");
  to.opened_at = time_at(json, "opened_at");
  to.terms = terms_of(json);
  to.policies = hash_at(json, "policy_hash");
  to.matched = count_of(json.at("matched"));
  to.permitted = count_of(json.at("permitted"));
  for (const Json& profiles : json.at("denied")) to.denied.push_back(count_of(profiles));
  to.commitment = hash_at(json, "commitment");
}

void read(const Json& json, ClosingFacts& to) {
  if (json.at("format") != "assent.release.closing.v1") throw BadValue{};
  to.release = id_at(json, "release");
  to.opening = hash_at(json, "opening_sha256");
  to.delivered_at = time_at(json, "delivered_at");
  to.terms = terms_of(json);
  to.encoding = json.at("encoding");
  to.delivered = count_of(json.at("delivered"));
  to.commitment = hash_at(json, "commitment");
  to.reasons = hash_at(json, "reasons_commitment");
  to.bytes = count_of(json.at("bytes"));
  to.content = hash_at(json, "content_sha256");
}

}  // namespace

template <class Facts>
Result<Facts> read_manifest(std::string_view text) {
  const Error damaged{ErrorCode::kInvalid, std::is_same_v<Facts, OpeningFacts>
                                               ? StaticText("the opening manifest cannot be read")
                                               : StaticText("the closing manifest cannot be read")};
  const auto note = parse_note(text);
  if (!note.ok()) return damaged;
  const Json json = Json::parse(note->text, nullptr, false);
  if (!json.is_object()) return damaged;
  try {
    Facts facts;
    read(json, facts);
    return facts;
  } catch (const Json::exception&) {
    return damaged;
  } catch (const BadValue&) {
    return damaged;
  }
}

template Result<OpeningFacts> read_manifest(std::string_view);
template Result<ClosingFacts> read_manifest(std::string_view);

}  // namespace assent

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/plaintext.h"
#include "core/result.h"
#include "identity/place.h"
#include "identity/row_warning.h"

namespace assent {

// One row of contacts, normalised. Plaintext is personal data; all else may be kept in the clear.

enum class Entity { kPerson, kOrganisation };
enum class Gender { kUnknown, kFemale, kMale };

// A contact point or card in its normal form. No file can verify one.
struct Identifier {
  Plaintext value;
  bool verified = false;
};

struct SealedText {
  std::uint16_t field_id = 0;  // Of policies/fields.yaml.
  Plaintext text;
};

// A denial that the source states. Its absence says nothing, and is never consent.
struct OptOut {
  std::optional<CatalogueName> channel;   // nullopt: from every channel, an objection.
  std::optional<Timestamp> effective_at;  // nullopt: when it is imported.
};

// Where the words of a claim stand, from 1; 0 for one that the file has no column for.
struct ClaimColumns {
  std::uint32_t purpose = 0;
  std::uint32_t channel = 0;
  std::uint32_t action = 0;
  std::uint32_t effective_at = 0;
  std::uint32_t notice = 0;
  std::uint32_t method = 0;
};

// What the source claims about a consent. The words have the shape of a key ([a-z0-9_.-], at most
// 64) but are not looked up here.
struct ConsentClaim {
  std::string purpose;
  std::string channel;  // "" for the processing itself.
  std::string action;
  Timestamp effective_at;
  std::string notice;
  std::string method;
  ClaimColumns columns;
};

// A denial of a row that is rejected. What could not be read binds the more: no purpose is all of
// them, no channel is each, and without a date it counts from the import.
struct RowDenial {
  enum class Action { kRefuse, kWithdraw, kObject };
  Action action = Action::kObject;
  std::string purpose;  // In the shape of a key, as the channel; not looked up here.
  std::string channel;
  std::optional<Timestamp> effective_at;
};

struct ContactRow {
  std::uint64_t line = 0;
  Entity entity = Entity::kPerson;
  Plaintext external_id;  // Never empty.
  Plaintext first_name;
  Plaintext last_name;
  Plaintext patronymic;
  Plaintext full_name;
  Plaintext company;               // A person's: where they work. An organisation's: its own name.
  std::vector<Identifier> emails;  // Each kind without repeats, in the order of the columns.
  std::vector<Identifier> phones;
  std::vector<Identifier> cards;
  std::optional<Date> birth_date;
  std::optional<std::string> country;   // ISO 3166-1.
  const City* city = nullptr;           // Of the place catalogue, which outlives the row.
  Plaintext sealed_city;                // Any other city.
  std::optional<std::string> language;  // ISO 639.
  Gender gender = Gender::kUnknown;
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> updated_at;
  std::vector<SealedText> sealed;  // One for each field, the columns of one field in lines.
  std::vector<OptOut> opt_outs;
  std::vector<ConsentClaim> consents;
  std::vector<RowWarning> warnings;
};

// A row that is not stored: where, why, and its text, to be sealed for a while. What can be told of
// the person in it makes it findable; what the person denied in it stands.
struct RejectedRow {
  std::uint64_t line = 0;
  std::uint32_t column = 0;  // From 1; 0 when the row as a whole is wrong.
  StaticText reason;
  std::optional<CatalogueName> field;
  Plaintext raw;
  Plaintext external_id;  // Empty when it could not be told.
  std::vector<Plaintext> emails;
  std::vector<Plaintext> phones;
  std::vector<Plaintext> cards;
  std::vector<RowDenial> denials;
};

}  // namespace assent

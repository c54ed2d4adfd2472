#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "identity/date_text.h"
#include "identity/decode/inspect.h"
#include "identity/fields.h"

namespace assent {

enum class RecordKind { kContacts, kOrders };
// Whether a row is the person's own act (an order, a sign-up) or a clerk's.
enum class ActOf { kPerson, kClerk };
// Of several rows of one file on one order line: the first counts and another is rejected, or each
// corrects the one before it.
enum class Corrections { kRefused, kInOrder };
// What happens to a column that the mapping does not name.
enum class UnknownColumns { kKeep, kRefuse };  // Sealed in `custom`, or the file is refused.
enum class Presence { kOptional, kRequired };
// Where a record's country may come from.
enum class CountryFrom { kCountry, kCity };

// What a column's cells become. kSealed: text of the field `field_id`.
enum class Target {
  kSealed,
  kExternalId,
  kFirstName,
  kLastName,
  kPatronymic,
  kFullName,
  kCompany,
  kEmail,
  kPhone,
  kCard,
  kBirthDate,
  kCountry,
  kCity,
  kLanguage,
  kGender,
  kCreatedAt,
  kUpdatedAt,
  kEntity,
  kOptOut,
  kPurpose,
  kChannel,
  kAction,
  kEffectiveAt,
  kNotice,
  kMethod,
  kOrderId,
  kOrderedAt,
  kQuantity,
  kAmount,
  kCurrency,
  kProduct,
  kCategory,
  kIgnored
};

struct MappedColumn {
  std::vector<std::string> captions;  // Any of these, in the form of caption_key().
  CatalogueName name;                 // For reports: the field, or what the column says.
  Target target = Target::kIgnored;
  std::uint16_t field_id = 0;
  Presence presence = Presence::kOptional;
  // Of an opt-out: the channel, nullopt for every channel; and the words of a list of tags that
  // mean it, empty when the column is a flag.
  std::optional<CatalogueName> channel;
  std::vector<std::string> tags;
};

// How one kind of source writes its files: one file of policies/sources. Immutable; thread-safe.
struct Mapping {
  CatalogueName name;
  Hash32 sha256{};  // Of the file's bytes; a batch names the mapping that read it.
  RecordKind kind = RecordKind::kContacts;
  Layout layout = Layout::kTable;
  std::optional<Encoding> encoding = {};  // Of text without a byte order mark; else it is told.
  ActOf act_of = ActOf::kClerk;
  UnknownColumns unknown_columns = UnknownColumns::kRefuse;
  Corrections corrections = Corrections::kRefused;
  std::vector<std::string> caption_suffixes;  // Taken off captions, folded.
  std::string default_region;                 // For phones; "" when there is none.
  std::string currency;                       // For amounts; "" when the file says it.
  CountryFrom country_from = CountryFrom::kCountry;
  std::uint16_t custom_field_id = 0;
  std::uint16_t country_sealed_field_id = 0;  // Of a country that is not known.
  ZoneRules zone;
  DateFormats dates;
  std::vector<std::string> person_words;  // Of the entity column, folded.
  std::vector<std::string> organisation_words;
  std::vector<MappedColumn> columns;

  // A caption as it is compared: folded, without the first suffix that fits.
  std::string caption_key(std::string_view caption) const;
};

// kInvalid with its line: an unknown key, field, zone, channel or format; a caption twice; no
// external_id. Loaded whole or not at all.
Result<Mapping> load_mapping(const std::filesystem::path& file, const FieldCatalogue& fields);

// Every *.yaml of `folder`, by name. One that cannot be loaded fails them all.
Result<std::vector<Mapping>> load_mappings(const std::filesystem::path& folder,
                                           const FieldCatalogue& fields);
const Mapping* find_mapping(const std::vector<Mapping>& mappings, std::string_view name);

}  // namespace assent

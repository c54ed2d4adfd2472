#include "identity/mapping.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "catalogue_file.h"
#include "identity/money_text.h"
#include "identity/normalise.h"

namespace assent {
namespace {

using NamedTarget = std::pair<std::string_view, Target>;

// Fields that the readers know by name; every other sealed field is kept as text.
constexpr std::array<NamedTarget, 23> kFieldTargets = {{{"external_id", Target::kExternalId},
                                                        {"first_name", Target::kFirstName},
                                                        {"last_name", Target::kLastName},
                                                        {"patronymic", Target::kPatronymic},
                                                        {"full_name", Target::kFullName},
                                                        {"company", Target::kCompany},
                                                        {"email", Target::kEmail},
                                                        {"phone", Target::kPhone},
                                                        {"card", Target::kCard},
                                                        {"birth_date", Target::kBirthDate},
                                                        {"country", Target::kCountry},
                                                        {"city", Target::kCity},
                                                        {"language", Target::kLanguage},
                                                        {"gender", Target::kGender},
                                                        {"created_at", Target::kCreatedAt},
                                                        {"updated_at", Target::kUpdatedAt},
                                                        {"order_id", Target::kOrderId},
                                                        {"ordered_at", Target::kOrderedAt},
                                                        {"quantity", Target::kQuantity},
                                                        {"amount", Target::kAmount},
                                                        {"currency", Target::kCurrency},
                                                        {"product", Target::kProduct},
                                                        {"category", Target::kCategory}}};
constexpr std::array<NamedTarget, 6> kConsentTargets = {{{"purpose", Target::kPurpose},
                                                         {"channel", Target::kChannel},
                                                         {"action", Target::kAction},
                                                         {"effective_at", Target::kEffectiveAt},
                                                         {"notice", Target::kNotice},
                                                         {"method", Target::kMethod}}};
constexpr std::array<std::string_view, 8> kChannels = {
    "email", "sms", "push", "messenger", "phone_live", "phone_auto", "post", "ads_upload"};

template <class Targets>
std::optional<Target> find_target(const Targets& targets, std::string_view name) {
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [name](const auto& target) { return target.first == name; });
  return found == targets.end() ? std::nullopt : std::optional(found->second);
}

// Orders are few fields, none of them free text; contacts are all the others.
bool fits(RecordKind kind, std::optional<Target> target) {
  if (target == Target::kExternalId) return true;
  const bool of_orders = target && *target >= Target::kOrderId && *target <= Target::kCategory;
  return of_orders == (kind == RecordKind::kOrders);
}

// One of the words allowed; `fallback` when the key is absent.
template <class Choice>
Result<Choice> choose(const CatalogueNode& root, std::string_view key, Choice fallback,
                      std::initializer_list<std::pair<std::string_view, Choice>> words) {
  const CatalogueNode* node = root.find(key);
  if (node == nullptr) return fallback;
  for (const auto& [word, choice] : words) {
    if (node->scalar == word) return choice;
  }
  return catalogue_error("the value is not one of those allowed here", *node);
}

template <class Choice>
Status set(Choice& choice, const Result<Choice>& chosen) {
  if (!chosen.ok()) return chosen.error();
  choice = *chosen;
  return Unit{};
}

// Builds a Mapping from its file; the first error ends it.
class MappingLoader {
 public:
  MappingLoader(const CatalogueFile& file, const FieldCatalogue& fields)
      : root_(file.root), sha256_(file.sha256), fields_(fields) {}

  Result<Mapping> load() {
    auto checked =
        root_.expect({"mapping", "kind", "columns"},
                     {"layout", "encoding", "act_of_person", "unknown_columns", "caption_suffixes",
                      "default_region", "currency", "country_from", "time_zone", "dates", "entity",
                      "opt_outs", "consent", "ignore", "corrections"});
    if (!checked.ok()) return checked.error();
    auto made = make();
    if (!made.ok()) return made.error();
    Mapping mapping = *std::move(made);
    for (const auto step :
         {&MappingLoader::add_choices, &MappingLoader::add_columns, &MappingLoader::add_entity,
          &MappingLoader::add_opt_outs, &MappingLoader::add_consent, &MappingLoader::add_ignored,
          &MappingLoader::check_whole}) {
      auto done = (this->*step)(mapping);
      if (!done.ok()) return done.error();
    }
    return mapping;
  }

 private:
  Result<Mapping> make() const {
    const std::string zone_name = root_.text("time_zone");
    auto zone = ZoneRules::named(zone_name.empty() ? "UTC" : zone_name);
    if (!zone.ok()) return catalogue_error(zone.error().reason, *root_.find("time_zone"));
    auto dates = DateFormats::of(root_.texts("dates"));
    if (!dates.ok()) return catalogue_error(dates.error().reason, *root_.find("dates"));
    return Mapping{.name = CatalogueName::from_policy(root_.text("mapping")),
                   .sha256 = sha256_,
                   .caption_suffixes = {},
                   .default_region = root_.text("default_region"),
                   .currency = root_.text("currency"),
                   .zone = *std::move(zone),
                   .dates = *std::move(dates),
                   .person_words = {},
                   .organisation_words = {},
                   .columns = {}};
  }

  Status add_choices(Mapping& m) const {
    for (const auto& suffix : root_.texts("caption_suffixes")) {
      m.caption_suffixes.push_back(fold_key(suffix));
    }
    if (!m.currency.empty() && !currency_digits(m.currency)) {
      return catalogue_error("the currency is not known", *root_.find("currency"));
    }
    if (const CatalogueNode* encoding = root_.find("encoding")) {
      m.encoding = parse_encoding(encoding->scalar);
      if (!m.encoding) return catalogue_error("the encoding is not known", *encoding);
    }
    using K = RecordKind;
    const std::array<Status, 6> done = {
        set(m.kind,
            choose(root_, "kind", m.kind, {{"contacts", K::kContacts}, {"orders", K::kOrders}})),
        set(m.layout, choose(root_, "layout", m.layout,
                             {{"table", Layout::kTable}, {"whitespace", Layout::kWhitespace}})),
        set(m.act_of, choose(root_, "act_of_person", m.act_of,
                             {{"true", ActOf::kPerson}, {"false", ActOf::kClerk}})),
        set(m.unknown_columns,
            choose(root_, "unknown_columns", m.unknown_columns,
                   {{"keep", UnknownColumns::kKeep}, {"refuse", UnknownColumns::kRefuse}})),
        set(m.corrections,
            choose(root_, "corrections", m.corrections,
                   {{"refused", Corrections::kRefused}, {"in_order", Corrections::kInOrder}})),
        set(m.country_from,
            choose(root_, "country_from", m.country_from,
                   {{"country", CountryFrom::kCountry}, {"city", CountryFrom::kCity}}))};
    for (const Status& status : done) {
      if (!status.ok()) return status;
    }
    const Field* custom = fields_.find("custom");
    const Field* country = fields_.find("country_sealed");
    if (custom == nullptr || country == nullptr) {
      return catalogue_error("the catalogue lacks custom or country_sealed", root_);
    }
    m.custom_field_id = custom->id;
    m.country_sealed_field_id = country->id;
    return Unit{};
  }

  Status add_columns(Mapping& mapping) const {
    return root_.each("columns", [&](const CatalogueNode& node) -> Status {
      auto checked = node.expect({"caption", "field"}, {"required"});
      if (!checked.ok()) return checked;
      const Field* field = fields_.find(node.text("field"));
      if (field == nullptr) return catalogue_error("the field is not in the catalogue", node);
      const auto target = find_target(kFieldTargets, field->name.text());
      if (!fits(mapping.kind, target) || (!target && field->at_rest == AtRest::kClear)) {
        return catalogue_error("no column of such a file may become this field", node);
      }
      Presence presence = Presence::kOptional;
      auto chosen =
          set(presence, choose(node, "required", presence,
                               {{"true", Presence::kRequired}, {"false", Presence::kOptional}}));
      if (!chosen.ok()) return chosen;
      mapping.columns.push_back(
          column(mapping, node, field->name, target.value_or(Target::kSealed)));
      mapping.columns.back().field_id = field->sealed_in;
      mapping.columns.back().presence = presence;
      return Unit{};
    });
  }

  Status add_entity(Mapping& mapping) const {
    const CatalogueNode* node = root_.find("entity");
    if (node == nullptr) return Unit{};
    auto checked = node->expect({"caption", "person", "organisation"}, {});
    if (!checked.ok()) return checked;
    for (const auto& word : node->texts("person")) mapping.person_words.push_back(fold_key(word));
    for (const auto& word : node->texts("organisation")) {
      mapping.organisation_words.push_back(fold_key(word));
    }
    mapping.columns.push_back(
        column(mapping, *node, CatalogueName::from_policy("entity"), Target::kEntity));
    mapping.columns.back().presence = Presence::kRequired;
    return Unit{};
  }

  Status add_opt_outs(Mapping& mapping) const {
    return root_.each("opt_outs", [&](const CatalogueNode& node) -> Status {
      auto checked = node.expect({"caption", "channel"}, {"tags"});
      if (!checked.ok()) return checked;
      const std::string channel = node.text("channel");
      const bool all = channel == "all";
      if (!all && std::find(kChannels.begin(), kChannels.end(), channel) == kChannels.end()) {
        return catalogue_error("the channel is not known", node);
      }
      mapping.columns.push_back(
          column(mapping, node, CatalogueName::from_policy("opt_out"), Target::kOptOut));
      if (!all) mapping.columns.back().channel = CatalogueName::from_policy(channel);
      for (const auto& tag : node.texts("tags"))
        mapping.columns.back().tags.push_back(fold_key(tag));
      return Unit{};
    });
  }

  Status add_consent(Mapping& mapping) const {
    const CatalogueNode* consent = root_.find("consent");
    if (consent == nullptr) return Unit{};
    for (const auto& [part, caption] : consent->entries) {
      const auto target = find_target(kConsentTargets, part);
      if (!target) return catalogue_error("the part of a consent is not known", caption);
      MappedColumn column{.captions = {mapping.caption_key(caption.scalar)},
                          .name = CatalogueName::from_policy(part),
                          .target = *target,
                          .channel = std::nullopt,
                          .tags = {}};
      mapping.columns.push_back(std::move(column));
    }
    return Unit{};
  }

  Status add_ignored(Mapping& mapping) const {
    for (const auto& caption : root_.texts("ignore")) {
      MappedColumn column{.captions = {mapping.caption_key(caption)},
                          .name = CatalogueName::from_policy("ignored"),
                          .channel = std::nullopt,
                          .tags = {}};
      mapping.columns.push_back(std::move(column));
    }
    return Unit{};
  }

  Status check_whole(Mapping& mapping) const {
    std::unordered_set<std::string> captions;
    bool identified = false;
    for (const MappedColumn& column : mapping.columns) {
      identified = identified ||
                   (column.target == Target::kExternalId && column.presence == Presence::kRequired);
      if (column.target == Target::kOptOut) continue;  // It may read a column that is kept, too.
      for (const auto& caption : column.captions) {
        if (!captions.insert(caption).second) {
          return catalogue_error("a caption is mapped twice", root_);
        }
      }
    }
    if (!identified) return catalogue_error("no required column becomes external_id", root_);
    const bool orders = mapping.kind == RecordKind::kOrders;
    for (const std::string_view key : {"entity", "opt_outs", "consent"}) {
      if (orders && root_.find(key) != nullptr) {
        return catalogue_error("orders have no such part", *root_.find(key));
      }
    }
    if (!orders && root_.find("corrections") != nullptr) {
      return catalogue_error("only orders have corrections", *root_.find("corrections"));
    }
    if (orders && mapping.unknown_columns == UnknownColumns::kKeep) {
      return catalogue_error("orders keep no unknown columns", root_);
    }
    return Unit{};
  }

  static MappedColumn column(const Mapping& mapping, const CatalogueNode& node, CatalogueName name,
                             Target target) {
    MappedColumn column{.captions = {},
                        .name = std::move(name),
                        .target = target,
                        .channel = std::nullopt,
                        .tags = {}};
    for (const auto& text : node.texts("caption")) {
      column.captions.push_back(mapping.caption_key(text));
    }
    return column;
  }

  const CatalogueNode& root_;
  Hash32 sha256_;
  const FieldCatalogue& fields_;
};

}  // namespace

std::string Mapping::caption_key(std::string_view caption) const {
  std::string key = fold_key(caption);
  for (const std::string& suffix : caption_suffixes) {
    if (key.size() <= suffix.size() || !key.ends_with(suffix)) continue;
    key.resize(key.size() - suffix.size());
    return std::string(trim(key));
  }
  return key;
}

Result<Mapping> load_mapping(const std::filesystem::path& file, const FieldCatalogue& fields) {
  auto read = read_catalogue_file(file);
  if (!read.ok()) return read.error();
  return MappingLoader(*read, fields).load();
}

Result<std::vector<Mapping>> load_mappings(const std::filesystem::path& folder,
                                           const FieldCatalogue& fields) {
  std::vector<std::filesystem::path> files;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  if (code) return Error{ErrorCode::kNotFound, "the folder of source mappings cannot be read"};
  std::sort(files.begin(), files.end());
  std::vector<Mapping> mappings;
  for (const auto& file : files) {
    auto mapping = load_mapping(file, fields);
    if (!mapping.ok()) return mapping.error();
    if (find_mapping(mappings, mapping->name.text()) != nullptr) {
      return Error{ErrorCode::kInvalid, "two mappings have one name", std::nullopt, mapping->name};
    }
    mappings.push_back(*std::move(mapping));
  }
  return mappings;
}

const Mapping* find_mapping(const std::vector<Mapping>& mappings, std::string_view name) {
  const auto found = std::find_if(mappings.begin(), mappings.end(),
                                  [name](const Mapping& m) { return m.name.text() == name; });
  return found == mappings.end() ? nullptr : &*found;
}

}  // namespace assent

#include "case_facts.h"

#include <algorithm>
#include <set>

#include "core/nlohmann.h"

namespace assent {
namespace {

using Json = nlohmann::json;

// Reads the members of one object and remembers which, so that the rest can be told.
class Members {
 public:
  Members(const Json& object, std::string path, std::vector<std::string>& unknown)
      : object_(object.is_null() ? Json::object() : object),
        path_(std::move(path)),
        unknown_(unknown) {
    if (!object_.is_object()) object_.get_ref<const Json::object_t&>();  // Throws its type error.
  }
  // Null and absent are the same: not known.
  const Json& at(const char* key) {
    read_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() ? null_ : *found;
  }
  std::string text(const char* key) {
    const Json& value = at(key);
    return value.is_null() ? std::string() : value.get<std::string>();
  }
  bool truth(const char* key) { return truth_if(key).value_or(false); }
  std::optional<bool> truth_if(const char* key) {
    const Json& value = at(key);
    return value.is_null() ? std::nullopt : std::optional<bool>(value.get<bool>());
  }
  // An unreadable date is an unknown one.
  std::optional<Date> date(const char* key) {
    const Json& value = at(key);
    return value.is_string() ? parse_date(value.get<std::string>()) : std::nullopt;
  }
  std::optional<Moment> moment(const char* key) {
    const Json& value = at(key);
    const auto instant = value.is_string() ? parse_rfc3339(value.get<std::string>()) : std::nullopt;
    return instant ? std::optional<Moment>(*instant) : std::nullopt;
  }
  Country country(const char* key) { return Country::parse(text(key)).value_or(Country{}); }
  // A flag is set by true or by the date it was set on.
  bool flag(const char* key) {
    const Json& value = at(key);
    return value.is_string() || (value.is_boolean() && value.get<bool>());
  }
  // Tells the members nobody read; true when there are any.
  bool tell_rest() {
    bool any = false;
    for (const auto& [key, value] : object_.items()) {
      if (read_.contains(key)) continue;
      unknown_.push_back(path_ + key);
      any = true;
    }
    return any;
  }

 private:
  Json object_;
  Json null_;
  std::string path_;
  std::vector<std::string>& unknown_;
  std::set<std::string> read_;
};

template <class Value>
struct Word {
  std::string_view name;
  Value value;
};

template <class Value, std::size_t N>
Value word(const Word<Value> (&table)[N], std::string_view name, Value otherwise) {
  for (const Word<Value>& row : table) {
    if (row.name == name) return row.value;
  }
  return otherwise;
}

constexpr Word<ConsentKey> kKeys[] = {
    {"processing", ConsentKey::kProcessing}, {"channel", ConsentKey::kChannel},
    {"disclosure", ConsentKey::kDisclosure}, {"explicit", ConsentKey::kExplicit},
    {"written", ConsentKey::kWritten},       {"sale_optin", ConsentKey::kSaleOptin}};

constexpr Word<ConsentState> kStates[] = {
    {"never", ConsentState::kNever},         {"pending", ConsentState::kPending},
    {"given", ConsentState::kGiven},         {"refused", ConsentState::kRefused},
    {"withdrawn", ConsentState::kWithdrawn}, {"objected", ConsentState::kObjected},
    {"expired", ConsentState::kExpired},     {"invalid", ConsentState::kInvalid}};

constexpr Word<RecipientRole> kRoles[] = {{"internal", RecipientRole::kInternal},
                                          {"processor", RecipientRole::kProcessor},
                                          {"third_party", RecipientRole::kThirdParty},
                                          {"ad_platform", RecipientRole::kAdPlatform},
                                          {"joint", RecipientRole::kJoint}};

constexpr Word<TransferNotice> kNotices[] = {
    {"notified", TransferNotice::kNotified}, {"waiting", TransferNotice::kNotified},
    {"cleared", TransferNotice::kCleared},   {"allowed", TransferNotice::kCleared},
    {"approved", TransferNotice::kCleared},  {"permitted", TransferNotice::kCleared},
    {"elapsed", TransferNotice::kCleared},   {"waited", TransferNotice::kCleared},
    {"passed", TransferNotice::kCleared},    {"banned", TransferNotice::kBanned}};

std::vector<std::string> text_list(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return {value.get<std::string>()};
  return value.get<std::vector<std::string>>();
}

std::optional<int> minutes(const Json& value) {
  constexpr int kNever = -1;
  if (value.is_null()) return std::nullopt;
  const std::string clock = value.get<std::string>();
  const auto digit = [&](std::size_t i) { return clock[i] - '0'; };
  const bool shaped = clock.size() == 5 && clock[2] == ':' &&
                      std::ranges::all_of(clock, [](char c) { return c >= '0' && c <= ':'; });
  const int all = shaped ? (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4) : kNever;
  if (!shaped || all >= 24 * 60) throw Json::other_error::create(501, "local_time", &value);
  return all;
}

Subject subject_of(const Json& json, std::vector<std::string>& unknown) {
  Members m(json, "subject.", unknown);
  Subject s;
  s.country = m.country("country");
  s.region = m.text("region");
  s.citizenship = m.country("citizenship");
  if (const Json& age = m.at("age"); !age.is_null()) s.age = age.get<int>();
  s.age_changes_on = m.date("age_changes_on");
  s.parental_consent = m.truth("parental_consent");
  s.legal_person = m.truth("legal_person");
  s.special_category = m.truth_if("special_category");
  s.child_directed = m.truth_if("child_directed");
  m.tell_rest();
  return s;
}

Consent consent_of(const Json& json, std::vector<std::string>& unknown) {
  Members m(json, "consents.", unknown);
  Consent c;
  c.key = word(kKeys, m.text("key"), ConsentKey::kUnknown);
  c.purpose = parse_purpose(m.text("purpose"));
  c.channel = parse_channel(m.text("channel"));
  c.recipient = m.text("recipient");
  c.state = word(kStates, m.text("state"), ConsentState::kInvalid);
  c.given_at = m.moment("given_at");
  c.expires_at = m.date("expires_at");
  // A date that cannot be read has passed.
  if (!c.expires_at && !m.at("expires_at").is_null()) c.state = ConsentState::kInvalid;
  c.separate = m.truth_if("separate");
  c.evidence = m.truth_if("evidence");
  c.conditional = m.truth("conditional");
  c.pre_ticked = m.truth("pre_ticked");
  c.bundled = m.truth("bundled");
  c.lifts_suppression = m.truth("lifts_suppression");
  m.tell_rest();
  return c;
}

Flags flags_of(const Json& json, Date as_of, std::vector<std::string>& unknown) {
  Members m(json, "flags.", unknown);
  Flags f;
  f.erased = m.flag("erased");
  const bool hold = m.flag("legal_hold");
  f.legal_hold_only = m.flag("legal_hold_only") || hold;
  f.restriction = m.text("restriction");
  f.termination_demand = m.flag("termination_demand");
  if (m.flag("objection_dm")) f.objection_dm = Denial{m.moment("objection_dm")};
  f.objection_pending = m.flag("objection_21_1");
  f.optout_sale = m.flag("optout_sale");
  f.gpc = m.flag("gpc");
  f.limit_sensitive = m.flag("limit_sensitive");
  f.retention_expired = m.flag("retention_expired");
  if (const std::optional<Date> end = m.date("retention_end")) {
    f.retention_expired = f.retention_expired || as_of > *end;
  }
  f.notice_missing = m.flag("notice_missing");
  f.unrecognised = m.tell_rest();
  return f;
}

SoftOptIn soft_of(const Json& json, std::vector<std::string>& unknown) {
  SoftOptIn soft;
  if (json.is_null()) return soft;
  for (const auto& [name, value] : json.get_ref<const Json::object_t&>()) {
    const std::optional<SoftCondition> condition = parse_soft_condition(name);
    if (!condition) {
      unknown.push_back("soft." + name);
    } else if (value.is_boolean() && value.get<bool>()) {
      soft.set(*condition);
    }
  }
  return soft;
}

Suppression suppression_of(const Json& json, std::vector<std::string>& unknown) {
  Members m(json, "suppression.", unknown);
  Suppression s;
  s.channel = parse_channel(m.text("channel"));
  s.at = m.moment("at");
  m.tell_rest();
  return s;
}

Recipient recipient_of(const Json& json, std::vector<std::string>& unknown) {
  Members m(json, "recipient.", unknown);
  Recipient r;
  r.role = word(kRoles, m.text("role"), RecipientRole::kUnknown);
  r.id = m.text("id");
  r.country = m.country("country");
  r.contracts = text_list(m.at("contract"));
  r.transfer_tool = m.text("transfer_tool");
  r.transfer_assessed = m.truth("tia");
  r.framework_certified = m.truth("dpf");
  r.notice = word(kNotices, m.text("rkn"), TransferNotice::kNone);
  m.tell_rest();
  return r;
}

Message message_of(const Json& json, std::vector<std::string>& unknown) {
  Members m(json, "message.", unknown);
  Message message;
  message.sender_identified = m.truth_if("sender_identified");
  message.unsubscribe = m.truth_if("unsubscribe");
  message.postal_address = m.truth_if("postal_address");
  message.honest = m.truth_if("honest");
  message.local_minutes = minutes(m.at("local_time"));
  m.tell_rest();
  return message;
}

template <class Read>
auto list_of(const Json& json, Read read, std::vector<std::string>& unknown) {
  std::vector<decltype(read(json, unknown))> all;
  if (json.is_null()) return all;
  for (const Json& element : json.get_ref<const Json::array_t&>()) {
    all.push_back(read(element, unknown));
  }
  return all;
}

}  // namespace

Facts facts_of_case(const Json& json, std::vector<std::string>& unknown) {
  Members m(json, "", unknown);
  Facts f;
  f.jurisdictions = text_list(m.at("jurisdictions"));
  const std::optional<Date> as_of = m.date("as_of");
  if (!as_of) throw Json::other_error::create(501, "as_of", &json);
  f.as_of = *as_of;
  f.subject = subject_of(m.at("subject"), unknown);
  f.purpose = parse_purpose(m.text("purpose"));
  f.channel = parse_channel(m.text("channel"));
  f.platform = m.text("platform");
  f.basis = parse_basis(m.text("basis")).value_or(Basis::kNone);
  f.consents = list_of(m.at("consents"), consent_of, unknown);
  f.soft = soft_of(m.at("soft"), unknown);
  f.flags = flags_of(m.at("flags"), f.as_of, unknown);
  f.suppressions = list_of(m.at("suppression"), suppression_of, unknown);
  f.dnc_national = m.truth_if("dnc_national");
  f.established_relationship = m.truth("established_relationship");
  f.recipient = recipient_of(m.at("recipient"), unknown);
  f.db_country = m.country("db_country");
  f.message = message_of(m.at("message"), unknown);
  m.tell_rest();
  return f;
}

}  // namespace assent

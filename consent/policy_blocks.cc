#include "policy_blocks.h"

namespace assent {
namespace {

template <class Value>
using Entry = std::pair<std::string_view, Value>;

constexpr Entry<Basis> kBasisTable[] = {{"consent", Basis::kConsent},
                                        {"contract", Basis::kContract},
                                        {"legal_obligation", Basis::kLegalObligation},
                                        {"vital_interests", Basis::kVitalInterests},
                                        {"public_task", Basis::kPublicTask},
                                        {"legitimate_interest", Basis::kLegitimateInterest},
                                        {"soft_opt_in", Basis::kSoftOptIn}};

constexpr Entry<Channel> kChannelTable[] = {{"email", Channel::kEmail},
                                            {"sms", Channel::kSms},
                                            {"push", Channel::kPush},
                                            {"messenger", Channel::kMessenger},
                                            {"phone_live", Channel::kPhoneLive},
                                            {"phone_auto", Channel::kPhoneAuto},
                                            {"post", Channel::kPost},
                                            {"ads_upload", Channel::kAdsUpload}};

constexpr Entry<int> kConfidence[] = {{"high", 0}, {"medium", 1}, {"low", 2}};

// What a word of consent.checks makes the engine test. Words without a test here are duties at
// capture, or are always tested (state, term, purpose).
enum class Test { kNone, kEvidence, kAffirmative, kUnconditional, kDistinguishable };
constexpr Entry<Test> kChecks[] = {
    {"free", Test::kUnconditional},      {"not_conditional", Test::kUnconditional},
    {"specific", Test::kNone},           {"substantive", Test::kDistinguishable},
    {"informed", Test::kNone},           {"conscious", Test::kAffirmative},
    {"unambiguous", Test::kAffirmative}, {"affirmative_act", Test::kAffirmative},
    {"evidence", Test::kEvidence},       {"distinguishable", Test::kDistinguishable},
    {"not_expired", Test::kNone},        {"highlighted_clause", Test::kDistinguishable}};

constexpr Entry<bool> kTestedOn[] = {{"relied_consent", false}, {"any_basis", true}};
constexpr Entry<ConsentKey> kSpecialNeeds[] = {{"explicit_consent", ConsentKey::kExplicit},
                                               {"written_consent", ConsentKey::kWritten}};
constexpr Entry<Transfers::Mode> kTransferModes[] = {
    {"free", Transfers::Mode::kFree},
    {"tools", Transfers::Mode::kTools},
    {"notification", Transfers::Mode::kNotification}};
constexpr Entry<bool> kThirdPartyNeeds[] = {{"none", false}, {"disclosure_consent", true}};

void read_condition(YamlMap& row, Policy& policy) {
  Condition condition;
  condition.operator_country = row.countries("operator_country");
  condition.residence = row.countries("subject_residence");
  condition.citizenship = row.countries("subject_citizenship");
  condition.targets = row.countries("offering_targets");
  condition.region = row.text_if("subject_region").value_or("");
  condition.channels = row.word_list("channels", Words<Channel>(kChannelTable));
  if (condition.operator_country.empty() && condition.residence.empty() &&
      condition.citizenship.empty()) {
    row.fault("", "a condition must name an operator, a residence or a citizenship");
  }
  row.finish();
  policy.applies.push_back(std::move(condition));
}

void read_age(YamlMap& file, Policy& policy) {
  YamlMap age = file.map("age");
  policy.age.own_consent = age.number_if("own_consent_from");
  if (std::optional<YamlMap> rows = age.map_if("by_country")) {
    for (const std::string& code : rows->keys()) {
      const std::optional<Country> country = rows->country_key(code);
      const std::optional<int> limit = rows->number_if(code.c_str());
      if (country && limit) policy.age.by_country.emplace_back(*country, *limit);
    }
  }
  policy.age.any_basis = age.word_if("tested_on", Words<bool>(kTestedOn)).value_or(false);
  policy.age.child_directed = age.number_if("child_directed_below");
  policy.age.profiled_ads = age.number_if("profiled_ads_below");
  policy.age.sale_optin = age.number_if("sale_optin_below");
  policy.age.sale_parent = age.number_if("sale_parent_below");
  policy.age.cite = age.text("cite");
  age.number_if("adult");
  age.word_if("confidence", Words<int>(kConfidence));
  age.finish();
}

void read_special(YamlMap& gate, Policy& policy) {
  std::optional<YamlMap> special = gate.map_if("special_category");
  if (!special) return;
  SpecialCategory rules;
  rules.needs = special->word("needs", Words<ConsentKey>(kSpecialNeeds), ConsentKey::kExplicit);
  rules.never_on = special->word_list("never_on", Words<Channel>(kChannelTable));
  rules.cite = special->text("cite");
  special->finish();
  policy.gate.special = std::move(rules);
}

std::optional<Rule> rule_if(YamlMap& parent, const char* key, Reason otherwise) {
  if (!parent.has(key)) {
    parent.accept(key);
    return std::nullopt;
  }
  return read_rule(parent, key, otherwise);
}

// {contract: KIND | none, cite, must_list, consent_of_subject}
void read_contract(YamlMap& file, const char* key, std::string& kind, std::string& cite) {
  std::optional<YamlMap> block = file.map_if(key);
  if (!block) return;
  const std::string contract = block->text("contract");
  if (contract != "none") {
    kind = contract;
    cite = block->text("cite");
  }
  block->texts("must_list");
  block->text_if("consent_of_subject");
  block->finish();
}

void read_transfers(YamlMap& file, Policy& policy) {
  YamlMap block = file.map("transfers");
  Transfers& rules = policy.transfers;
  rules.mode = block.word("mode", Words<Transfers::Mode>(kTransferModes), Transfers::Mode::kTools);
  rules.home = block.countries("home");
  rules.adequate = block.countries("adequate");
  rules.adequate_from = block.dates_by_country("adequate_from");
  rules.frameworks = block.countries("frameworks");
  rules.tools = block.texts("tools");
  rules.assessment = block.flag("assessment");
  if (rules.mode != Transfers::Mode::kFree) {
    rules.cite = block.text("cite");
    if (rules.home.empty()) block.fault("home", "missing");
  }
  block.finish();
}

}  // namespace

const Words<Basis> kBasisWords = kBasisTable;
const Words<Channel> kChannelWords = kChannelTable;

Rule read_rule(YamlMap& parent, const char* key, Reason otherwise) {
  YamlMap block = parent.map(key);
  Rule rule{block.reason_if("reason").value_or(otherwise), block.text("cite")};
  block.finish();
  return rule;
}

void read_header(YamlMap& file, Policy& policy) {
  file.text("schema");
  policy.ref.id = file.text("id");
  file.text("title");
  policy.ref.version = file.text("version");
  YamlMap jurisdiction = file.map("jurisdiction");
  policy.code = jurisdiction.text("code");
  policy.members = jurisdiction.countries("members");
  jurisdiction.finish();
  YamlMap term = file.map("in_force");
  if (!term.has("from")) term.fault("from", "missing");
  policy.from = term.date_if("from").value_or(Date{});
  policy.to = term.date_if("to");
  if (policy.to && *policy.to < policy.from) term.fault("to", "ends before it begins");
  term.finish();
  YamlMap status = file.map("status");
  status.word("confidence", Words<int>(kConfidence), 0);
  status.texts("watch");
  status.finish();
  YamlMap applies = file.map("applies_when");
  std::vector<YamlMap> rows = applies.maps("any");
  if (rows.empty()) applies.fault("any", "missing");
  for (YamlMap& row : rows) read_condition(row, policy);
  applies.finish();
}

void read_consent(YamlMap& file, Policy& policy) {
  YamlMap consent = file.map("consent");
  for (Test test : consent.word_list("checks", Words<Test>(kChecks))) {
    if (test == Test::kEvidence) policy.consent.evidence = true;
    if (test == Test::kAffirmative) policy.consent.affirmative = true;
    if (test == Test::kUnconditional) policy.consent.unconditional = true;
    if (test == Test::kDistinguishable) policy.consent.distinguishable = true;
  }
  policy.consent.separate_from = consent.date_if("separate_document_from");
  consent.flag("one_purpose_per_document");
  consent.texts("explicit_for");
  consent.texts("written_form_required_for");
  consent.texts("written_form_fields");
  consent.text_if("resubscribe");
  if (std::optional<YamlMap> withdrawal = consent.map_if("withdrawal")) {
    withdrawal->text("effect");
    withdrawal->flag("clicks_not_more_than_giving");
    withdrawal->flag("same_channel_as_given");
    withdrawal->text_if("then");
    withdrawal->text_if("cite");
    withdrawal->finish();
  }
  consent.finish();
  read_age(file, policy);
}

void read_gate(YamlMap& file, Policy& policy) {
  YamlMap other = file.map("other_purposes");
  policy.other_needs_basis = !other.flag("free");
  policy.other_accepts = other.word_list("accepts", kBasisWords);
  policy.other_cite = other.text("cite");
  other.finish();

  YamlMap block = file.map("gate");
  Gate& gate = policy.gate;
  gate.restriction_flag = block.text_if("restriction_flag").value_or("");
  gate.restriction = rule_if(block, "restriction", Reason::kRestricted);
  gate.dm_objection = read_rule(block, "dm_objection", Reason::kObjectionMarketing);
  gate.suppression = read_rule(block, "suppression", Reason::kSuppressed);
  gate.erased = read_rule(block, "erased", Reason::kSubjectErased);
  gate.legal_hold = read_rule(block, "legal_hold", Reason::kLegalHoldOnly);
  gate.retention = read_rule(block, "retention", Reason::kRetentionExpired);
  gate.notice_missing = rule_if(block, "notice_missing", Reason::kNoticeMissing);
  gate.termination = rule_if(block, "termination", Reason::kTerminationDemanded);
  gate.termination_excepts = block.word_list("termination_excepts", kBasisWords);
  gate.pending_objection = rule_if(block, "pending_objection", Reason::kObjectionPending);
  gate.pending_applies_to = block.word_list("pending_applies_to", kBasisWords);
  gate.no_transfer_after_optout =
      rule_if(block, "after_optout_no_transfer", Reason::kOptOutNoTransfer);
  gate.no_transfer_channels = block.word_list("after_optout_channels", kChannelWords);
  read_special(block, policy);
  block.finish();

  if (std::optional<YamlMap> sale = file.map_if("sale")) {
    policy.sale = Rule{Reason::kOptOutSaleSharing, sale->text("cite")};
    policy.sale_gpc = sale->flag("gpc");
    sale->finish();
  }
  policy.sensitive = rule_if(file, "sensitive", Reason::kLimitSensitive);
}

void read_recipients(YamlMap& file, Policy& policy) {
  if (std::optional<YamlMap> block = file.map_if("localisation")) {
    Localisation rules{block->country("citizens"), block->country("database_country"),
                       block->text("cite")};
    block->texts("operations");
    block->text_if("at");
    block->finish();
    policy.localisation = std::move(rules);
  }
  read_transfers(file, policy);
  read_contract(file, "processors", policy.processor_contract, policy.processor_cite);
  read_contract(file, "joint_controllers", policy.joint_contract, policy.joint_cite);
  YamlMap third = file.map("third_party");
  policy.third_party.disclosure_consent = third.word("needs", Words<bool>(kThirdPartyNeeds), true);
  policy.third_party.is_sale = third.flag("is_sale");
  policy.third_party.contract = third.text_if("contract").value_or("");
  policy.third_party.cite = third.text_if("cite").value_or("");
  if (policy.third_party.disclosure_consent || !policy.third_party.contract.empty()) {
    if (policy.third_party.cite.empty()) third.fault("cite", "missing");
  }
  third.finish();
}

}  // namespace assent

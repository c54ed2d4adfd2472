#include <algorithm>

#include "policy_blocks.h"

namespace assent {
namespace {

template <class Value>
using Entry = std::pair<std::string_view, Value>;

constexpr Entry<ChannelRule> kRules[] = {{"free", ChannelRule::kFree},
                                         {"opt_in", ChannelRule::kOptIn},
                                         {"opt_in_or_soft", ChannelRule::kOptInOrSoft},
                                         {"opt_out", ChannelRule::kOptOut},
                                         {"opt_out_dnc", ChannelRule::kOptOutDnc},
                                         {"banned", ChannelRule::kBanned},
                                         {"disclosure_opt_in", ChannelRule::kDisclosureOptIn}};

constexpr Entry<Marketing::Processing> kProcessing[] = {{"none", Marketing::Processing::kNone},
                                                        {"basis", Marketing::Processing::kBasis},
                                                        {"opt_in", Marketing::Processing::kOptIn}};

constexpr Entry<bool> kOtherChannels[] = {{"opt_in", false}, {"free", true}};

constexpr Entry<MessageNeed> kNeeds[] = {
    {"sender_identified", MessageNeed::kSender},   {"unsubscribe", MessageNeed::kUnsubscribe},
    {"stop_mechanism", MessageNeed::kUnsubscribe}, {"postal_address", MessageNeed::kPostalAddress},
    {"honest_header", MessageNeed::kHonest},       {"honest_subject", MessageNeed::kHonest},
    {"ad_identified", MessageNeed::kHonest},       {"quiet_hours", MessageNeed::kQuietHours}};

constexpr Entry<SoftCondition> kConditions[] = {
    {"obtained_in_sale", SoftCondition::kObtainedInSale},
    {"own_similar", SoftCondition::kOwnSimilar},
    {"optout_at_collection", SoftCondition::kOptoutAtCollection},
    {"optout_in_each_message", SoftCondition::kOptoutInEachMessage},
    {"not_refused", SoftCondition::kNotRefused},
    {"obtained_from_supporter", SoftCondition::kObtainedFromSupporter},
    {"charitable_purpose", SoftCondition::kCharitablePurpose}};

void read_history(YamlMap& channel, ChannelKey& key) {
  std::optional<YamlMap> history = channel.map_if("history");
  if (!history) return;
  for (const std::string& code : history->keys()) {
    const std::optional<Country> country = history->country_key(code);
    for (YamlMap& row : history->maps(code.c_str())) {
      if (!row.has("to")) row.fault("to", "missing");
      const std::optional<Date> to = row.date_if("to");
      const ChannelRule rule = row.word("rule", Words<ChannelRule>(kRules), ChannelRule::kOptIn);
      row.finish();
      if (country && to) key.history.push_back({*country, *to, rule});
    }
  }
  std::ranges::sort(key.history, {}, &ChannelKey::Past::to);
}

void read_national(YamlMap& channel, ChannelKey& key) {
  std::optional<YamlMap> national = channel.map_if("national");
  if (!national) return;
  for (const std::string& code : national->keys()) {
    const std::optional<Country> country = national->country_key(code);
    const std::optional<ChannelRule> rule =
        national->word_if(code.c_str(), Words<ChannelRule>(kRules));
    if (country && rule) key.national.emplace_back(*country, *rule);
  }
}

void read_banned_platforms(YamlMap& channel, ChannelKey& key) {
  std::optional<YamlMap> banned = channel.map_if("banned_platforms");
  if (!banned) return;
  for (const std::string& name : banned->keys()) {
    const std::optional<Date> from = banned->date_if(name.c_str());
    if (!from) banned->fault(name, "must be the first day of the ban");
    if (from) key.banned_platforms.emplace_back(name, *from);
  }
  key.banned_cite = channel.text("banned_cite");
}

void read_channel(YamlMap& channels, Channel which, const char* name, Marketing& marketing) {
  std::optional<YamlMap> channel = channels.map_if(name);
  if (!channel) return;
  ChannelKey key;
  key.rule = channel->word("rule", Words<ChannelRule>(kRules), ChannelRule::kOptIn);
  key.cite = channel->text("cite");
  read_national(*channel, key);
  read_history(*channel, key);
  key.legal_persons = channel->word_if("legal_persons", Words<ChannelRule>(kRules));
  key.relationship_overrides_dnc = channel->flag("established_relationship_overrides_dnc");
  read_banned_platforms(*channel, key);
  channel->text_if("form");
  channel->finish();
  marketing.channels[static_cast<std::size_t>(which)] = std::move(key);
}

std::uint8_t read_conditions(YamlMap& block) {
  SoftOptIn needed;
  for (SoftCondition each : block.word_list("conditions", Words<SoftCondition>(kConditions))) {
    needed.set(each);
  }
  if (needed.met == 0) block.fault("conditions", "missing");
  return needed.met;
}

void read_soft(YamlMap& block, Marketing& marketing) {
  std::optional<YamlMap> soft = block.map_if("soft_opt_in");
  if (!soft) return;
  SoftRules rules;
  rules.needed = read_conditions(*soft);
  rules.cite = soft->text("cite");
  if (std::optional<YamlMap> charity = soft->map_if("charity")) {
    if (!charity->has("from")) charity->fault("from", "missing");
    rules.charity_from = charity->date_if("from");
    rules.charity_needed = read_conditions(*charity);
    charity->text("cite");
    charity->finish();
  }
  soft->finish();
  marketing.soft = std::move(rules);
}

void read_message(YamlMap& block, Marketing& marketing) {
  marketing.message = block.word_list("message_requires", Words<MessageNeed>(kNeeds));
  marketing.message_cite = block.text_if("message_cite").value_or("");
  if (!marketing.message.empty() && marketing.message_cite.empty()) {
    block.fault("message_cite", "missing");
  }
  if (std::optional<YamlMap> quiet = block.map_if("quiet_hours")) {
    QuietHours hours{quiet->minutes("from").value_or(0), quiet->minutes("to").value_or(0),
                     quiet->text("cite")};
    quiet->text("of");
    quiet->finish();
    marketing.quiet = std::move(hours);
  } else if (std::ranges::find(marketing.message, MessageNeed::kQuietHours) !=
             marketing.message.end()) {
    block.fault("quiet_hours", "missing");
  }
}

// Blocks of marketing that only templates and pages read.
void check_pages(YamlMap& block) {
  if (std::optional<YamlMap> page = block.map_if("unsubscribe")) {
    page->text("max_steps");
    page->flag("no_fee");
    page->flag("no_login");
    page->texts("only");
    page->text("cite");
    page->finish();
  }
  if (std::optional<YamlMap> exempt = block.map_if("exempt")) {
    exempt->text("purpose");
    exempt->text("cite");
    exempt->finish();
  }
}

}  // namespace

void read_marketing(YamlMap& file, Policy& policy) {
  YamlMap block = file.map("marketing");
  Marketing& marketing = policy.marketing;
  YamlMap processing = block.map("processing_key");
  marketing.processing = processing.word("rule", Words<Marketing::Processing>(kProcessing),
                                         Marketing::Processing::kOptIn);
  marketing.accepts = processing.word_list("accepts", kBasisWords);
  marketing.processing_cite = processing.text("cite");
  processing.finish();

  YamlMap channels = block.map("channel_key");
  for (const auto& [name, channel] : kChannelWords) {
    read_channel(channels, channel, name.data(), marketing);
  }
  channels.finish();
  marketing.other_channels_free = block.word("other_channels", Words<bool>(kOtherChannels), false);
  read_soft(block, marketing);
  read_message(block, marketing);
  check_pages(block);
  block.finish();
}

}  // namespace assent

#include "story.h"

#include "core/nlohmann.h"

namespace assent::sample {
namespace {

using Json = nlohmann::ordered_json;

void count_channels(SamplePermitted& permitted, const Person& person, const Wishes& wishes,
                    const Closed& closed) {
  for (std::size_t i = 0; i < kChannels; ++i) {
    const auto channel = static_cast<InventedChannel>(i);
    const std::string& contact = contact_of(person, channel);
    if (contact.empty() || closed.contains({channel, contact})) continue;
    permitted.two_keys_for_all[i] += permits(person, wishes, channel, TwoKeys::kForAll);
    permitted.two_keys_for_russia[i] += permits(person, wishes, channel, TwoKeys::kForRussia);
  }
}

std::vector<SampleRow> rows_of(const Person& person) {
  std::vector<SampleRow> rows;
  if (person.in_crm()) rows.push_back({"amocrm", person.crm_id()});
  if (person.in_shop()) rows.push_back({"webshop", person.shop_id()});
  return rows;
}

Json to_json(const SampleRow& row) {
  return {{"source", row.source}, {"external_id", row.external_id}};
}

Json to_json(const std::vector<SampleRow>& rows) {
  Json list = Json::array();
  for (const SampleRow& row : rows) list.push_back(to_json(row));
  return list;
}

Json to_json(const ChannelCounts& counts) {
  Json json;
  for (std::size_t i = 0; i < counts.size(); ++i) json[std::string(kSampleChannels[i])] = counts[i];
  return json;
}

Json to_json(const SamplePermitted& permitted) {
  return {{"two_keys_for_all", to_json(permitted.two_keys_for_all)},
          {"two_keys_for_russia", to_json(permitted.two_keys_for_russia)}};
}

Json files_json(const SampleStory& story) {
  return {{"amocrm_contacts.csv",
           {{"source", "amocrm"},
            {"rows", story.crm_person_rows + story.crm_organisation_rows},
            {"people", story.crm_person_rows},
            {"organisations", story.crm_organisation_rows}}},
          {"webshop_contacts.csv",
           {{"source", "webshop"},
            {"rows", story.shop_rows},
            {"records", story.shop_records},
            {"consents", story.inline_consents}}},
          {"consents.csv", {{"source", "webshop"}, {"rows", story.consent_rows}}},
          {"webshop_orders.csv",
           {{"source", "webshop"},
            {"rows", story.order_rows},
            {"without_id", story.orders_without_id},
            {"rub_minor", story.rub_minor},
            {"eur_minor", story.eur_minor}}}};
}

Json opt_outs_json(const SampleStory& story) {
  Json list = Json::array();
  for (const SampleOptOut& out : story.opted_out) {
    list.push_back({{"external_id", out.external_id}, {"channels", out.channels}});
  }
  return list;
}

Json withdraw_json(const SampleStory& story) {
  if (!story.withdraw) return nullptr;
  Json json = to_json(story.withdraw->row);
  json["email"] = story.withdraw->email;
  json["channel"] = story.withdraw->channel;
  json["purpose"] = "direct_marketing";
  return json;
}

Json erase_json(const SampleStory& story) {
  if (!story.erase) return nullptr;
  return {{"email", story.erase->email},
          {"records", to_json(story.erase->rows)},
          {"relatives", to_json(story.erase->relatives)}};
}

}  // namespace

const std::string& contact_of(const Person& person, InventedChannel channel) {
  return channel == InventedChannel::kEmail ? person.email : person.phone;
}

void close_opted_out(Closed& closed, const Person& person, const Wishes& wishes) {
  for (std::size_t i = 0; i < kChannels; ++i) {
    const auto channel = static_cast<InventedChannel>(i);
    if (opted_out(wishes, channel)) closed.emplace(channel, contact_of(person, channel));
  }
}

void count_person(SampleStory& story, const Person& person, const Wishes& wishes,
                  const Closed& closed, const std::vector<Purchase>& purchases) {
  ++story.distinct_people;
  count_channels(story.permitted, person, wishes, closed);
  if (purchases.empty()) return;
  ++story.buyers;
  const std::int32_t last = days_since_epoch(utc_date(purchases.front().at));
  if (days_since_epoch(story.options.as_of) - last <= kSleepingDays) return;
  ++story.sleeping_180d;
  count_channels(story.permitted_sleeping_180d, person, wishes, closed);
}

void cast_person(SampleStory& story, const Person& person) {
  if (person.index >= kBlock) return;
  if (person.role == Role::kSleeper) {
    story.withdraw =
        SampleWithdrawal{{"webshop", person.shop_id()}, person.email, std::string("email")};
  }
  if (person.role == Role::kParent) story.erase = SampleErasure{person.email, rows_of(person), {}};
  if (person.role == Role::kSpouse || person.role == Role::kChild) {
    for (SampleRow& row : rows_of(person)) story.erase->relatives.push_back(std::move(row));
  }
}

std::string story_json(const SampleStory& story) {
  const Json json{{"schema", "assent-sample-story/1"},
                  {"options",
                   {{"people", story.options.people},
                    {"seed", story.options.seed},
                    {"as_of", to_iso(story.options.as_of)}}},
                  {"files", files_json(story)},
                  {"distinct_people", story.distinct_people},
                  {"buyers", story.buyers},
                  {"sleeping_180d", story.sleeping_180d},
                  {"permitted", to_json(story.permitted)},
                  {"permitted_sleeping_180d", to_json(story.permitted_sleeping_180d)},
                  {"withdraw", withdraw_json(story)},
                  {"erase", erase_json(story)},
                  {"opted_out", opt_outs_json(story)}};
  return json.dump(1) + "\n";
}

}  // namespace assent::sample

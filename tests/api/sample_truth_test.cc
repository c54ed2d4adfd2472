// Is the story true? Everything here is computed anew from the files the sample wrote.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "api/sample/names.h"
#include "sample_files.h"

namespace assent {
namespace {

using sample::Nation;
using sample_test::Record;
using sample_test::WrittenSample;

const WrittenSample& default_sample() {
  static const WrittenSample sample{SampleOptions{}};
  return sample;
}

std::string lower(std::string_view text) {
  return sample_test::email_key(text);
}

// A given name in Latin letters; names that the books do not know stay as they are.
std::string latin(const std::string& name) {
  static const std::map<std::string, std::string> book = [] {
    std::map<std::string, std::string> names{
        {"Алена", "alena"}, {"Петр", "petr"}, {"Федор", "fedor"}, {"Артем", "artem"}};
    for (const Nation nation : {Nation::kRussian, Nation::kGerman, Nation::kBritish}) {
      const auto& n = sample::names_of(nation);
      for (const auto& list : {n.female, n.male, n.third}) {
        for (const auto& s : list) names.emplace(s.native, lower(s.latin));
      }
    }
    return names;
  }();
  const auto found = book.find(name);
  return found == book.end() ? lower(name) : found->second;
}

bool contradict(const Record& a, const Record& b) {
  if (!a.birth.empty() && !b.birth.empty() && a.birth != b.birth) return true;
  return sample_test::likeness(latin(a.first), latin(b.first)) < 0.8;
}

// The first rung of linking, in its plainest form: an exact contact, unless name or birth says no.
std::vector<std::size_t> link(const std::vector<Record>& records) {
  std::vector<std::size_t> parent(records.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  std::map<std::string, std::vector<std::size_t>> holders;
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (const auto* keys : {&records[i].emails, &records[i].phones, &records[i].cards}) {
      for (const std::string& key : *keys) holders[key].push_back(i);
    }
  }
  holders.erase("71111111111");
  holders.erase("noemail@example.com");
  for (const auto& [key, ids] : holders) {
    for (const std::size_t a : ids) {
      for (const std::size_t b : ids) {
        if (a < b && !contradict(records[a], records[b])) parent[root(a)] = root(b);
      }
    }
  }
  for (std::size_t i = 0; i < parent.size(); ++i) parent[i] = root(i);
  return parent;
}

TEST(SampleTruthTest, TheTruthNamesEveryRowAndEveryPerson) {
  const auto truth = sample_test::truth_of(default_sample());
  const auto records = sample_test::records_of(default_sample());
  std::set<std::string> people;
  for (const Record& record : records) {
    const auto found = truth.find({record.source, record.id});
    ASSERT_NE(found, truth.end());
    ASSERT_FALSE(found->second.empty());
    people.insert(found->second);
  }
  const SampleStory& story = default_sample().story;
  EXPECT_EQ(people.size(), 2000U);
  EXPECT_EQ(story.distinct_people, people.size());
  EXPECT_EQ(story.crm_person_rows + story.shop_records, records.size());
  EXPECT_EQ(truth.size(), records.size() + story.crm_organisation_rows);
  EXPECT_GT(story.shop_rows, story.shop_records);
}

TEST(SampleTruthTest, ExactLinksFindExactlyTheTruePeople) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SampleOptions options;
    options.seed = seed;
    const WrittenSample sample(options);
    const auto truth = sample_test::truth_of(sample);
    const auto records = sample_test::records_of(sample);
    const auto cluster = link(records);
    std::map<std::size_t, std::string> person_of;
    std::map<std::string, std::size_t> cluster_of;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const std::string& person = truth.at({records[i].source, records[i].id});
      EXPECT_EQ(person_of.emplace(cluster[i], person).first->second, person) << records[i].id;
      EXPECT_EQ(cluster_of.emplace(person, cluster[i]).first->second, cluster[i]) << records[i].id;
    }
  }
}

TEST(SampleTruthTest, NamesOfDifferentListsContradictEachOther) {
  for (const Nation nation : {Nation::kRussian, Nation::kGerman, Nation::kBritish}) {
    const auto& book = sample::names_of(nation);
    const std::vector lists{book.female, book.male, book.third};
    for (std::size_t a = 0; a < lists.size(); ++a) {
      for (std::size_t b = a + 1; b < lists.size(); ++b) {
        for (const auto& x : lists[a]) {
          for (const auto& y : lists[b]) {
            EXPECT_LT(sample_test::likeness(lower(x.latin), lower(y.latin)), 0.75)
                << x.latin << " " << y.latin;
          }
        }
      }
    }
  }
}

// The law in the small, on the rows of the files: newest word per key, opt-outs bind whoever holds
// the address, minors and claims do not count.
class Ledger {
 public:
  explicit Ledger(const WrittenSample& sample) : truth_(sample_test::truth_of(sample)) {
    for (const auto& row : sample.shop.rows) add_customer(row);
    for (const auto& row : sample.consents.rows) hear(row);
  }

  std::set<std::string> permitted(const std::string& channel, bool two_keys_everywhere) const {
    std::set<std::string> people;
    for (const auto& [person, contacts] : contacts_) {
      const bool russia = abroad_.count(person) == 0;
      const bool key =
          given(person, channel) && (given(person, "") || !(two_keys_everywhere || russia));
      const auto mine = contacts.find(channel);
      if (!key || minors_.count(person) != 0 || mine == contacts.end()) continue;
      const bool closed = std::any_of(mine->second.begin(), mine->second.end(), [&](auto& value) {
        return closed_.count({channel, value}) != 0;
      });
      if (!closed && out_.count({channel, person}) == 0) people.insert(person);
    }
    return people;
  }

 private:
  void add_customer(const std::map<std::string, std::string>& row) {
    const std::string& person = truth_.at({"webshop", row.at("external_id")});
    auto& contacts = contacts_[person];
    const std::string email = sample_test::email_key(row.at("email"));
    const std::string phone = sample_test::phone_key(row.at("phone"));
    if (!email.empty()) contacts["email"].insert(email);
    if (!phone.empty()) contacts["sms"].insert(phone), contacts["phone_live"].insert(phone);
    if (!row.at("country").empty() && row.at("country") != "RU") abroad_.insert(person);
    if (row.at("birth_date") > "2008-11-21") minors_.insert(person);
    for (const auto& [caption, channel] :
         {std::pair("email_opt_out", "email"), std::pair("sms_opt_out", "sms"),
          std::pair("phone_opt_out", "phone_live")}) {
      if (row.at(caption).empty()) continue;
      out_.emplace(channel, person);
      for (const std::string& value : contacts[channel]) closed_.emplace(channel, value);
    }
    if (!row.at("action").empty()) hear(row);
  }

  void hear(const std::map<std::string, std::string>& row) {
    const std::string& person = truth_.at({"webshop", row.at("external_id")});
    auto& word = words_[{person, row.at("channel")}];
    if (row.at("effective_at") < word.first) return;
    const bool bundled =
        row.at("notice") == "ru-offer-2024" && row.at("effective_at") >= "2025-09-01";
    const bool counts =
        row.at("action") == "give" && row.at("method") != "imported_claim" && !bundled;
    word = {row.at("effective_at"), counts};
  }

  bool given(const std::string& person, const std::string& channel) const {
    const auto word = words_.find({person, channel});
    return word != words_.end() && word->second.second;
  }

  std::map<std::pair<std::string, std::string>, std::string> truth_;
  std::map<std::string, std::map<std::string, std::set<std::string>>> contacts_;
  std::map<std::pair<std::string, std::string>, std::pair<std::string, bool>> words_;
  std::set<std::pair<std::string, std::string>> out_, closed_;
  std::set<std::string> abroad_, minors_;
};

std::map<std::string, std::string> last_order_of(const WrittenSample& sample) {
  const auto truth = sample_test::truth_of(sample);
  std::map<std::string, std::string> last;
  for (const auto& row : sample.orders.rows) {
    std::string& at = last[truth.at({"webshop", row.at("external_id")})];
    at = std::max(at, row.at("ordered_at"));
  }
  return last;
}

constexpr const char* kSleepingBefore = "2026-05-25";  // 180 days before the last day.

TEST(SampleTruthTest, ThePermittedArePreciselyThoseWhomTheFilesAllow) {
  const WrittenSample& sample = default_sample();
  const Ledger ledger(sample);
  const auto last = last_order_of(sample);
  for (std::size_t i = 0; i < kSampleChannels.size(); ++i) {
    const std::string channel(kSampleChannels[i]);
    const auto everywhere = ledger.permitted(channel, true);
    const auto russia = ledger.permitted(channel, false);
    EXPECT_EQ(sample.story.permitted.two_keys_for_all[i], everywhere.size()) << channel;
    EXPECT_EQ(sample.story.permitted.two_keys_for_russia[i], russia.size()) << channel;
    EXPECT_GT(russia.size(), everywhere.size());
    EXPECT_GT(everywhere.size(), 50U);
    const auto asleep = std::count_if(everywhere.begin(), everywhere.end(), [&](const auto& p) {
      return last.count(p) != 0 && last.at(p) < kSleepingBefore;
    });
    EXPECT_EQ(sample.story.permitted_sleeping_180d.two_keys_for_all[i],
              static_cast<std::uint64_t>(asleep));
  }
}

TEST(SampleTruthTest, TheSleepersAreThoseWithoutAnOrderFor180Days) {
  const auto last = last_order_of(default_sample());
  const auto asleep = std::count_if(
      last.begin(), last.end(), [](const auto& person) { return person.second < kSleepingBefore; });
  EXPECT_EQ(default_sample().story.buyers, last.size());
  EXPECT_EQ(default_sample().story.sleeping_180d, static_cast<std::uint64_t>(asleep));
  // Nobody stands at the edge, where a time zone would decide.
  for (const auto& [person, at] : last) {
    EXPECT_TRUE(at < "2026-05-06" || at > "2026-06-13") << person;
    EXPECT_LT(at, "2026-11-21") << person;
  }
}

// The cut above which a share of the sorted values lies; ties are never split.
std::vector<double> cuts_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::vector<double> cuts;
  for (int fifth = 1; fifth < 5; ++fifth) {
    cuts.push_back(values[(values.size() * static_cast<std::size_t>(fifth) + 4) / 5 - 1]);
  }
  return cuts;
}
int score(const std::vector<double>& cuts, double value) {
  return 1 + static_cast<int>(
                 std::count_if(cuts.begin(), cuts.end(), [&](double c) { return value > c; }));
}

TEST(SampleTruthTest, EverySegmentOfRuleP1HasPeople) {
  const auto truth = sample_test::truth_of(default_sample());
  struct Buyer {
    std::string last;
    double orders = 0, money = 0;
  };
  std::map<std::string, Buyer> buyers;
  for (const auto& row : default_sample().orders.rows) {
    if (row.at("currency") != "RUB") continue;
    Buyer& b = buyers[truth.at({"webshop", row.at("external_id")})];
    b.last = std::max(b.last, row.at("ordered_at"));
    b.orders += 1;
    b.money += std::stod(row.at("amount"));
  }
  std::vector<double> last, orders, money;
  const auto day = [](const Buyer& b) {
    return static_cast<double>(days_since_epoch(*parse_date(b.last.substr(0, 10))));
  };
  for (const auto& [person, b] : buyers) {
    last.push_back(day(b)), orders.push_back(b.orders), money.push_back(b.money);
  }
  std::map<std::string, std::size_t> segments;
  for (const auto& [person, b] : buyers) {
    const int r = score(cuts_of(last), day(b));
    const int f = score(cuts_of(orders), b.orders);
    const int m = score(cuts_of(money), b.money);
    ++segments[r >= 4 && f >= 4 && m >= 4 ? "vip"
               : r >= 3 && f >= 4         ? "loyal"
               : r >= 4                   ? "promising"
               : r <= 2                   ? "sleeping"
                                          : "other"];
  }
  for (const char* name : {"vip", "loyal", "promising", "sleeping"}) {
    EXPECT_GT(segments[name], buyers.size() / 20) << name;
  }
}

TEST(SampleTruthTest, EqualRowsWithoutAnIdAreThere) {
  std::map<std::map<std::string, std::string>, int> equals;
  for (const auto& row : default_sample().orders.rows) {
    if (row.at("order_id").empty()) ++equals[row];
  }
  EXPECT_TRUE(std::any_of(equals.begin(), equals.end(), [](auto& e) { return e.second == 2; }));
  std::set<std::string> ids;
  for (const auto& row : default_sample().orders.rows) {
    if (row.at("order_id").empty()) continue;
    EXPECT_TRUE(ids.insert(row.at("order_id")).second);
  }
}

TEST(SampleTruthTest, WhoWithdrawsIsAsleepPermittedAndAlone) {
  const auto& withdraw = *default_sample().story.withdraw;
  const auto truth = sample_test::truth_of(default_sample());
  const std::string person = truth.at({withdraw.row.source, withdraw.row.external_id});
  EXPECT_EQ(withdraw.channel, "email");
  EXPECT_EQ(Ledger(default_sample()).permitted("email", true).count(person), 1U);
  EXPECT_LT(last_order_of(default_sample()).at(person), kSleepingBefore);
  for (const Record& record : sample_test::records_of(default_sample())) {
    if (record.emails.count(withdraw.email) == 0) continue;
    EXPECT_EQ(truth.at({record.source, record.id}), person);
  }
}

TEST(SampleTruthTest, WhoIsErasedSharesAPhoneWithRelativesOfOtherNames) {
  const auto& erase = *default_sample().story.erase;
  ASSERT_EQ(erase.rows.size(), 2U);
  ASSERT_EQ(erase.relatives.size(), 2U);
  const auto truth = sample_test::truth_of(default_sample());
  const std::string person = truth.at({erase.rows[0].source, erase.rows[0].external_id});
  std::map<std::string, Record> by_id;
  for (Record& r : sample_test::records_of(default_sample())) by_id.emplace(r.id, r);
  for (const SampleRow& row : erase.rows) {
    EXPECT_EQ(truth.at({row.source, row.external_id}), person);
    EXPECT_EQ(by_id.at(row.external_id).emails.count(erase.email), 1U);
  }
  const Record& mother = by_id.at(erase.rows[1].external_id);
  for (const SampleRow& row : erase.relatives) {
    EXPECT_NE(truth.at({row.source, row.external_id}), person);
    EXPECT_EQ(by_id.at(row.external_id).phones, mother.phones);
    EXPECT_TRUE(contradict(by_id.at(row.external_id), mother));
  }
}

TEST(SampleTruthTest, TheOptedOutAreInNoPermittedSet) {
  const WrittenSample& sample = default_sample();
  const Ledger ledger(sample);
  const auto truth = sample_test::truth_of(sample);
  EXPECT_GT(sample.story.opted_out.size(), 50U);
  for (const SampleOptOut& out : sample.story.opted_out) {
    for (const std::string& channel : out.channels) {
      EXPECT_EQ(ledger.permitted(channel, false).count(truth.at({"webshop", out.external_id})), 0U);
    }
  }
}

TEST(SampleTruthTest, EveryKindOfWordIsSpoken) {
  std::set<std::string> actions, methods, channels;
  bool early = false;
  for (const auto& row : default_sample().consents.rows) {
    actions.insert(row.at("action"));
    methods.insert(row.at("method"));
    channels.insert(row.at("channel"));
    early = early || row.at("effective_at") < "2025-09-01";
  }
  EXPECT_EQ(actions, (std::set<std::string>{"request", "give", "withdraw", "refuse", "expire"}));
  EXPECT_EQ(methods, (std::set<std::string>{"web_form", "double_opt_in", "paper", "call",
                                            "imported_claim"}));
  EXPECT_EQ(channels, (std::set<std::string>{"", "email", "sms", "phone_live"}));
  EXPECT_TRUE(early);
}

}  // namespace
}  // namespace assent

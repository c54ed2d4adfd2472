#include "api/sample.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "core/bytes.h"
#include "core/digest.h"
#include "core/nlohmann.h"
#include "sample_files.h"

namespace assent {
namespace {

using sample_test::fresh_directory;
using sample_test::kFileNames;
using sample_test::WrittenSample;

SampleOptions of(std::uint64_t people, std::uint64_t seed = 1) {
  SampleOptions options;
  options.people = people;
  options.seed = seed;
  return options;
}

const WrittenSample& default_sample() {
  static const WrittenSample sample{SampleOptions{}};
  return sample;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                    ? 1
                               : lead >= 0xc2 && lead <= 0xdf ? 2
                               : (lead & 0xf0) == 0xe0        ? 3
                               : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                              : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

TEST(SampleTest, EqualOptionsGiveEqualBytes) {
  const WrittenSample again{SampleOptions{}};
  for (const std::string& name : kFileNames) {
    EXPECT_EQ(default_sample().bytes(name), again.bytes(name)) << name;
  }
}

// Change the digest together with the sample; it holds for g++ and clang++, at any optimisation.
TEST(SampleTest, TheDefaultSampleIsTheSameOnEveryMachine) {
  std::string all;
  for (const std::string& name : kFileNames) all += default_sample().bytes(name);
  EXPECT_EQ(to_hex(sha256(as_bytes(all))),
            "a0b9daeba3211b574c64a11109058e4680e3812810f3eefe0c9b88754b076cbd");
}

TEST(SampleTest, AnotherSeedGivesAnotherPopulation) {
  const WrittenSample other(of(2000, 2));
  for (const std::string& name : kFileNames) {
    EXPECT_NE(default_sample().bytes(name), other.bytes(name)) << name;
  }
}

TEST(SampleTest, AGrownSampleBeginsWithTheSmallerOne) {
  const WrittenSample small(of(400));
  for (const std::string& name : kFileNames) {
    if (name == "story.json") continue;
    EXPECT_TRUE(default_sample().bytes(name).starts_with(small.bytes(name))) << name;
  }
}

TEST(SampleTest, TheCrmFileHasTheFortyThreeCaptionsOfTheRealExport) {
  EXPECT_EQ(
      default_sample().crm.header,
      "\"ID\",\"Тип\",\"Полное имя контакта\",\"Имя\",\"Фамилия\",\"Название компании\","
      "\"Ответственный\",\"Дата создания контакта\",\"Кем создан контакт\",\"Сделки\","
      "\"Дата редактирования\",\"Кем редактирован\",\"Теги\",\"Примечание 1\",\"Примечание 2\","
      "\"Примечание 3\",\"Примечание 4\",\"Примечание 5\",\"Рабочий телефон\","
      "\"Рабочий прямой телефон\",\"Мобильный телефон\",\"Факс\",\"Домашний телефон\","
      "\"Другой телефон\",\"Рабочий email\",\"Личный email\",\"Другой email\",\"Web\",\"Адрес\","
      "\"Город\",\"Источник\",\"Должность\",\"Товар\",\"Skype\",\"ICQ\",\"Jabber\","
      "\"Google Talk\",\"MSN\",\"Другой IM\",\"Пользовательское соглашение\",\"cid\",\"uid\","
      "\"tid\"");
  EXPECT_EQ(default_sample().crm.rows.front().size(), 43U);
}

TEST(SampleTest, TheShopFilesHaveTheGenericCaptions) {
  const WrittenSample& sample = default_sample();
  EXPECT_EQ(sample.shop.header,
            "external_id;first_name;last_name;patronymic;email;phone;card;birth_date;country;city;"
            "language;email_opt_out;sms_opt_out;phone_opt_out;purpose;channel;action;effective_at;"
            "notice;method");
  EXPECT_EQ(sample.consents.header,
            "external_id;purpose;channel;action;effective_at;notice;method");
  EXPECT_EQ(sample.orders.header,
            "external_id;order_id;ordered_at;quantity;amount;currency;product;category");
  EXPECT_EQ(sample.truth.header, "source,external_id,person");
}

TEST(SampleTest, EveryFileIsUtf8) {
  for (const std::string& name : kFileNames) {
    EXPECT_TRUE(is_utf8(default_sample().bytes(name))) << name;
  }
}

TEST(SampleTest, EveryDomainIsReservedForExamples) {
  const std::regex domain("[@/]([A-Za-z0-9.-]+\\.[A-Za-z]+)");
  const std::regex reserved("(.*\\.)?example(\\.(com|org|net))?", std::regex::icase);
  std::size_t seen = 0;
  for (const std::string& name : kFileNames) {
    const std::string text = default_sample().bytes(name);
    for (std::sregex_iterator it(text.begin(), text.end(), domain), end; it != end; ++it) {
      ++seen;
      EXPECT_TRUE(std::regex_match((*it)[1].str(), reserved)) << name;
    }
  }
  EXPECT_GT(seen, 2000U);
}

TEST(SampleTest, EveryPhoneIsANumberThatNobodyHas) {
  const std::regex nobodys(
      "7000[0-9]{7}|71111111111|493023125[0-9]{3}|447700900[0-9]{3}|120255501[0-9]{2}");
  std::set<std::string> kinds;
  for (const auto& record : sample_test::records_of(default_sample())) {
    for (const std::string& phone : record.phones) {
      EXPECT_TRUE(std::regex_match(phone, nobodys));
      kinds.insert(phone.substr(0, 2));
    }
  }
  EXPECT_EQ(kinds.size(), 5U);
}

TEST(SampleTest, TheCountsOfTheStoryAreThoseOfTheFiles) {
  const WrittenSample& sample = default_sample();
  const auto story = nlohmann::json::parse(sample.bytes("story.json"));
  const auto& files = story.at("files");
  EXPECT_EQ(files.at("amocrm_contacts.csv").at("rows"), sample.crm.rows.size());
  EXPECT_EQ(files.at("webshop_contacts.csv").at("rows"), sample.shop.rows.size());
  EXPECT_EQ(files.at("consents.csv").at("rows"), sample.consents.rows.size());
  EXPECT_EQ(files.at("webshop_orders.csv").at("rows"), sample.orders.rows.size());

  std::uint64_t companies = 0;
  for (const auto& row : sample.crm.rows) companies += row.at("Тип") == "компания";
  EXPECT_EQ(sample.story.crm_organisation_rows, companies);
  EXPECT_EQ(companies, 50U);

  std::map<std::string, std::uint64_t> money;
  std::uint64_t without_id = 0;
  for (const auto& row : sample.orders.rows) {
    std::string minor = row.at("amount");
    minor.erase(minor.find('.'), 1);
    money[row.at("currency")] += std::stoull(minor);
    without_id += row.at("order_id").empty();
  }
  EXPECT_EQ(money.at("RUB"), sample.story.rub_minor);
  EXPECT_EQ(money.at("EUR"), sample.story.eur_minor);
  EXPECT_EQ(without_id, files.at("webshop_orders.csv").at("without_id"));
  EXPECT_GT(without_id, 0U);
}

TEST(SampleTest, TheStoryFileSaysWhatTheCallReturns) {
  const WrittenSample& sample = default_sample();
  const auto story = nlohmann::json::parse(sample.bytes("story.json"));
  EXPECT_EQ(story.at("distinct_people"), sample.story.distinct_people);
  EXPECT_EQ(story.at("permitted").at("two_keys_for_all").at("sms"),
            sample.story.permitted.two_keys_for_all[1]);
  EXPECT_EQ(story.at("opted_out").size(), sample.story.opted_out.size());
  EXPECT_EQ(story.at("withdraw").at("external_id"), sample.story.withdraw->row.external_id);
  EXPECT_EQ(story.at("erase").at("email"), sample.story.erase->email);
  EXPECT_EQ(story.at("options").at("as_of"), "2026-11-21");
}

TEST(SampleTest, EveryNoticeIsPublishedAndWasInForce) {
  const YAML::Node notices =
      YAML::LoadFile(std::string(ASSENT_SOURCE_DIR) + "/policies/notices.yaml")["notices"];
  std::map<std::string, YAML::Node> published;
  for (const auto& notice : notices) published.emplace(notice["key"].as<std::string>(), notice);
  std::set<std::string> used;
  auto rows = default_sample().consents.rows;
  for (const auto& row : default_sample().shop.rows) {
    if (!row.at("notice").empty()) rows.push_back(row);
  }
  for (const auto& row : rows) {
    const auto notice = published.find(row.at("notice"));
    ASSERT_NE(notice, published.end()) << row.at("notice");
    used.insert(row.at("notice"));
    EXPECT_EQ(notice->second["purpose"].as<std::string>(), row.at("purpose"));
    EXPECT_GE(row.at("effective_at"), notice->second["effective_from"].as<std::string>());
    const auto channels = notice->second["channels"].as<std::vector<std::string>>();
    const bool asked = row.at("channel").empty()
                           ? channels.empty()
                           : std::count(channels.begin(), channels.end(), row.at("channel")) == 1;
    EXPECT_TRUE(asked) << row.at("notice");
  }
  EXPECT_EQ(used.size(), published.size());
}

TEST(SampleTest, NoPeopleStillGiveSixFiles) {
  const WrittenSample none(of(0));
  EXPECT_TRUE(none.crm.rows.empty());
  EXPECT_TRUE(none.shop.rows.empty());
  EXPECT_TRUE(none.truth.rows.empty());
  EXPECT_EQ(none.story.distinct_people, 0U);
  EXPECT_FALSE(none.story.withdraw);
  EXPECT_TRUE(nlohmann::json::parse(none.bytes("story.json")).at("erase").is_null());
}

TEST(SampleTest, OnePersonIsWhoWithdraws) {
  const WrittenSample one(of(1));
  EXPECT_EQ(one.truth.rows.size(), 2U);
  EXPECT_EQ(one.story.permitted.two_keys_for_all[0], 1U);
  EXPECT_EQ(one.story.permitted_sleeping_180d.two_keys_for_all[0], 1U);
  ASSERT_TRUE(one.story.withdraw);
  EXPECT_FALSE(one.story.erase);
}

TEST(SampleTest, APartOfABlockIsAPopulationToo) {
  for (std::uint64_t people = 2; people <= 41; ++people) {
    const WrittenSample sample(of(people, people));
    EXPECT_EQ(sample.story.distinct_people, people);
    EXPECT_EQ(sample.story.erase->relatives.size(), std::min<std::uint64_t>(people - 2, 2));
  }
}

TEST(SampleTest, OptionsOutOfRangeAreRefused) {
  SampleOptions early;
  early.as_of = {2025, 12, 31};
  const auto dir = fresh_directory();
  EXPECT_EQ(write_sample(dir, early).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(write_sample(dir, of(kSamplePeopleMax + 1)).error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(std::filesystem::exists(dir));
}

TEST(SampleTest, ADirectoryThatIsAFileIsRefused) {
  const auto dir = fresh_directory();
  std::ofstream(dir) << "in the way";
  EXPECT_EQ(write_sample(dir, of(1)).error().code, ErrorCode::kUnavailable);
  std::filesystem::remove(dir);
}

TEST(SampleTest, AFullDiskLeavesTheOlderSampleUntouched) {
  const auto dir = fresh_directory();
  ASSERT_TRUE(write_sample(dir, of(40)).ok());
  const std::string before = sample_test::read(dir / "webshop_orders.csv");
  std::filesystem::create_symlink("/dev/full", dir / "webshop_orders.csv.part");
  EXPECT_EQ(write_sample(dir, of(80)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(sample_test::read(dir / "webshop_orders.csv"), before);
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    EXPECT_NE(entry.path().extension(), ".part");
  }
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace assent

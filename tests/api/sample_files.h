#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/sample.h"

namespace assent::sample_test {

// A CSV file of the sample: one map from caption to cell per row.
struct Table {
  std::string header;  // The first line as it stands.
  std::vector<std::map<std::string, std::string>> rows;
};

std::string read(const std::filesystem::path& file);
Table read_table(const std::filesystem::path& file, char delimiter);

// The digits of a phone in E.164 without the plus; the sample's trunk 8 stands for 7.
std::string phone_key(std::string_view text);
std::string email_key(std::string_view text);
std::string card_key(std::string_view text);

// A sample in a directory of its own, read back; gone with the object.
class WrittenSample {
 public:
  explicit WrittenSample(const SampleOptions& options);
  ~WrittenSample();
  WrittenSample(const WrittenSample&) = delete;
  WrittenSample& operator=(const WrittenSample&) = delete;

  std::string bytes(const std::string& name) const { return read(dir_ / name); }

  Table crm, shop, consents, orders, truth;
  SampleStory story;

 private:
  std::filesystem::path dir_;
};

inline const std::vector<std::string> kFileNames{"amocrm_contacts.csv", "webshop_contacts.csv",
                                                 "consents.csv",        "webshop_orders.csv",
                                                 "truth.csv",           "story.json"};

std::filesystem::path fresh_directory();

// One row of either source that speaks of a person.
struct Record {
  std::string source, id, first, last, birth;
  std::set<std::string> emails, phones, cards;
};
std::vector<Record> records_of(const WrittenSample& sample);

// Which person stands behind (source, external id).
std::map<std::pair<std::string, std::string>, std::string> truth_of(const WrittenSample& sample);

// The measure of Jaro and Winkler, 0 … 1.
double likeness(const std::string& a, const std::string& b);

}  // namespace assent::sample_test

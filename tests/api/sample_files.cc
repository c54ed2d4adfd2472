#include "sample_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace assent::sample_test {
namespace {

// RFC 4180, as strictly as the sample writes it.
std::vector<std::vector<std::string>> parse(const std::string& text, char delimiter) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& cell = rows.back().back();
    if (quoted) {
      if (text[i] != '"') {
        cell += text[i];
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (text[i] == '"') {
      quoted = true;
    } else if (text[i] == delimiter) {
      rows.back().emplace_back();
    } else if (text[i] == '\n') {
      rows.push_back({""});
    } else if (text[i] != '\r') {
      cell += text[i];
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "the last line has no end";
  rows.pop_back();
  return rows;
}

std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

}  // namespace

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in.good()) << file;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Table read_table(const std::filesystem::path& file, char delimiter) {
  const std::string text = read(file);
  Table table;
  table.header = text.substr(0, text.find_first_of("\r\n"));
  const auto rows = parse(text, delimiter);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].size(), rows[0].size()) << file << " row " << i;
    auto& row = table.rows.emplace_back();
    for (std::size_t c = 0; c < rows[0].size(); ++c) row[rows[0][c]] = rows[i][c];
  }
  return table;
}

std::string phone_key(std::string_view text) {
  std::string digits = digits_of(text);
  if (digits.size() == 11 && digits[0] == '8') digits[0] = '7';
  return digits;
}

std::string email_key(std::string_view text) {
  std::string key;
  for (const char c : text) {
    if (c != ' ') key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return key;
}

std::string card_key(std::string_view text) {
  return email_key(text);
}

std::filesystem::path fresh_directory() {
  static int count = 0;
  return std::filesystem::temp_directory_path() /
         ("assent-sample-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
}

WrittenSample::WrittenSample(const SampleOptions& options) : dir_(fresh_directory()) {
  auto written = write_sample(dir_, options);
  EXPECT_TRUE(written.ok());
  if (!written.ok()) return;
  story = *written;
  crm = read_table(dir_ / "amocrm_contacts.csv", ',');
  shop = read_table(dir_ / "webshop_contacts.csv", ';');
  consents = read_table(dir_ / "consents.csv", ';');
  orders = read_table(dir_ / "webshop_orders.csv", ';');
  truth = read_table(dir_ / "truth.csv", ',');
}

WrittenSample::~WrittenSample() {
  std::filesystem::remove_all(dir_);
}

std::vector<Record> records_of(const WrittenSample& sample) {
  std::vector<Record> records;
  const auto add = [](std::set<std::string>& set, const std::string& key) {
    if (!key.empty()) set.insert(key);
  };
  for (const auto& row : sample.crm.rows) {
    if (row.at("Тип") != "контакт") continue;
    Record r{"amocrm", row.at("ID"), row.at("Имя"), row.at("Фамилия"), "", {}, {}, {}};
    for (const char* caption : {"Рабочий email", "Личный email", "Другой email"}) {
      add(r.emails, email_key(row.at(caption)));
    }
    for (const char* caption : {"Рабочий телефон", "Мобильный телефон", "Другой телефон"}) {
      add(r.phones, phone_key(row.at(caption)));
    }
    records.push_back(std::move(r));
  }
  std::set<std::string> seen;
  for (const auto& row : sample.shop.rows) {
    if (!seen.insert(row.at("external_id")).second) continue;
    Record r{"webshop",
             row.at("external_id"),
             row.at("first_name"),
             row.at("last_name"),
             row.at("birth_date"),
             {},
             {},
             {}};
    add(r.emails, email_key(row.at("email")));
    add(r.phones, phone_key(row.at("phone")));
    add(r.cards, card_key(row.at("card")));
    records.push_back(std::move(r));
  }
  return records;
}

std::map<std::pair<std::string, std::string>, std::string> truth_of(const WrittenSample& sample) {
  std::map<std::pair<std::string, std::string>, std::string> truth;
  for (const auto& row : sample.truth.rows) {
    EXPECT_TRUE(
        truth.emplace(std::pair(row.at("source"), row.at("external_id")), row.at("person")).second);
  }
  return truth;
}

double likeness(const std::string& a, const std::string& b) {
  const std::size_t window = std::max(std::max(a.size(), b.size()) / 2, std::size_t{1}) - 1;
  std::vector<bool> used(b.size());
  std::string from_a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = i < window ? 0 : i - window; j < std::min(b.size(), i + window + 1); ++j) {
      if (used[j] || a[i] != b[j]) continue;
      used[j] = true;
      from_a += a[i];
      break;
    }
  }
  if (from_a.empty()) return 0;
  std::string from_b;
  for (std::size_t j = 0; j < b.size(); ++j) {
    if (used[j]) from_b += b[j];
  }
  double moved = 0;
  for (std::size_t i = 0; i < from_a.size(); ++i) moved += from_a[i] != from_b[i];
  const auto m = static_cast<double>(from_a.size());
  const double jaro = (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) +
                       (m - moved / 2) / m) /
                      3;
  std::size_t prefix = 0;
  while (prefix < std::min({a.size(), b.size(), std::size_t{4}}) && a[prefix] == b[prefix]) {
    ++prefix;
  }
  return jaro + static_cast<double>(prefix) * 0.1 * (1 - jaro);
}

}  // namespace assent::sample_test

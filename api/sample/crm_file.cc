#include "crm_file.h"

#include <array>

#include "dice.h"
#include "spelling.h"

namespace assent::sample {
namespace {

constexpr std::array kCaptions = std::to_array<std::string_view>({"ID",
                                                                  "Тип",
                                                                  "Полное имя контакта",
                                                                  "Имя",
                                                                  "Фамилия",
                                                                  "Название компании",
                                                                  "Ответственный",
                                                                  "Дата создания контакта",
                                                                  "Кем создан контакт",
                                                                  "Сделки",
                                                                  "Дата редактирования",
                                                                  "Кем редактирован",
                                                                  "Теги",
                                                                  "Примечание 1",
                                                                  "Примечание 2",
                                                                  "Примечание 3",
                                                                  "Примечание 4",
                                                                  "Примечание 5",
                                                                  "Рабочий телефон",
                                                                  "Рабочий прямой телефон",
                                                                  "Мобильный телефон",
                                                                  "Факс",
                                                                  "Домашний телефон",
                                                                  "Другой телефон",
                                                                  "Рабочий email",
                                                                  "Личный email",
                                                                  "Другой email",
                                                                  "Web",
                                                                  "Адрес",
                                                                  "Город",
                                                                  "Источник",
                                                                  "Должность",
                                                                  "Товар",
                                                                  "Skype",
                                                                  "ICQ",
                                                                  "Jabber",
                                                                  "Google Talk",
                                                                  "MSN",
                                                                  "Другой IM",
                                                                  "Пользовательское соглашение",
                                                                  "cid",
                                                                  "uid",
                                                                  "tid"});

// Positions of the columns the sample fills.
enum Column : std::size_t {
  kId = 0,
  kType = 1,
  kFullName = 2,
  kFirst = 3,
  kLast = 4,
  kCompany = 5,
  kOwner = 6,
  kCreated = 7,
  kCreator = 8,
  kDeals = 9,
  kEdited = 10,
  kEditor = 11,
  kTags = 12,
  kNote = 13,
  kWorkPhone = 18,
  kMobile = 20,
  kOtherPhone = 23,
  kWorkEmail = 24,
  kOwnEmail = 25,
  kAddress = 28,
  kCity = 29,
  kJob = 31,
  kAgreement = 39
};

constexpr std::uint32_t kMorning = 9 * 3600;  // Seconds.
constexpr std::uint32_t kWorkingDay = 9 * 3600;

std::string russian_time(std::int32_t day, std::uint32_t second) {
  const Date date = date_from_days(day);
  return padded(date.day, 2) + "." + padded(date.month, 2) + "." +
         padded(static_cast<std::uint64_t>(date.year), 4) + " " + padded(second / 3600, 2) + ":" +
         padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2);
}

std::vector<std::string> stamped_row(const SampleOptions& options, Dice& dice) {
  std::vector<std::string> row(kCaptions.size());
  const std::int32_t today = days_since_epoch(options.as_of);
  // One throw a statement: compilers differ in the order of arguments.
  const std::int32_t created = today - 100 - static_cast<int>(dice.below(900));
  const std::int32_t edited = created + static_cast<int>(dice.below(100));
  row[kOwner] = "Менеджер Один";
  row[kCreated] = russian_time(created, kMorning + dice.below(kWorkingDay));
  row[kCreator] = "Робот";
  row[kEdited] = russian_time(edited, kMorning + dice.below(kWorkingDay));
  row[kEditor] = "Менеджер Два";
  return row;
}

void add_notes(std::vector<std::string>& row, const Person& p, Dice& dice) {
  constexpr std::array kTagsSeen =
      std::to_array<std::string_view>({"", "", "розница", "vip,розница", "опт"});
  constexpr std::array kJobs =
      std::to_array<std::string_view>({"", "", "Бухгалтер", "Врач", "Дизайнер; UX/UI"});
  row[kTags] = dice.pick(std::span<const std::string_view>(kTagsSeen));
  row[kJob] = dice.pick(std::span<const std::string_view>(kJobs));
  if (dice.chance(8)) row[kNote] = "Любит скидки;\nперезвонить «утром»";
  if (dice.chance(4)) row[kNote] = "Сказала: \"жду, звоните\"";
  if (dice.chance(1)) row[kNote] = "=HYPERLINK(\"http://example.com/?x=1\",\"нажми\")";
  if (p.in_shop()) row[kDeals] = "Заказ №" + std::to_string(1'000 + p.index);
  // A tick that says nothing about advertising: no consent may come of it.
  if (dice.chance(40)) row[kAgreement] = "Да";
}

// What the manager noted of the ways to reach the person: all of it, or only one.
void add_contacts(std::vector<std::string>& row, const Person& p, Dice& dice) {
  const bool one_suffices = p.role == Role::kPlain || p.role == Role::kCrossScript;
  const std::uint32_t noted = one_suffices && !p.phone.empty() ? dice.below(4) : 3;
  if (noted != 0) row[kMobile] = spell_phone(p.phone, dice);
  if (noted != 1) row[kOwnEmail] = spell_email(p.email, dice);
  row[kOtherPhone] = spell_phone(p.second_phone, dice);
  row[kWorkEmail] = p.work_email;
}

}  // namespace

std::vector<std::string> crm_header() {
  return {kCaptions.begin(), kCaptions.end()};
}

std::vector<std::string> crm_row(const SampleOptions& options, const Person& person) {
  Dice dice(options.seed, person.index, Topic::kCrm);
  std::vector<std::string> row = stamped_row(options, dice);
  row[kId] = person.crm_id();
  row[kType] = "контакт";
  row[kFirst] = without_yo(person.first);
  row[kLast] = without_yo(person.last);
  row[kFullName] = row[kFirst] + " " + row[kLast];
  row[kCompany] = person.company;
  row[kAddress] = person.address;
  row[kCity] = person.city;
  add_notes(row, person, dice);
  add_contacts(row, person, dice);
  return row;
}

std::vector<std::string> crm_company_row(const SampleOptions& options, std::uint64_t block) {
  Dice dice(options.seed, block, Topic::kCompany);
  std::vector<std::string> row = stamped_row(options, dice);
  row[kId] = company_id(block);
  row[kType] = "компания";
  row[kFullName] = company_name(block);
  row[kCompany] = company_name(block);
  row[kWorkPhone] = spell_phone(company_phone(block), dice);
  row[kWorkEmail] = company_email(block);
  row[kCity] = "Москва";
  return row;
}

}  // namespace assent::sample

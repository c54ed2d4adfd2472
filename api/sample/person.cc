#include "person.h"

#include <array>

#include "dice.h"
#include "spelling.h"

namespace assent::sample {
namespace {

enum class Cast { kAny, kFemale, kMale, kThird };

struct Slot {
  Role role = Role::kPlain;
  std::uint8_t lead = 0;  // Whose family name, telephone or address is shared; often one's own.
  Cast cast = Cast::kAny;
};

constexpr std::array<Slot, kBlock> make_slots() {
  std::array<Slot, kBlock> slots{};
  for (std::uint8_t i = 0; i < kBlock; ++i) slots[i].lead = i;
  slots[0] = {Role::kSleeper, 0, Cast::kFemale};
  slots[1] = {Role::kParent, 1, Cast::kFemale};
  slots[2] = {Role::kSpouse, 1, Cast::kMale};
  slots[3] = {Role::kChild, 1, Cast::kThird};
  slots[4] = {Role::kCouple, 4, Cast::kFemale};
  slots[5] = {Role::kCouple, 4, Cast::kMale};
  slots[6] = {Role::kNeighbour, 6, Cast::kFemale};
  slots[7] = {Role::kNeighbour, 6, Cast::kMale};
  slots[8] = {Role::kNamesake, 8, Cast::kFemale};
  slots[9] = {Role::kNamesake, 8, Cast::kFemale};
  slots[10] = {Role::kElder, 10, Cast::kMale};
  slots[11] = {Role::kJunior, 10, Cast::kMale};
  slots[12] = {Role::kColleague, 12, Cast::kFemale};
  slots[13] = {Role::kColleague, 13, Cast::kMale};
  slots[14] = {Role::kColleague, 14, Cast::kThird};
  slots[15].role = Role::kPlaceholderEmail;
  slots[16].role = Role::kPlaceholderPhone;
  slots[17].role = Role::kNoContact;
  slots[18].role = Role::kDeleted;
  slots[19].role = Role::kMinor;
  slots[20].role = Role::kNoCountry;
  slots[21].role = Role::kCrossScript;
  slots[22].role = Role::kDuplicate;
  slots[23].role = Role::kRepeated;
  slots[24].role = Role::kCrossScript;
  slots[25].role = Role::kOverseas;
  return slots;
}
constexpr std::array<Slot, kBlock> kSlots = make_slots();

constexpr std::uint64_t kPhoneFirst = 1'000;  // Below lie the numbers of golden files.
constexpr std::uint64_t kSecondPhoneFirst = 2'000'000;
constexpr std::uint64_t kCompanyPhoneFirst = 3'100'000;
constexpr std::uint64_t kForeignNumbers = 1'000;  // What regulators keep free for films.
constexpr std::uint64_t kAmericanNumbers = 100;   // One a block.

Nation nation_of(const SampleOptions& options, std::uint64_t lead, Role role) {
  switch (role) {
    case Role::kPlain:
    case Role::kCouple:
    case Role::kNamesake:
    case Role::kDuplicate:
    case Role::kRepeated:
    case Role::kMinor: {
      constexpr std::array<std::uint32_t, 3> kWeights{70, 17, 13};
      return static_cast<Nation>(Dice(options.seed, lead, Topic::kNation).weighted(kWeights));
    }
    case Role::kOverseas:
      return Nation::kAmerican;
    default:
      return Nation::kRussian;
  }
}

Occurrence presence_of(const SampleOptions& options, std::uint64_t index, Role role) {
  switch (role) {
    case Role::kSleeper:
    case Role::kParent:
    case Role::kNeighbour:
    case Role::kCrossScript:
      return Occurrence::kBoth;
    case Role::kColleague:
      return Occurrence::kCrm;
    case Role::kPlain: {
      constexpr std::array<std::uint32_t, 3> kWeights{50, 18, 32};
      return static_cast<Occurrence>(
          Dice(options.seed, index, Topic::kPresence).weighted(kWeights));
    }
    default:
      return Occurrence::kShop;
  }
}

bool shares_name(Role role) {
  return role == Role::kNamesake || role == Role::kJunior;
}
bool shares_family_name(Role role) {
  return shares_name(role) || role == Role::kSpouse || role == Role::kChild ||
         role == Role::kCouple || role == Role::kNeighbour;
}
bool shares_phone(Role role) {
  return role == Role::kSpouse || role == Role::kChild || role == Role::kJunior;
}

void give_name(Person& p, const SampleOptions& options, std::uint64_t lead) {
  if (p.role == Role::kDeleted || p.role == Role::kNoContact) {
    p.first = p.role == Role::kDeleted ? "DELETED" : "Тест";
    p.last = p.role == Role::kDeleted ? "USER" : "Тестов";
    return;
  }
  const NameBook& book = names_of(p.nation);
  Dice dice(options.seed, shares_name(p.role) ? lead : p.index, Topic::kGivenName);
  constexpr std::array<std::uint32_t, 3> kWeights{45, 40, 15};
  const std::size_t drawn = dice.weighted(kWeights);
  const Cast cast = kSlots[p.index % kBlock].cast;
  const std::size_t list = cast == Cast::kAny ? drawn : static_cast<std::size_t>(cast) - 1;
  auto given = std::array{book.female, book.male, book.third}[list];
  if (p.role == Role::kCrossScript) given = given.first(kPlainSpellings);
  const Spelling& first = dice.pick(given);
  p.first = first.native;
  p.first_latin = first.latin;
  const bool female = list == 0;
  if (!book.patronymic.empty()) {
    const Patronymic& patronymic = dice.pick(book.patronymic);
    p.patronymic = female ? patronymic.of_daughter : patronymic.of_son;
  }
  Dice family_dice(options.seed, shares_family_name(p.role) ? lead : p.index, Topic::kFamilyName);
  const Spelling& last = family_dice.pick(book.family);
  p.last = last.native;
  p.last_latin = last.latin;
  if (female) {
    p.last += book.female_ending.native;
    p.last_latin += book.female_ending.latin;
  }
}

std::string email_of(const Person& p, std::uint64_t owner) {
  constexpr std::array<std::string_view, 3> kDomains{"example.com", "example.org", "example.net"};
  return ascii_lower(p.first_latin) + "." + ascii_lower(p.last_latin) + "." +
         std::to_string(owner) + "@" + std::string(kDomains[owner % kDomains.size()]);
}

// Abroad there are few numbers that belong to nobody, so later people have none.
std::string phone_of(Nation nation, std::uint64_t index) {
  switch (nation) {
    case Nation::kRussian:
      return "+7000" + padded(kPhoneFirst + index, 7);
    case Nation::kGerman:
      return index < kForeignNumbers ? "+493023125" + padded(index, 3) : "";
    case Nation::kBritish:
      return index < kForeignNumbers ? "+447700900" + padded(index, 3) : "";
    case Nation::kAmerican:
      return index / kBlock < kAmericanNumbers ? "+120255501" + padded(index / kBlock, 2) : "";
  }
  return "";
}

void give_contacts(Person& p, const SampleOptions& options, std::uint64_t lead) {
  if (p.role == Role::kDeleted || p.role == Role::kNoContact) return;
  p.email = p.role == Role::kPlaceholderEmail ? std::string(kBlockedEmail) : email_of(p, p.index);
  p.phone = p.role == Role::kPlaceholderPhone
                ? std::string(kBlockedPhone)
                : phone_of(p.nation, shares_phone(p.role) ? lead : p.index);
  p.card = "RR-" + padded(p.index, 8);
  Dice dice(options.seed, p.index, Topic::kSecondPhone);
  if (p.role == Role::kPlain && p.in_crm() && p.nation == Nation::kRussian && dice.chance(15)) {
    p.second_phone = "+7000" + padded(kSecondPhoneFirst + p.index, 7);
  }
  if (p.role == Role::kChild) p.email.clear();
  if (p.role == Role::kCouple && p.index != lead) p.email = make_person(options, lead).email;
  if (p.role == Role::kColleague) {
    p.company = company_name(p.block());
    p.work_email = company_email(p.block());
  }
}

constexpr int kYear = 366;  // Days; rounded up, so that "at least so old" holds.

// Nobody is between 13 and 19: there the limits of the laws differ (law.md 1.9), and the expected
// counts would have to know them.
std::optional<Date> birth_of(const Person& p, const SampleOptions& options) {
  Dice dice(options.seed, p.index, Topic::kLife);
  const std::int32_t today = days_since_epoch(options.as_of);
  const auto aged = [&](int from_years, std::uint32_t spread) {
    return date_from_days(today - from_years * kYear - static_cast<int>(dice.below(spread * 365)));
  };
  switch (p.role) {
    case Role::kChild:
    case Role::kMinor:
      return aged(10, 2);
    case Role::kElder:
      return aged(50, 15);
    case Role::kJunior:
      return aged(21, 10);
    case Role::kNoContact:
    case Role::kDeleted:
      return std::nullopt;
    case Role::kNamesake:
      return aged(20, 45);
    default: {
      const Date birth = aged(20, 50);
      return dice.chance(85) ? std::optional<Date>(birth) : std::nullopt;
    }
  }
}

void give_place(Person& p, const SampleOptions& options, std::uint64_t lead) {
  if (p.role == Role::kDeleted || p.role == Role::kNoContact) return;
  const NameBook& book = names_of(p.nation);
  Dice dice(options.seed, lead, Topic::kPlace);
  p.city = dice.pick(book.cities);
  if (p.role != Role::kNoCountry) p.country = book.country;
  if (p.nation != Nation::kRussian) return;
  p.address = "ул. Примерная, д. " + std::to_string(lead % 997 + 1) + ", кв. " +
              std::to_string(lead / 997 + 1);
}

}  // namespace

std::string Person::crm_id() const {
  return std::to_string(32'000'000 + index);
}
std::string Person::shop_id() const {
  return "W" + padded(index, 7);
}
std::string Person::duplicate_id() const {
  return "G" + padded(index, 7);
}

Person make_person(const SampleOptions& options, std::uint64_t index) {
  const Slot& slot = kSlots[index % kBlock];
  const std::uint64_t lead = index - index % kBlock + slot.lead;
  Person p;
  p.index = index;
  p.role = slot.role;
  p.nation = nation_of(options, lead, slot.role);
  p.presence = presence_of(options, index, slot.role);
  give_name(p, options, lead);
  give_contacts(p, options, lead);
  p.birth = birth_of(p, options);
  give_place(p, options, lead);
  return p;
}

std::string company_name(std::uint64_t block) {
  return "ООО «Пример " + std::to_string(block + 1) + "»";
}
std::string company_email(std::uint64_t block) {
  return "info@firma-" + std::to_string(block + 1) + ".example";
}
std::string company_phone(std::uint64_t block) {
  return "+7000" + padded(kCompanyPhoneFirst + block, 7);
}
std::string company_id(std::uint64_t block) {
  return std::to_string(39'000'000 + block);
}

}  // namespace assent::sample

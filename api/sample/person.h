#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/sample.h"
#include "names.h"

namespace assent::sample {

// The part a person plays. Every block of kBlock people has the same cast, so that each difficulty
// of a real customer base is there at any size.
enum class Role {
  kPlain,
  kSleeper,  // Bought long ago, in both sources, may be written to.
  kParent,   // Shares a telephone and an address with spouse and child.
  kSpouse,
  kChild,      // A minor.
  kCouple,     // Two people, one e-mail address.
  kNeighbour,  // Two relatives, one postal address and nothing else.
  kNamesake,   // Two strangers with one name.
  kElder,      // Father and son: one name, one telephone, two birth dates.
  kJunior,
  kColleague,         // Three contacts of one company, all with its info@ address.
  kPlaceholderEmail,  // noemail@…
  kPlaceholderPhone,  // A number of one digit.
  kNoContact,         // Somebody's test entry.
  kDeleted,           // A row that the shop has emptied.
  kMinor,             // A minor who consented alone.
  kNoCountry,
  kOverseas,     // Where the company asks nobody for consent.
  kCrossScript,  // Cyrillic in the CRM, Latin letters in the shop.
  kDuplicate,    // Two customer numbers in the shop.
  kRepeated      // One row of the shop, twice in the file.
};

inline constexpr std::uint64_t kBlock = 40;
inline constexpr std::uint64_t kColleagueSlot = 12;  // The first of the three.
inline constexpr std::string_view kBlockedPhone = "+71111111111";
inline constexpr std::string_view kBlockedEmail = "noemail@example.com";

enum class Occurrence { kShop, kCrm, kBoth };

struct Person {
  std::uint64_t index = 0;
  Role role = Role::kPlain;
  Nation nation = Nation::kRussian;
  Occurrence presence = Occurrence::kShop;
  std::string country;  // Empty: nobody knows.
  std::string first, last, patronymic;
  std::string first_latin, last_latin;
  std::string email, work_email;    // Canonical: lower case.
  std::string phone, second_phone;  // E.164
  std::string card;
  std::optional<Date> birth;
  std::string city, address, company;

  bool in_shop() const { return presence != Occurrence::kCrm; }
  bool in_crm() const { return presence != Occurrence::kShop; }
  bool is_minor() const { return role == Role::kChild || role == Role::kMinor; }
  std::uint64_t block() const { return index / kBlock; }
  std::string crm_id() const;
  std::string shop_id() const;
  std::string duplicate_id() const;  // The second customer number of a kDuplicate.
};

// Person `index` of the population; depends on nothing but its arguments.
Person make_person(const SampleOptions& options, std::uint64_t index);

// The company of a block's colleagues.
std::string company_name(std::uint64_t block);
std::string company_email(std::uint64_t block);
std::string company_phone(std::uint64_t block);
std::string company_id(std::uint64_t block);

}  // namespace assent::sample

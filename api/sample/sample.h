#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace assent {

// An invented retail population for the quickstart and the tests: a CRM, a web shop, the consents
// and orders of its customers, and the truth about all of it. Nobody in it exists: domains, phone
// numbers and streets are reserved or unallocated (decisions.md 43).
struct SampleOptions {
  std::uint64_t people = 2000;  // At most kSamplePeopleMax; the roles repeat every 40 people.
  std::uint64_t seed = 1;
  Date as_of{2026, 11, 21};  // The last day of the story; from kSampleFirstDay on.
};
inline constexpr std::uint64_t kSamplePeopleMax = 1'000'000;
inline constexpr Date kSampleFirstDay{2026, 1, 1};

// The channels the sample speaks of; a count per channel has this order.
inline constexpr std::array<std::string_view, 3> kSampleChannels{"email", "sms", "phone_live"};
using ChannelCounts = std::array<std::uint64_t, 3>;

// How many people may be written to, by whom the law of two keys (a consent to process and a
// consent to the channel, law.md 1.7) covers. Which row holds depends on the operator's country.
struct SamplePermitted {
  ChannelCounts two_keys_for_all{};     // The operator sits where two keys are the law.
  ChannelCounts two_keys_for_russia{};  // Only residents of Russia and of an unknown country.
};

struct SampleRow {
  std::string source;  // "amocrm" or "webshop"
  std::string external_id;
};

// Who withdraws one consent: permitted by this channel before, a member of sleeping_180d.
struct SampleWithdrawal {
  SampleRow row;
  std::string email;
  std::string channel;
};

// Who is erased, and the relatives behind the same telephone and address who must stay.
struct SampleErasure {
  std::string email;
  std::vector<SampleRow> rows;
  std::vector<SampleRow> relatives;
};

struct SampleOptOut {
  std::string external_id;  // In the web shop.
  std::vector<std::string> channels;
};

// What is true of the files by construction. Computed from the generator's own knowledge of each
// person, never by the product's engine, so it can contradict the engine.
struct SampleStory {
  SampleOptions options;
  std::uint64_t crm_person_rows = 0;
  std::uint64_t crm_organisation_rows = 0;
  std::uint64_t shop_rows = 0;        // With rows that repeat an external id word for word.
  std::uint64_t shop_records = 0;     // Distinct external ids.
  std::uint64_t consent_rows = 0;     // In consents.csv.
  std::uint64_t inline_consents = 0;  // In webshop_contacts.csv; repeats not counted.
  std::uint64_t order_rows = 0;
  std::uint64_t orders_without_id = 0;
  std::uint64_t rub_minor = 0;        // Sum of all orders in kopecks.
  std::uint64_t eur_minor = 0;        // In cents.
  std::uint64_t distinct_people = 0;  // Every row belongs to exactly one; see truth.csv.
  std::uint64_t buyers = 0;
  std::uint64_t sleeping_180d = 0;  // Buyers whose last order is older than 180 days.
  SamplePermitted permitted;
  SamplePermitted permitted_sleeping_180d;
  std::vector<SampleOptOut> opted_out;
  std::optional<SampleWithdrawal> withdraw;  // Absent without people.
  std::optional<SampleErasure> erase;        // Absent below two people.
};

// Writes amocrm_contacts.csv, webshop_contacts.csv, consents.csv, webshop_orders.csv, truth.csv and
// story.json into `dir`, which is made if need be. Older files of these names are replaced, and
// only once all new ones are wholly written. Equal options give equal bytes on every machine.
// Memory does not grow with `people`, but for the list of opt-outs. Any thread; two calls must not
// share a directory. kInvalid      people or as_of out of range. kUnavailable  the directory cannot
// be made or written, or the disk is full.
Result<SampleStory> write_sample(const std::filesystem::path& dir, const SampleOptions& options);

}  // namespace assent

#include "api/sample.h"

#include <algorithm>
#include <system_error>

#include "crm_file.h"
#include "csv_writer.h"
#include "shop_file.h"
#include "story.h"

namespace assent {
namespace {

using sample::Closed;
using sample::FileWriter;
using sample::OptOuts;
using sample::Person;
using sample::Purchase;
using sample::Role;
using sample::Wishes;

constexpr std::uint32_t kDuplicateBuysEvery = 3;  // One order in so many, under the second number.

struct Member {
  Person person;
  Wishes wishes;
};

// The open files of one run, and what has gone into them.
class Books {
 public:
  Books(const std::filesystem::path& dir, const SampleOptions& options)
      : crm_(dir / "amocrm_contacts.csv", sample::kCrmDialect),
        shop_(dir / "webshop_contacts.csv"),
        consents_(dir / "consents.csv"),
        orders_(dir / "webshop_orders.csv"),
        truth_(dir / "truth.csv", {',', sample::Dialect::Quotes::kWhereNeeded, "\n"}),
        story_file_(dir / "story.json") {
    story_.options = options;
    crm_.row(sample::crm_header());
    shop_.row(sample::shop_header());
    consents_.row(sample::consent_header());
    orders_.row(sample::order_header());
    truth_.row(std::vector<std::string>{"source", "external_id", "person"});
  }

  void write_block(std::uint64_t block, std::uint64_t people) {
    std::vector<Member> members;
    Closed closed;
    for (std::uint64_t i = 0; i < people; ++i) {
      Member m{sample::make_person(story_.options, block * sample::kBlock + i), {}};
      m.wishes = sample::wishes_of(story_.options, m.person);
      sample::close_opted_out(closed, m.person, m.wishes);
      members.push_back(std::move(m));
    }
    if (people > sample::kColleagueSlot) write_company(block);
    for (const Member& m : members) {
      if (m.person.in_crm()) write_crm(m.person);
      if (m.person.in_shop()) write_shop(m);
      const auto purchases = sample::purchases_of(story_.options, m.person);
      write_orders(m.person, purchases);
      sample::count_person(story_, m.person, m.wishes, closed, purchases);
      sample::cast_person(story_, m.person);
    }
  }

  Result<SampleStory> close() {
    story_file_.text(sample::story_json(story_));
    for (FileWriter* file : files()) {
      if (Status written = file->finish(); !written.ok()) return written.error();
    }
    for (FileWriter* file : files()) {
      if (Status placed = file->put_in_place(); !placed.ok()) return placed.error();
    }
    return std::move(story_);
  }

 private:
  std::array<FileWriter*, 6> files() {
    return {&crm_, &shop_, &consents_, &orders_, &truth_, &story_file_};
  }

  void tell(const std::string& source, const std::string& id, const std::string& person) {
    truth_.row(std::vector<std::string>{source, id, person});
  }

  void write_company(std::uint64_t block) {
    crm_.row(sample::crm_company_row(story_.options, block));
    ++story_.crm_organisation_rows;
    tell("amocrm", sample::company_id(block), "");
  }

  void write_crm(const Person& p) {
    crm_.row(sample::crm_row(story_.options, p));
    ++story_.crm_person_rows;
    tell("amocrm", p.crm_id(), std::to_string(p.index));
  }

  void note_opt_out(const std::string& id, const OptOuts& opt_out) {
    SampleOptOut out{id, {}};
    for (std::size_t i = 0; i < opt_out.size(); ++i) {
      if (opt_out[i]) out.channels.emplace_back(kSampleChannels[i]);
    }
    if (!out.channels.empty()) story_.opted_out.push_back(std::move(out));
  }

  void add_customer(const std::vector<std::string>& row, const std::string& id, const Person& p,
                    const OptOuts& opt_out) {
    const int copies = p.role == Role::kRepeated ? 2 : 1;
    for (int i = 0; i < copies; ++i) shop_.row(row);
    story_.shop_rows += static_cast<std::uint64_t>(copies);
    ++story_.shop_records;
    tell("webshop", id, std::to_string(p.index));
    note_opt_out(id, opt_out);
  }

  // Every second customer's first consent came with the sign-up and stands in the customer's row.
  void write_shop(const Member& m) {
    const auto& events = m.wishes.events;
    std::optional<sample::InventedConsent> at_sign_up;
    if (!events.empty() && m.person.index % 2 == 0) at_sign_up = events.front();
    story_.inline_consents += at_sign_up.has_value();
    const std::string id = m.person.shop_id();
    add_customer(sample::shop_row(story_.options, m.person, m.wishes.opt_out, at_sign_up), id,
                 m.person, m.wishes.opt_out);
    if (m.person.role == Role::kDuplicate) {
      const OptOuts& out = m.wishes.duplicate_opt_out;
      add_customer(sample::duplicate_row(story_.options, m.person, out), m.person.duplicate_id(),
                   m.person, out);
    }
    for (std::size_t i = at_sign_up ? 1 : 0; i < events.size(); ++i) {
      consents_.row(sample::consent_row(id, events[i]));
      ++story_.consent_rows;
    }
  }

  void write_orders(const Person& p, const std::vector<Purchase>& purchases) {
    for (const Purchase& bought : purchases) {
      const bool second = p.role == Role::kDuplicate && bought.number % kDuplicateBuysEvery == 1;
      orders_.row(sample::order_row(second ? p.duplicate_id() : p.shop_id(), bought));
      ++story_.order_rows;
      story_.orders_without_id += bought.number == 0;
      (bought.currency == "RUB" ? story_.rub_minor : story_.eur_minor) += bought.amount_minor;
    }
  }

  SampleStory story_;
  FileWriter crm_, shop_, consents_, orders_, truth_, story_file_;
};

}  // namespace

Result<SampleStory> write_sample(const std::filesystem::path& dir, const SampleOptions& options) {
  if (options.people > kSamplePeopleMax) {
    return Error{ErrorCode::kInvalid, "a sample has at most 1000000 people"};
  }
  if (options.as_of < kSampleFirstDay) {
    return Error{ErrorCode::kInvalid, "the sample's last day is before 2026-01-01"};
  }
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) {
    return Error{ErrorCode::kUnavailable, "the directory of the sample cannot be made"};
  }
  Books books(dir, options);
  for (std::uint64_t first = 0; first < options.people; first += sample::kBlock) {
    books.write_block(first / sample::kBlock, std::min(sample::kBlock, options.people - first));
  }
  return books.close();
}

}  // namespace assent

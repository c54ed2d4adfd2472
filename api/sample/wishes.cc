#include "wishes.h"

#include <algorithm>

#include "dice.h"

namespace assent::sample {
namespace {

enum class Style {
  kNothing,
  kGiven,
  kProcessingOnly,
  kChannelOnly,
  kWithdrawn,
  kProcessingWithdrawn,
  kRefused,
  kPending,
  kExpired,
  kBundled,  // The consent to process stands inside the offer, after that was forbidden.
  kClaimed   // Somebody says so; there is no proof.
};

constexpr std::array<std::uint32_t, 11> kRussianStyles{29, 35, 8, 7, 5, 3, 4, 3, 2, 2, 2};
constexpr std::array<std::uint32_t, 11> kForeignStyles{28, 30, 0, 16, 6, 0, 7, 6, 2, 0, 5};
constexpr std::array<std::uint32_t, 11> kQuietStyles{50, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0};

constexpr std::int64_t kSecond = kSecondUs;
constexpr std::uint32_t kLongAgoDays = 680;  // Younger than any policy's refresh of consents.
constexpr std::uint32_t kLatelyDays = 20;    // The last days are left for withdrawals.

Style style_of(const Person& p, Dice& dice) {
  switch (p.role) {
    case Role::kSleeper:
    case Role::kParent:
    case Role::kMinor:
    case Role::kChild:
    case Role::kNoCountry:
    case Role::kDuplicate:
      return Style::kGiven;
    case Role::kSpouse:
    case Role::kCouple:
    case Role::kElder:
      return static_cast<Style>(dice.weighted(kQuietStyles));
    case Role::kJunior:
    case Role::kPlaceholderEmail:
    case Role::kPlaceholderPhone:
    case Role::kNoContact:
    case Role::kDeleted:
    case Role::kOverseas:
      return Style::kNothing;
    default:
      break;
  }
  if (!p.in_shop()) return Style::kNothing;
  return static_cast<Style>(
      dice.weighted(p.nation == Nation::kRussian ? kRussianStyles : kForeignStyles));
}

// An hour of daylight, so that the day is the same in every zone of the story.
Timestamp daytime(std::int32_t day, Dice& dice) {
  return {day * kDayUs + (7 * 3600 + dice.below(10 * 3600)) * kSecond};
}

class Diary {
 public:
  Diary(const SampleOptions& options, const Person& person)
      : person_(person), dice_(options.seed, person.index, Topic::kWishes) {
    style_ = style_of(person, dice_);
    const std::int32_t today = days_since_epoch(options.as_of);
    const Date first = style_ == Style::kBundled ? kSeparateFrom : kFirstConsent;
    const std::int32_t drawn =
        today - static_cast<int>(kLatelyDays + dice_.below(kLongAgoDays - kLatelyDays));
    day_ = std::max(drawn, days_since_epoch(first));
    now_ = daytime(day_, dice_);
  }

  std::vector<InventedConsent> write() {
    if (style_ == Style::kNothing) return {};
    if (style_ == Style::kRefused) {
      add(InventedChannel::kEmail, Action::kRefuse, "web_form");
      return events_;
    }
    if (style_ != Style::kChannelOnly) give_processing();
    if (style_ != Style::kProcessingOnly) give_channels();
    change_of_mind();
    return events_;
  }

 private:
  void add(std::optional<InventedChannel> channel, Action action, std::string_view method) {
    const auto notice = style_ == Style::kBundled && !channel
                            ? kBundledNotice
                            : notice_for(person_.nation, channel, utc_date(now_));
    events_.push_back({channel, action, now_, notice, method});
    now_.us += 20 * kSecond;
  }

  void give_processing() {
    add(std::nullopt, Action::kGive,
        style_ == Style::kClaimed ? "imported_claim"
        : dice_.chance(85)        ? "web_form"
                                  : "paper");
  }

  void give_email() {
    if (person_.email.empty()) return;
    if (style_ == Style::kPending)
      return add(InventedChannel::kEmail, Action::kRequest, "double_opt_in");
    if (style_ == Style::kClaimed)
      return add(InventedChannel::kEmail, Action::kGive, "imported_claim");
    if (person_.nation != Nation::kGerman)
      return add(InventedChannel::kEmail, Action::kGive, "web_form");
    add(InventedChannel::kEmail, Action::kRequest, "double_opt_in");
    add(InventedChannel::kEmail, Action::kGive, "double_opt_in");
  }

  void give_channels() {
    give_email();
    if (style_ != Style::kGiven && style_ != Style::kChannelOnly) return;
    if (person_.phone.empty()) return;
    if (dice_.chance(45)) add(InventedChannel::kSms, Action::kGive, "web_form");
    if (dice_.chance(25)) {
      add(InventedChannel::kPhoneLive, Action::kGive, dice_.chance(60) ? "call" : "paper");
    }
  }

  void change_of_mind() {
    now_ = daytime(day_ + 1 + static_cast<int>(dice_.below(kLatelyDays - 2)), dice_);
    if (style_ == Style::kWithdrawn) add(InventedChannel::kEmail, Action::kWithdraw, "web_form");
    if (style_ == Style::kProcessingWithdrawn) add(std::nullopt, Action::kWithdraw, "paper");
    if (style_ == Style::kExpired) add(InventedChannel::kEmail, Action::kExpire, "web_form");
  }

  const Person& person_;
  Dice dice_;
  Style style_ = Style::kNothing;
  std::int32_t day_ = 0;
  Timestamp now_;
  std::vector<InventedConsent> events_;
};

// In every third block one of those who share a telephone or an e-mail objects for both.
void opt_out_of_shared(Wishes& wishes, const Person& p) {
  if (p.block() % 3 != 1) return;
  const bool second = p.index % kBlock % 2 == 1;
  if (p.role == Role::kSpouse)
    wishes.opt_out[static_cast<std::size_t>(InventedChannel::kSms)] = true;
  if (p.role == Role::kCouple && second) {
    wishes.opt_out[static_cast<std::size_t>(InventedChannel::kEmail)] = true;
  }
}

void opt_out(Wishes& wishes, const SampleOptions& options, const Person& p) {
  switch (p.role) {
    case Role::kSpouse:
    case Role::kCouple:
      return opt_out_of_shared(wishes, p);
    case Role::kDuplicate:
      wishes.duplicate_opt_out[static_cast<std::size_t>(InventedChannel::kEmail)] =
          p.block() % 2 == 1;
      return;
    case Role::kPlain:
    case Role::kNamesake:
    case Role::kNeighbour:
    case Role::kCrossScript:
      break;
    default:
      return;
  }
  Dice dice(options.seed, p.index, Topic::kOptOut);
  if (!p.in_shop() || !dice.chance(9)) return;
  constexpr std::array<std::uint32_t, kChannels> kWeights{60, 25, 15};
  wishes.opt_out[dice.weighted(kWeights)] = true;
  if (dice.chance(20)) wishes.opt_out.fill(true);
}

// Whether the newest word about this key is a consent that counts.
bool has_key(const Wishes& wishes, std::optional<InventedChannel> channel) {
  const InventedConsent* newest = nullptr;
  for (const InventedConsent& event : wishes.events) {
    if (event.channel == channel) newest = &event;
  }
  if (newest == nullptr || newest->action != Action::kGive) return false;
  if (newest->method == "imported_claim") return false;
  return newest->notice != kBundledNotice || utc_date(newest->at) < kSeparateFrom;
}

}  // namespace

Wishes wishes_of(const SampleOptions& options, const Person& person) {
  Wishes wishes;
  wishes.events = Diary(options, person).write();
  opt_out(wishes, options, person);
  return wishes;
}

bool opted_out(const Wishes& wishes, InventedChannel channel) {
  const auto at = static_cast<std::size_t>(channel);
  return wishes.opt_out[at] || wishes.duplicate_opt_out[at];
}

bool permits(const Person& person, const Wishes& wishes, InventedChannel channel, TwoKeys rule) {
  if (person.is_minor() || opted_out(wishes, channel) || !has_key(wishes, channel)) return false;
  const bool abroad = person.nation != Nation::kRussian && !person.country.empty();
  const bool one_key = rule == TwoKeys::kForRussia && abroad;
  return one_key || has_key(wishes, std::nullopt);
}

std::string_view action_name(Action action) {
  switch (action) {
    case Action::kRequest:
      return "request";
    case Action::kGive:
      return "give";
    case Action::kWithdraw:
      return "withdraw";
    case Action::kRefuse:
      return "refuse";
    case Action::kExpire:
      return "expire";
  }
  return "";
}

}  // namespace assent::sample

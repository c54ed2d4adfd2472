#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "notices.h"
#include "person.h"

namespace assent::sample {

enum class Action { kRequest, kGive, kWithdraw, kRefuse, kExpire };

// One event of the consent ledger, always about direct marketing.
struct InventedConsent {
  std::optional<InventedChannel> channel;  // None: the consent to process.
  Action action = Action::kGive;
  Timestamp at;
  std::string_view notice;
  std::string_view method;
};

using OptOuts = std::array<bool, kChannels>;

// What a person said about advertising.
struct Wishes {
  std::vector<InventedConsent> events;  // By time.
  OptOuts opt_out{};                    // Columns of the shop's customer row.
  OptOuts duplicate_opt_out{};          // Those of the second customer number.
};

Wishes wishes_of(const SampleOptions& options, const Person& person);

bool opted_out(const Wishes& wishes, InventedChannel channel);

// Where a consent to process is needed besides the consent to the channel.
enum class TwoKeys { kForAll, kForRussia };

// The small model of the law the expected counts rest on: the person alone, without what others
// at the same contact point said. Absent is no; a claim without proof is no; a minor's word is no;
// a consent inside an offer counts only from before kSeparateFrom.
bool permits(const Person& person, const Wishes& wishes, InventedChannel channel, TwoKeys rule);

std::string_view action_name(Action action);

}  // namespace assent::sample

#pragma once

#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "consent/fold.h"
#include "consent/permit.h"

// What permits are derived from, read for many profiles in a fixed number of queries. Private.
namespace assent {

// Of a profile: its sorted records and what binds them.
struct ProfileStory {
  std::vector<RecordId> own;
  std::vector<const ConsentEvent*> events;
  std::vector<StandingFlag> flags;
  std::optional<Date> changes_on;  // A flag ends.
  bool erased = false;
};

// Of one of its contact points.
struct ContactStory {
  const ProfileStory& profile;
  std::vector<RecordId> other_holders;
  std::vector<const ConsentEvent*> events;
  std::span<const Suppressions::Entry> suppressed;
  const NoticeIndex& notices;
  std::optional<Date> changes_on;

  FoldStory view() const {
    return {profile.own, other_holders, events, profile.flags, suppressed, profile.erased, notices};
  }
};

class PermitInputs {
 public:
  static PermitInputs load(Tx& tx, std::span<const PersonFacts> people);

  ProfileStory story_of(const PersonFacts& person) const;
  // `profile` must outlive the answer, and this must outlive both.
  ContactStory story_of(const ProfileStory& profile, const ContactPoint& contact) const;

 private:
  struct Flag {
    StandingFlag flag;
    std::optional<Timestamp> end;
  };
  void load_events(Tx& tx, const std::vector<RecordId>& records, const std::vector<Tag16>& tags);
  void load_flags(Tx& tx, const std::vector<RecordId>& records);

  std::vector<ConsentEvent> events_;
  std::unordered_map<RecordId, std::vector<std::size_t>> by_record_;
  std::map<Tag16, std::vector<std::size_t>> by_contact_;
  std::unordered_map<RecordId, std::vector<Flag>> flags_;
  std::unordered_map<RecordId, bool> gone_;
  std::map<Tag16, std::vector<Suppressions::Entry>> suppressed_;
  NoticeIndex notices_;
};

}  // namespace assent

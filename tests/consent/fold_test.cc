#include "consent/fold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace assent {
namespace {

RecordId record(std::uint8_t number) {
  RecordId id;
  id.value.bytes[15] = number;
  return id;
}
Tag16 tag(std::uint8_t number) {
  Tag16 tag{};
  tag[0] = number;
  return tag;
}
Timestamp on(int day) {
  return {(20'000 + day) * kDayUs};
}

const RecordId kAnna = record(1);    // Holds the contact point in question.
const RecordId kSecond = record(2);  // Another record of the same profile.
const RecordId kOther = record(3);   // Somebody else.
const Tag16 kAddress = tag(1);
const Tag16 kElsewhere = tag(2);
constexpr std::uint8_t kEmail = 1;

struct Told {
  std::vector<ConsentEvent> events;
  std::vector<RecordId> own{kAnna, kSecond};
  std::vector<RecordId> other_holders;
  std::vector<StandingFlag> flags;
  std::vector<Suppressions::Entry> suppressed;
  bool erased = false;
  NoticeIndex notices;

  ConsentEvent& say(RecordId who, ConsentAction action, std::uint8_t channel, int day,
                    std::optional<Tag16> contact = std::nullopt) {
    ConsentEvent e;
    e.record = who;
    e.id.value.bytes[0] = static_cast<std::uint8_t>(events.size() + 1);
    e.purpose = PurposeCode::kDirectMarketing;
    e.channel = channel;
    e.contact = contact;
    e.action = action;
    e.effective_at = on(day);
    e.evidence = EvidenceKind::kProven;
    return events.emplace_back(e);
  }
  Folded folded() const {
    std::vector<const ConsentEvent*> pointers;
    for (const ConsentEvent& e : events) pointers.push_back(&e);
    return fold({PurposeCode::kDirectMarketing, Channel::kEmail, kAnna, kAddress},
                {own, other_holders, pointers, flags, suppressed, erased, notices});
  }
};

// What an engine that asks for both keys and nothing else would answer.
bool yes_to(const Folded& f, ConsentKey key) {
  bool any = false;
  for (const Consent& c : f.consents) {
    if (c.key != key) continue;
    any = true;
    if (c.state != ConsentState::kGiven || !*c.evidence) return false;
  }
  return any;
}
bool lifts(const Folded& f, std::optional<Moment> since) {
  return std::ranges::any_of(f.consents, [&](const Consent& c) {
    return c.key == ConsentKey::kChannel && c.lifts_suppression && since && *c.given_at > *since;
  });
}
bool permits(const Folded& f) {
  const Flags& flags = f.flags;
  if (flags.erased || !flags.restriction.empty() || flags.termination_demand) return false;
  if (flags.objection_dm && !lifts(f, flags.objection_dm->at)) return false;
  for (const Suppression& s : f.suppressions) {
    if (!lifts(f, s.at)) return false;
  }
  return yes_to(f, ConsentKey::kProcessing) && yes_to(f, ConsentKey::kChannel);
}
Told consenting() {
  Told told;
  told.say(kAnna, ConsentAction::kGive, 0, 1);
  told.say(kAnna, ConsentAction::kGive, kEmail, 1, kAddress);
  return told;
}

TEST(FoldTest, BothKeysOfTheHolderPermitAndNothingIsNo) {
  EXPECT_TRUE(permits(consenting().folded()));
  EXPECT_FALSE(permits(Told().folded()));
}

TEST(FoldTest, TheHoldersLatestWordCountsAndATieIsADenial) {
  Told told = consenting();
  told.say(kAnna, ConsentAction::kWithdraw, kEmail, 3, kAddress);
  EXPECT_FALSE(permits(told.folded()));
  told.say(kAnna, ConsentAction::kGive, kEmail, 3, kAddress);
  EXPECT_FALSE(permits(told.folded()));
  told.say(kAnna, ConsentAction::kGive, kEmail, 4, kAddress);
  EXPECT_TRUE(permits(told.folded()));
}

TEST(FoldTest, AWithdrawalThatArrivesLateIsOrderedByWhenItWasSaid) {
  Told told;
  told.say(kAnna, ConsentAction::kWithdraw, kEmail, 5);
  told.say(kAnna, ConsentAction::kGive, 0, 1);
  told.say(kAnna, ConsentAction::kGive, kEmail, 4, kAddress);
  EXPECT_FALSE(permits(told.folded()));
}

TEST(FoldTest, WhatAnotherRecordOfTheProfileGaveDoesNotCount) {
  Told told;
  told.say(kSecond, ConsentAction::kGive, 0, 1);
  told.say(kSecond, ConsentAction::kGive, kEmail, 1, kAddress);
  EXPECT_FALSE(permits(told.folded()));
  told.say(kAnna, ConsentAction::kGive, kEmail, 1, kAddress);
  EXPECT_FALSE(permits(told.folded()));  // The processing key is still missing.
}

TEST(FoldTest, AConsentForAnotherAddressDoesNotCount) {
  Told told;
  told.say(kAnna, ConsentAction::kGive, 0, 1);
  told.say(kAnna, ConsentAction::kGive, kEmail, 1, kElsewhere);
  EXPECT_FALSE(permits(told.folded()));
}

TEST(FoldTest, ADenialOfAnyRecordOfTheProfileBindsTheChannelWhateverItsAddress) {
  Told told = consenting();
  told.say(kSecond, ConsentAction::kWithdraw, kEmail, 0, kElsewhere);
  EXPECT_FALSE(permits(told.folded()));
}

TEST(FoldTest, ADenialOnAnotherChannelDoesNotBind) {
  Told told = consenting();
  told.say(kSecond, ConsentAction::kWithdraw, 2, 9);
  EXPECT_TRUE(permits(told.folded()));
}

TEST(FoldTest, ADenialOfWhoeverElseNamesTheAddressBindsIt) {
  Told told = consenting();
  told.say(kOther, ConsentAction::kWithdraw, kEmail, 5, kAddress);
  EXPECT_FALSE(permits(told.folded()));
}

TEST(FoldTest, AnotherHoldersDenialWithoutAddressBindsOnlyIfHeHoldsTheTag) {
  Told told = consenting();
  told.say(kOther, ConsentAction::kWithdraw, 0, 5);
  EXPECT_TRUE(permits(told.folded()));
  told.other_holders = {kOther};
  EXPECT_FALSE(permits(told.folded()));
}

TEST(FoldTest, TheOtherRecordMayTakeItsDenialBackProvenly) {
  Told told = consenting();
  told.say(kSecond, ConsentAction::kWithdraw, kEmail, 5);
  told.say(kSecond, ConsentAction::kGive, kEmail, 6).evidence = EvidenceKind::kClaimed;
  EXPECT_FALSE(permits(told.folded()));
  told.say(kSecond, ConsentAction::kGive, kEmail, 7);
  EXPECT_TRUE(permits(told.folded()));
}

TEST(FoldTest, AnothersDenialIsLiftedOnlyByTheVerifiedHolderLater) {
  Told told = consenting();
  told.say(kSecond, ConsentAction::kWithdraw, kEmail, 5);
  told.say(kAnna, ConsentAction::kGive, kEmail, 6, kAddress);
  EXPECT_FALSE(permits(told.folded()));
  told.say(kAnna, ConsentAction::kGive, kEmail, 7, kAddress).by_verified_holder = true;
  EXPECT_TRUE(permits(told.folded()));
}

TEST(FoldTest, AConsentOfTheVerifiedHolderBeforeTheDenialLiftsNothing) {
  Told told = consenting();
  told.say(kAnna, ConsentAction::kGive, kEmail, 2, kAddress).by_verified_holder = true;
  told.say(kSecond, ConsentAction::kWithdraw, kEmail, 5);
  EXPECT_FALSE(permits(told.folded()));
}

TEST(FoldTest, AnObjectionOfAnyRecordBindsTheProfileUntilTheVerifiedHolderConsentsAnew) {
  Told told = consenting();
  told.say(kSecond, ConsentAction::kObject, 0, 5);
  EXPECT_TRUE(told.folded().flags.objection_dm.has_value());
  told.say(kAnna, ConsentAction::kGive, kEmail, 6, kAddress);
  EXPECT_FALSE(permits(told.folded()));
  told.say(kAnna, ConsentAction::kGive, kEmail, 7, kAddress).by_verified_holder = true;
  EXPECT_TRUE(permits(told.folded()));
}

TEST(FoldTest, WithinADayInstantsDecideAndATieIsADenial) {
  const Timestamp noon{on(5).us + kDayUs / 2};
  for (const bool is_suppressed : {true, false}) {
    for (const auto& [step, lifted] : {std::pair(-1, false), {0, false}, {1, true}}) {
      Told told = consenting();
      ConsentEvent& anew = told.say(kAnna, ConsentAction::kGive, kEmail, 5, kAddress);
      anew.by_verified_holder = true;
      anew.effective_at.us = noon.us + step;
      if (is_suppressed) {
        told.suppressed = {{kEmail, noon}};
      } else {
        told.say(kSecond, ConsentAction::kObject, 0, 5).effective_at = noon;
      }
      EXPECT_EQ(permits(told.folded()), lifted) << is_suppressed << ' ' << step;
    }
  }
}

TEST(FoldTest, AnObjectionToAChannelSuppressesIt) {
  Told told = consenting();
  told.say(kSecond, ConsentAction::kObject, kEmail, 5);
  ASSERT_EQ(told.folded().suppressions.size(), 1U);
  EXPECT_EQ(told.folded().suppressions[0].channel, Channel::kEmail);
}

TEST(FoldTest, ASuppressionOfTheChannelOrOfAllBindsAndOneOfAnotherDoesNot) {
  Told told = consenting();
  told.suppressed = {{2, on(5)}};
  EXPECT_TRUE(permits(told.folded()));
  told.suppressed = {{0, on(5)}};
  EXPECT_FALSE(permits(told.folded()));
  told.suppressed = {{kEmail, on(5)}};
  EXPECT_FALSE(permits(told.folded()));
}

TEST(FoldTest, RestrictionTerminationObjectionAndErasureBindAndAHoldDoesNot) {
  for (RecordFlag flag :
       {RecordFlag::kRestriction, RecordFlag::kTermination, RecordFlag::kObjection}) {
    Told told = consenting();
    told.flags = {{flag, on(5)}};
    EXPECT_FALSE(permits(told.folded()));
  }
  Told held = consenting();
  held.flags = {{RecordFlag::kLegalHold, on(5)}};
  EXPECT_TRUE(permits(held.folded()));
  held.erased = true;
  EXPECT_FALSE(permits(held.folded()));
}

TEST(FoldTest, ARequestNobodyConfirmedIsPendingAndTakesNothingAway) {
  Told told;
  told.say(kAnna, ConsentAction::kGive, 0, 1);
  told.say(kAnna, ConsentAction::kRequest, kEmail, 2, kAddress);
  EXPECT_FALSE(permits(told.folded()));
  EXPECT_EQ(told.folded().consents.back().state, ConsentState::kPending);
  Told known = consenting();
  known.say(kAnna, ConsentAction::kRequest, kEmail, 2, kAddress);
  EXPECT_TRUE(permits(known.folded()));
}

TEST(FoldTest, AClaimIsNoProofAndExpiryAndInvalidationEndAConsent) {
  Told told = consenting();
  told.events[1].evidence = EvidenceKind::kClaimed;
  EXPECT_FALSE(permits(told.folded()));
  for (ConsentAction end : {ConsentAction::kExpire, ConsentAction::kInvalidate}) {
    Told ended = consenting();
    ended.say(kAnna, end, kEmail, 5, kAddress);
    EXPECT_FALSE(permits(ended.folded()));
  }
}

TEST(FoldTest, AConsentInheritsFromItsNoticeAndRestsOnNoUnfitOne) {
  Told told = consenting();
  const Uuid shown{{7}};
  told.events[1].notice = shown;
  EXPECT_FALSE(permits(told.folded()));  // A text nobody knows.
  told.notices[shown] = {PurposeCode::kDirectMarketing, {kEmail}, true, on(0)};
  EXPECT_TRUE(permits(told.folded()));
  EXPECT_TRUE(*told.folded().consents[1].separate);
  told.notices[shown].effective_from = on(2);  // Shown first after the consent.
  EXPECT_FALSE(permits(told.folded()));
  told.notices[shown] = {PurposeCode::kDirectMarketing, {2}, true, on(0)};  // Asks for another.
  EXPECT_FALSE(permits(told.folded()));
  told.notices[shown] = {PurposeCode::kService, {kEmail}, true, on(0)};
  EXPECT_FALSE(permits(told.folded()));
}

// Random histories -------------------------------------------------------------------------------

Told random_history(std::mt19937& dice) {
  const auto roll = [&](int n) { return static_cast<int>(dice() % static_cast<unsigned>(n)); };
  const RecordId who[] = {kAnna, kAnna, kAnna, kSecond, kOther};
  const std::optional<Tag16> where[] = {std::nullopt, kAddress, kAddress, kElsewhere};
  Told told;
  if (roll(3) > 0) told = consenting();
  const int count = roll(6);
  for (int i = 0; i < count; ++i) {
    const std::uint8_t channel = std::uint8_t(roll(3));
    ConsentEvent& e = told.say(who[roll(5)], static_cast<ConsentAction>(roll(8)), channel, roll(8),
                               where[roll(4)]);
    e.by_verified_holder = roll(3) == 0;
    e.evidence = roll(4) == 0 ? EvidenceKind::kClaimed : EvidenceKind::kProven;
  }
  if (roll(2) == 0) told.other_holders = {kOther};
  if (roll(8) == 0) told.suppressed = {{std::uint8_t(roll(3)), on(roll(8))}};
  return told;
}

// The rule in ten lines, for histories in which nobody takes back a denial.
bool model(const Told& told) {
  const auto said = [&](auto who_and_what, std::uint8_t channel) {
    int latest = -1;
    for (const ConsentEvent& e : told.events) {
      if (e.channel == channel && who_and_what(e)) {
        latest = std::max(latest, int(e.effective_at.us / kDayUs) - 20'000);
      }
    }
    return latest;
  };
  const auto holders = [](const ConsentEvent& e) {
    return e.record == kAnna && (e.channel == 0 || !e.contact || *e.contact == kAddress);
  };
  const auto key = [&](std::uint8_t channel) {
    const int gave =
        said([&](auto& e) { return holders(e) && e.action == ConsentAction::kGive; }, channel);
    const int ended = said([&](auto& e) { return holders(e) && is_denial(e.action); }, channel);
    const int foreign = said([&](auto& e) { return !holders(e) && is_denial(e.action); }, channel);
    return gave > ended && foreign < 0;
  };
  return key(0) && key(kEmail) &&
         said([](auto& e) { return e.action == ConsentAction::kObject; }, 0) < 0;
}

TEST(FoldPropertyTest, AgreesWithTheReferenceModel) {
  std::mt19937 dice(20261121);
  int permitted = 0;
  for (int i = 0; i < 20'000; ++i) {
    Told told = random_history(dice);
    told.suppressed.clear();
    std::erase_if(told.events, [](const ConsentEvent& e) {
      const bool simple = e.action == ConsentAction::kGive ||
                          e.action == ConsentAction::kWithdraw ||
                          e.action == ConsentAction::kRefuse ||
                          (e.action == ConsentAction::kObject && e.channel == 0);
      return !simple || e.record == kOther || (e.record == kSecond && !is_denial(e.action)) ||
             (e.record == kAnna && e.contact == kElsewhere);
    });
    for (ConsentEvent& e : told.events) {
      e.by_verified_holder = false;
      e.evidence = EvidenceKind::kProven;
    }
    ASSERT_EQ(permits(told.folded()), model(told)) << "history " << i;
    permitted += model(told) ? 1 : 0;
  }
  EXPECT_GT(permitted, 1'000);
  EXPECT_LT(permitted, 19'000);
}

TEST(FoldPropertyTest, AMergeOnlyRestricts) {
  std::mt19937 dice(7);
  int permitted = 0;
  for (int i = 0; i < 50'000; ++i) {
    Told merged = random_history(dice);
    merged.other_holders.clear();
    merged.own = {kAnna, kSecond, kOther};
    Told alone = merged;
    alone.own = {kAnna};
    std::erase_if(alone.events, [](const ConsentEvent& e) {
      return e.record != kAnna && e.contact != kAddress;  // What nobody would load for her.
    });
    const bool before = permits(alone.folded());
    if (permits(merged.folded())) {
      ASSERT_TRUE(before) << "history " << i;
      ++permitted;
    }
  }
  EXPECT_GT(permitted, 1'000);
}

TEST(FoldPropertyTest, TheOrderOfTheEventsDoesNotMatter) {
  std::mt19937 dice(8);
  for (int i = 0; i < 20'000; ++i) {
    Told told = random_history(dice);
    const bool before = permits(told.folded());
    std::shuffle(told.events.begin(), told.events.end(), dice);
    ASSERT_EQ(permits(told.folded()), before) << "history " << i;
  }
}

TEST(FoldPropertyTest, OneMoreDenialNeverPermitsMore) {
  std::mt19937 dice(9);
  for (int i = 0; i < 50'000; ++i) {
    Told told = random_history(dice);
    const bool before = permits(told.folded());
    const ConsentAction denials[] = {ConsentAction::kRefuse, ConsentAction::kWithdraw,
                                     ConsentAction::kObject};
    const RecordId who[] = {kAnna, kSecond, kOther};
    const std::optional<Tag16> where[] = {std::nullopt, kAddress, kElsewhere};
    told.say(who[dice() % 3], denials[dice() % 3], std::uint8_t(dice() % 2), int(dice() % 8),
             where[dice() % 3]);
    ASSERT_LE(permits(told.folded()), before) << "history " << i;
  }
}

}  // namespace
}  // namespace assent

#include "segments/funnel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace assent {
namespace {

const Funnel kFunnel{.matched = 137,
                     .permitted = 83,
                     .denied = {{Reason::kSuppressed, 12},
                                {Reason::kConsentWithdrawn, 33},
                                {Reason::kAgeUnknown, 4},
                                {Reason::kNoContactPoint, 5}},
                     .delivered = std::nullopt,
                     .dropped = {}};

TEST(FunnelTest, OfficersSeeWhatIs) {
  const ShownFunnel shown = shown_funnel(kFunnel, Viewer::kExact);
  EXPECT_EQ(shown.matched, 137);
  EXPECT_EQ(shown.permitted, 83);
  EXPECT_EQ(shown.denied, (ShownReasons{{"SUPPRESSED", 12},
                                        {"AGE_UNKNOWN", 4},
                                        {"CONSENT_WITHDRAWN", 33},
                                        {"NO_CONTACT_POINT", 5}}));
}

TEST(FunnelTest, MarketersSeeRoundedCountsAndSmallReasonsTogether) {
  const ShownFunnel shown = shown_funnel(kFunnel, Viewer::kRounded);
  EXPECT_EQ(shown.denied,
            (ShownReasons{{"SUPPRESSED", 10}, {"CONSENT_WITHDRAWN", 30}, {"other", 10}}));
  EXPECT_EQ(shown.permitted, 85);
  EXPECT_EQ(shown.matched, 135);
}

TEST(FunnelTest, OneFigureIsRoundedOneWayInEveryAnswer) {
  Funnel funnel{.matched = 9,
                .permitted = 7,
                .denied = {{Reason::kSuppressed, 2}},
                .delivered = std::nullopt,
                .dropped = {}};
  const ShownFunnel opened = shown_funnel(funnel, Viewer::kRounded);
  EXPECT_EQ(opened.matched, shown_count(9, Viewer::kRounded));  // As a count of the segment says.
  funnel.delivered = 4;
  funnel.dropped = {{Reason::kConsentWithdrawn, 3}};
  const ShownFunnel delivered = shown_funnel(funnel, Viewer::kRounded);
  EXPECT_EQ(delivered.matched, opened.matched);
  EXPECT_EQ(delivered.permitted, opened.permitted);
  EXPECT_EQ(delivered.permitted, 5);
}

TEST(FunnelTest, ThatAReasonIsNamedTellsOfNobody) {
  const Funnel funnel{.matched = 21,
                      .permitted = 20,
                      .denied = {{Reason::kSuppressed, 1}},
                      .delivered = std::nullopt,
                      .dropped = {}};
  EXPECT_TRUE(shown_funnel(funnel, Viewer::kRounded).denied.empty());
}

TEST(FunnelTest, AnOpenReleaseHasDeliveredNobodyYet) {
  EXPECT_FALSE(shown_funnel(kFunnel, Viewer::kRounded).delivered);
}

ReasonCounts arbitrary_counts() {
  ReasonCounts counts;
  for (const Reason reason : all_reasons()) {
    if (reason != Reason::kOk && *rc::gen::inRange(0, 4) == 0) {
      counts[reason] = *rc::gen::inRange<std::int64_t>(1, 60);
    }
  }
  return counts;
}

std::int64_t total(const ReasonCounts& counts) {
  std::int64_t sum = 0;
  for (const auto& [reason, count] : counts) sum += count;
  return sum;
}
std::int64_t total(const ShownReasons& reasons) {
  std::int64_t sum = 0;
  for (const auto& [name, count] : reasons) sum += count;
  return sum;
}

RC_GTEST_PROP(FunnelProperty, WhatAMarketerSeesSumsUpAndIsCoarse, ()) {
  Funnel funnel;
  funnel.denied = arbitrary_counts();
  funnel.dropped = arbitrary_counts();
  funnel.delivered = *rc::gen::inRange<std::int64_t>(0, 500);
  funnel.permitted = *funnel.delivered + total(funnel.dropped);
  funnel.matched = funnel.permitted + total(funnel.denied);
  for (const Viewer viewer : {Viewer::kExact, Viewer::kRounded}) {
    const ShownFunnel shown = shown_funnel(funnel, viewer);
    RC_ASSERT(shown.matched == shown.permitted + total(shown.denied));
    RC_ASSERT(shown.permitted == *shown.delivered + total(shown.dropped));
  }
  const ShownFunnel shown = shown_funnel(funnel, Viewer::kRounded);
  RC_ASSERT(shown.matched % kRoundTo == 0);
  RC_ASSERT(*shown.delivered % kRoundTo == 0);
  RC_ASSERT(shown.matched == shown_count(funnel.matched, Viewer::kRounded));
  Funnel open = funnel;
  open.delivered.reset();
  open.dropped.clear();
  RC_ASSERT(shown_funnel(open, Viewer::kRounded).permitted == shown.permitted);
  RC_ASSERT(shown_funnel(open, Viewer::kRounded).denied == shown.denied);
  for (const auto& [name, count] : shown.denied) {
    RC_ASSERT(count % kRoundTo == 0 && count > 0);
    if (name != "other") RC_ASSERT(funnel.denied.at(*parse_reason(name)) >= kReasonCountMin);
  }
}

}  // namespace
}  // namespace assent

#include "audit/bundle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/digest.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

LogVerdict verdict_of(const BundleReport& report) {
  return report.report.verdict;
}

void expect_bad(const BundleReport& report, std::uint64_t entry) {
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_EQ(first_bad_entry(report.report), entry);
}

TEST(BundleTest, AWholeLogVerifies) {
  for (std::size_t size : {1, 2, 3, 255, 256, 257, 512, 700}) {
    const SampleLog log(size);
    const BundleReport report = verify(log, log.bundle());
    EXPECT_EQ(verdict_of(report), LogVerdict::kVerified) << size;
    EXPECT_EQ(report.entries, size);
    EXPECT_TRUE(report.all_hashes_match);
    EXPECT_EQ(report.gaps, 0u);
  }
}

TEST(BundleTest, EveryRangeOfALogVerifies) {
  const SampleLog log(25);
  for (std::uint64_t first = 0; first < 25; ++first) {
    for (std::uint64_t end = first + 1; end <= 25; ++end) {
      const BundleReport report = verify(log, log.bundle(first, end, 25));
      EXPECT_EQ(verdict_of(report), LogVerdict::kVerified) << first << " " << end;
    }
  }
}

TEST(BundleTest, ARangeOfALargerLogVerifies) {
  const SampleLog log(1500);
  EXPECT_EQ(verdict_of(verify(log, log.bundle(300, 1100, 1500))), LogVerdict::kVerified);
  EXPECT_EQ(verdict_of(verify(log, log.bundle(0, 1, 1500))), LogVerdict::kVerified);
  EXPECT_EQ(verdict_of(verify(log, log.bundle(1499, 1500, 1500))), LogVerdict::kVerified);
}

TEST(BundleTest, AFlippedByteOfAnyEntryNamesTheEntry) {
  const SampleLog log(600);
  const auto lines = lines_of(log.bundle());
  Sequence places(42);
  for (int i = 0; i < 200; ++i) {
    const std::size_t entry = places.below(600);
    auto changed = lines;
    std::string& line = changed[line_of_entry(entry)];
    line[places.below(line.size() - 1)] ^= static_cast<char>(1 + places.below(255));
    expect_bad(verify(log, join(changed)), entry);
  }
}

TEST(BundleTest, EveryBitOfOneEntryCounts) {
  const SampleLog log(3);
  const auto lines = lines_of(log.bundle());
  const Bytes leaf = log.leaves[1];
  for (std::size_t bit = 0; bit < leaf.size() * 8; ++bit) {
    Bytes changed_leaf = leaf;
    changed_leaf[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    auto changed = lines;
    changed[line_of_entry(1)] = to_base64(changed_leaf) + "\n";
    expect_bad(verify(log, join(changed)), 1);
  }
}

TEST(BundleTest, ARemovedEntryIsNamed) {
  const SampleLog log(600);
  for (std::size_t entry : {0, 1, 255, 256, 300, 511, 512, 599}) {
    auto lines = lines_of(log.bundle());
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(entry)));
    const BundleReport report = verify(log, join(lines));
    expect_bad(report, entry);
    EXPECT_EQ(report.report.further, 0u) << entry;
  }
}

TEST(BundleTest, AnAddedEntryIsNamed) {
  const SampleLog log(600);
  const std::string foreign = to_base64(encode(log.act(7, 5000, SampleLog::kStartUs))) + "\n";
  for (std::size_t entry : {0, 1, 255, 256, 300, 599}) {
    auto lines = lines_of(log.bundle());
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(entry)), foreign);
    const BundleReport report = verify(log, join(lines));
    expect_bad(report, entry);
    EXPECT_EQ(report.report.further, 0u) << entry;
  }
}

TEST(BundleTest, SwappedEntriesAreNamed) {
  const SampleLog log(600);
  for (const auto& [a, b] : {std::pair{0, 1}, {10, 11}, {10, 200}, {10, 400}, {255, 256}}) {
    auto lines = lines_of(log.bundle());
    std::swap(lines[line_of_entry(a)], lines[line_of_entry(b)]);
    const BundleReport report = verify(log, join(lines));
    expect_bad(report, a);
    EXPECT_EQ(report.report.further, 1u);
  }
}

TEST(BundleTest, ADoubledEntryIsNamedAtItsSecondPlace) {
  const SampleLog log(600);
  auto lines = lines_of(log.bundle());
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(41)),
               lines[line_of_entry(40)]);
  expect_bad(verify(log, join(lines)), 41);
}

TEST(BundleTest, ARemovedTailIsNamed) {
  const SampleLog log(600);
  auto lines = lines_of(log.bundle());
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(590)),
              lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(599) + 1));
  const BundleReport report = verify(log, join(lines));
  expect_bad(report, 590);
  EXPECT_EQ(report.report.further, 9u);
}

TEST(BundleTest, ARemovedGroupIsNamedByItsFirstEntry) {
  const SampleLog log(700);
  auto lines = lines_of(log.bundle());
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(256)),
              lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(512)));
  expect_bad(verify(log, join(lines)), 256);
}

TEST(BundleTest, TheFurtherBadEntriesAreCounted) {
  const SampleLog log(600);
  auto lines = lines_of(log.bundle());
  for (std::size_t entry : {17, 18, 256, 599}) lines[line_of_entry(entry)][30] ^= 1;
  const BundleReport report = verify(log, join(lines));
  expect_bad(report, 17);
  EXPECT_EQ(report.report.further, 3u);
}

TEST(BundleTest, AnEntryChangedTogetherWithItsHashesLineIsStillTampering) {
  SampleLog log(600);
  const std::string honest = log.bundle();
  SampleLog rewritten = log;
  rewritten.leaves[33] = encode(log.act(9, 4999, SampleLog::kStartUs));
  auto lines = lines_of(honest);
  const auto other = lines_of(rewritten.bundle());
  lines[line_of_entry(33)] = other[line_of_entry(33)];
  lines[line_of_entry(255) + 1] = other[line_of_entry(255) + 1];
  const BundleReport report = verify(log, join(lines));
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_EQ(first_bad_entry(report.report), 33u);  // By the number of its writer.
}

TEST(BundleTest, ADamagedHashesLineIsNeverGreenAndBlamesNoEntry) {
  const SampleLog log(600);
  const auto lines = lines_of(log.bundle());
  const std::size_t place = line_of_entry(255) + 1;
  ASSERT_TRUE(lines[place].starts_with("hashes 0 "));
  auto changed = lines;
  changed[place][100] ^= 1;
  const BundleReport report = verify(log, join(changed));
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_TRUE(report.all_hashes_match);
  auto removed = lines;
  removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(place));
  EXPECT_EQ(verdict_of(verify(log, join(removed))), LogVerdict::kTampered);
}

TEST(BundleTest, EveryBitOfAShortBundleCounts) {
  const SampleLog log(3);
  const std::string bundle = log.bundle(0, 3, 3, 2);
  ASSERT_EQ(verdict_of(verify(log, bundle)), LogVerdict::kVerified);
  for (std::size_t bit = 0; bit < bundle.size() * 8; ++bit) {
    std::string changed = bundle;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(verdict_of(verify(log, changed)), LogVerdict::kVerified) << "bit " << bit;
  }
}

TEST(BundleTest, EveryCutOfAShortBundleIsSeen) {
  const SampleLog log(3);
  const std::string bundle = log.bundle();
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    EXPECT_NE(verdict_of(verify(log, bundle.substr(0, size))), LogVerdict::kVerified) << size;
  }
  EXPECT_NE(verdict_of(verify(log, bundle + "\n")), LogVerdict::kVerified);
  EXPECT_NE(verdict_of(verify(log, bundle + bundle)), LogVerdict::kVerified);
}

TEST(BundleTest, AnyLineTakenOutIsSeen) {
  const SampleLog log(300);
  const auto lines = lines_of(log.bundle(0, 300, 300, 77));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto cut = lines;
    cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(verdict_of(verify(log, join(cut))), LogVerdict::kVerified) << lines[i];
  }
}

TEST(BundleTest, WithoutTrailerOrEntriesNothingCanBeTold) {
  const SampleLog log(30);
  const auto lines = lines_of(log.bundle());
  const std::size_t trailer = line_of_entry(29) + 2;
  auto no_trailer = lines;
  no_trailer.resize(trailer);
  EXPECT_EQ(verdict_of(verify(log, join(no_trailer))), LogVerdict::kCannotTell);
  auto no_entries = lines;
  no_entries.erase(no_entries.begin() + 6,
                   no_entries.begin() + static_cast<std::ptrdiff_t>(trailer));
  EXPECT_EQ(verdict_of(verify(log, join(no_entries))), LogVerdict::kCannotTell);
  EXPECT_EQ(verdict_of(verify(log, "")), LogVerdict::kCannotTell);
  EXPECT_EQ(verdict_of(verify(log, "something else\n")), LogVerdict::kCannotTell);
}

TEST(BundleTest, AnEndlessLineIsAnUndecodableEntry) {
  const SampleLog log(30);
  auto lines = lines_of(log.bundle());
  lines[line_of_entry(12)] = std::string(3'000'000, 'A') + "\n";
  expect_bad(verify(log, join(lines)), 12);
}

TEST(BundleTest, WindowsLineEndsAreNotTheBundle) {
  const SampleLog log(3);
  std::string text;
  for (char c : log.bundle()) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_NE(verdict_of(verify(log, text)), LogVerdict::kVerified);
}

TEST(BundleTest, TheWriterKeepsItsPromises) {
  const SampleLog log(3);
  std::ostringstream out;
  BundleWriter writer(out, {SampleLog::kOrigin, 0, 3, 3, {}});
  writer.add(log.leaves[0]);
  EXPECT_EQ(writer.finish({}).error().code, ErrorCode::kConflict);
  EXPECT_THROW(BundleWriter(out, {SampleLog::kOrigin, 3, 3, 3, {}}), std::invalid_argument);
  EXPECT_THROW(BundleWriter(out, {SampleLog::kOrigin, 0, 4, 3, {}}), std::invalid_argument);
  EXPECT_THROW(BundleWriter(out, {"two words", 0, 3, 3, {}}), std::invalid_argument);
  std::ostringstream full;
  BundleWriter cut_off(full, {SampleLog::kOrigin, 0, 1, 1, {}});
  cut_off.add(log.leaves[0]);
  full.setstate(std::ios::badbit);
  EXPECT_EQ(cut_off.finish({}).error().code, ErrorCode::kUnavailable);
}

RC_GTEST_PROP(BundleProperty, AnyMutationIsSeen, ()) {
  static const SampleLog kLog(300);
  static const std::string kBundle = kLog.bundle(20, 290, 300, 50);
  std::string changed = kBundle;
  const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
  const auto length = *rc::gen::inRange<std::size_t>(1, 400);
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      changed.erase(at, length);
      break;
    case 1:
      changed.insert(at, kBundle.substr(*rc::gen::inRange<std::size_t>(0, kBundle.size()), length));
      break;
    default:
      changed[at] = static_cast<char>(changed[at] ^ *rc::gen::inRange(1, 256));
  }
  RC_PRE(changed != kBundle);
  RC_ASSERT(verdict_of(verify(kLog, changed)) != LogVerdict::kVerified);
}

}  // namespace
}  // namespace assent

#include "segments/segment_catalogue.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "identity/fields.h"

namespace assent {
namespace {

const std::filesystem::path kPolicies = std::filesystem::path(ASSENT_SOURCE_DIR) / "policies";

FieldCatalogue fields() {
  auto loaded = FieldCatalogue::load(kPolicies / "fields.yaml");
  if (!loaded.ok()) throw std::runtime_error("fields.yaml does not load");
  return std::move(*loaded);
}

TEST(SegmentCatalogueTest, TheShippedSegmentsLoad) {
  auto loaded = SegmentCatalogue::load(kPolicies / "segments.yaml", fields());
  ASSERT_TRUE(loaded.ok()) << loaded.error().reason.view() << loaded.error().position->line;
  EXPECT_EQ(loaded->rule(), "P1");
  for (const char* name : {"vip", "loyal", "promising", "sleeping"}) {
    ASSERT_NE(loaded->find(name), nullptr) << name;
    EXPECT_TRUE(loaded->find(name)->by_score());
  }
  EXPECT_EQ(loaded->find("sleeping")->r.to, 2);
  EXPECT_EQ(loaded->find("sleeping_180d")->no_order_days, 180);
  EXPECT_EQ(loaded->find("everybody"), nullptr);
}

TEST(SegmentCatalogueTest, AReleaseCarriesOnlyWhatThePurposeLists) {
  auto loaded = SegmentCatalogue::load(kPolicies / "segments.yaml", fields());
  ASSERT_TRUE(loaded.ok());
  EXPECT_NE(loaded->release_field("direct_marketing", "contact"), nullptr);
  EXPECT_EQ(loaded->release_field("direct_marketing", "birth_date"), nullptr);
  EXPECT_EQ(loaded->release_field("service", "contact"), nullptr);
}

struct Defect {
  const char* name;
  const char* yaml;
  std::uint64_t line;
};
void PrintTo(const Defect& defect, std::ostream* os) {
  *os << defect.name;
}

class DefectiveSegments : public ::testing::TestWithParam<Defect> {};

TEST_P(DefectiveSegments, AreRefusedWithTheirLine) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() /
      ("segments-" + std::to_string(::getpid()) + GetParam().name + ".yaml");
  std::ofstream(file) << GetParam().yaml;
  auto loaded = SegmentCatalogue::load(file, fields());
  std::filesystem::remove(file);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(loaded.error().position.value_or(Position{}).line, GetParam().line);
}

#define HEAD "schema: assent-segments/1\nrule: P1\nrelease: []\nsegments:\n"
INSTANTIATE_TEST_SUITE_P(
    SegmentCatalogueTest, DefectiveSegments,
    ::testing::Values(
        Defect{"Schema", "schema: v9\nrule: P1\nrelease: []\nsegments: [{name: a, r: [1, 2]}]\n",
               1},
        Defect{"NotYaml", "schema: [\n", 2}, Defect{"Text", "hello", 1},
        Defect{"UnknownKey", HEAD "  - {name: a, r: [1, 2], x: 1}\n", 5},
        Defect{"KeyTwice", HEAD "  - {name: a, r: [1, 2], r: [1, 2]}\n", 5},
        Defect{"NameTwice", HEAD "  - {name: a, r: [1, 2]}\n  - {name: a, f: [1, 2]}\n", 6},
        Defect{"TakenName", HEAD "  - {name: other, r: [1, 2]}\n", 5},
        Defect{"ScoreSix", HEAD "  - {name: a, r: [1, 6]}\n", 5},
        Defect{"Reversed", HEAD "  - {name: a, r: [4, 2]}\n", 5},
        Defect{"OneBound", HEAD "  - {name: a, r: [4]}\n", 5},
        Defect{"Both", HEAD "  - {name: a, r: [4, 5], no_order_days: 9}\n", 5},
        Defect{"Neither", HEAD "  - {name: a}\n", 5},
        Defect{"NoDays", HEAD "  - {name: a, no_order_days: 0}\n", 5},
        Defect{"SqlName", HEAD "  - {name: \"a'; DROP\", r: [1, 2]}\n", 5},
        Defect{"UnknownField",
               "schema: assent-segments/1\nrule: P1\nsegments: [{name: a, r: [1, 2]}]\n"
               "release: [{purpose: service, fields: [shoe_size]}]\n",
               4},
        Defect{"WholeContactPoints",
               "schema: assent-segments/1\nrule: P1\nsegments: [{name: a, r: [1, 2]}]\n"
               "release: [{purpose: service, fields: [contact_points]}]\n",
               4}),
    [](const auto& info) { return info.param.name; });
#undef HEAD

}  // namespace
}  // namespace assent

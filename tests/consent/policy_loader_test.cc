#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/consent/policies.h"

namespace assent {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

fs::path golden() {
  return source_dir() / "tests" / "golden" / "policy";
}
std::string minimal() {
  return read(golden() / "minimal.yaml");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// A directory of policies that goes away with the test.
class Directory {
 public:
  Directory() {
    std::string name = (fs::temp_directory_path() / "assent-policies-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  PolicySet::Loaded load() const { return PolicySet::load(path_); }

 private:
  fs::path path_;
};

std::vector<std::string> told(const PolicySet::Loaded& loaded) {
  std::vector<std::string> lines;
  for (const PolicyFault& fault : loaded.faults) lines.push_back(describe(fault));
  return lines;
}

bool tells(const PolicySet::Loaded& loaded, const std::string& what) {
  return std::ranges::any_of(told(loaded), [&](const std::string& line) {
    return line.size() >= what.size() && line.ends_with(": " + what);
  });
}

TEST(PolicyLoaderTest, TheMinimalPolicyLoads) {
  Directory dir;
  dir.put("minimal.yaml", minimal());
  const PolicySet::Loaded loaded = dir.load();
  EXPECT_TRUE(loaded.ok()) << ::testing::PrintToString(told(loaded));
}

TEST(PolicyLoaderTest, EachDefectIsRefusedAndNamedWithItsLine) {
  std::size_t defects = 0;
  for (const auto& entry : fs::directory_iterator(golden() / "broken")) {
    const std::string text = read(entry.path());
    const std::string first = text.substr(0, text.find('\n'));
    ASSERT_TRUE(first.starts_with("# fault: ")) << entry.path();
    Directory dir;
    dir.put("broken.yaml", text);
    const PolicySet::Loaded loaded = dir.load();
    EXPECT_FALSE(loaded.ok()) << entry.path();
    EXPECT_TRUE(tells(loaded, first.substr(9)))
        << entry.path() << ' ' << ::testing::PrintToString(told(loaded));
    for (const PolicyFault& fault : loaded.faults) {
      EXPECT_TRUE(fault.error.position && fault.error.position->line > 0) << describe(fault);
    }
    ++defects;
  }
  EXPECT_GE(defects, 33U);
}

TEST(PolicyLoaderTest, EveryDefectIsToldAtOnce) {
  Directory dir;
  std::string text = replaced(minimal(), "unit: days", "unit: fortnights");
  text = replaced(text, "reason: OBJECTION_DM", "reason: BECAUSE");
  dir.put("a.yaml", text);
  dir.put("b.yaml", replaced(minimal(), "title:", "tilte:"));
  const PolicySet::Loaded loaded = dir.load();
  EXPECT_TRUE(tells(loaded, "deadlines.answer.unit: not a word of the closed set"));
  EXPECT_TRUE(tells(loaded, "gate.dm_objection.reason: not a reason of the closed list"));
  EXPECT_TRUE(tells(loaded, "tilte: unknown key"));
}

TEST(PolicyLoaderTest, AFaultNamesFileLineAndColumn) {
  Directory dir;
  dir.put("a.yaml", replaced(minimal(), "unit: days", "unit: fortnights"));
  EXPECT_EQ(told(dir.load()),
            std::vector<std::string>{
                "a.yaml:11:18: deadlines.answer.unit: not a word of the closed set"});
}

TEST(PolicyLoaderTest, OneBrokenFileKeepsTheWholeSetOut) {
  Directory dir;
  dir.put("good.yaml", minimal());
  dir.put("bad.yaml", "schema: assent-policy/1\n");
  EXPECT_FALSE(dir.load().ok());
}

TEST(PolicyLoaderTest, TwoVersionsOfOneIdMayNotBeInForceOnOneDay) {
  Directory dir;
  dir.put("a.yaml", replaced(minimal(), "to: null", "to: 2024-12-31"));
  dir.put("b.yaml", replaced(minimal(), "from: 2020-01-01", "from: 2024-12-31"));
  EXPECT_TRUE(tells(dir.load(), "two versions of one policy are in force on one day"));
}

TEST(PolicyLoaderTest, TwoVersionsMayFollowEachOther) {
  Directory dir;
  dir.put("a.yaml", replaced(minimal(), "to: null", "to: 2024-12-31"));
  dir.put("b.yaml", replaced(minimal(), "from: 2020-01-01", "from: 2025-01-01"));
  const PolicySet::Loaded loaded = dir.load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.set->policies().size(), 2U);
}

TEST(PolicyLoaderTest, TwoPoliciesMayNotAnswerForOneJurisdiction) {
  Directory dir;
  dir.put("a.yaml", minimal());
  dir.put("b.yaml", replaced(minimal(), "id: minimal", "id: rival"));
  EXPECT_TRUE(tells(dir.load(), "two policies answer for one jurisdiction"));
}

TEST(PolicyLoaderTest, AnEmptyDirectoryIsNoSet) {
  EXPECT_TRUE(tells(Directory().load(), "the directory holds no policy"));
}

TEST(PolicyLoaderTest, AMissingDirectoryIsNoSet) {
  const PolicySet::Loaded loaded = PolicySet::load("/nonexistent/policies");
  EXPECT_FALSE(loaded.ok());
  EXPECT_TRUE(tells(loaded, "the directory of policies cannot be read"));
}

TEST(PolicyLoaderTest, AFileOverTheLimitIsRefused) {
  Directory dir;
  dir.put("a.yaml", minimal() + "#" + std::string(PolicySet::kFileBytesMax, 'x'));
  EXPECT_TRUE(tells(dir.load(), "too large"));
}

TEST(PolicyLoaderTest, BytesThatAreNoTextAreRefused) {
  Directory dir;
  dir.put("a.yaml", std::string("\x00\xff\xfe{{{[[[", 9));
  EXPECT_FALSE(dir.load().ok());
}

TEST(PolicyLoaderTest, TheHashOfTheSetChangesWithAnyByteOfAnyFile) {
  Directory one;
  one.put("a.yaml", minimal());
  Directory other;
  other.put("a.yaml", minimal() + "\n");
  EXPECT_NE(one.load().set->hash(), other.load().set->hash());
  EXPECT_EQ(one.load().set->hash(), one.load().set->hash());
}

TEST(PolicyLoaderTest, TheShippedPoliciesAreEightVersionsOfSevenLaws) {
  std::vector<std::string> ids;
  for (const PolicyRef& ref : shipped_policies().policies()) ids.push_back(ref.id);
  EXPECT_EQ(ids.size(), 8U);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  EXPECT_EQ(ids.size(), 7U);
}

}  // namespace
}  // namespace assent

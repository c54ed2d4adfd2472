#include "audit/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "audit/checkpoint.h"
#include "audit/tiles.h"
#include "core/nlohmann.h"
#include "tests/audit/reference_tree.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::vector<Hash32> leaves(std::size_t size) {
  std::vector<Hash32> out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(leaf_hash(as_bytes(std::to_string(i))));
  return out;
}

CompactRange fold(std::span<const Hash32> hashes, std::uint64_t begin = 0) {
  CompactRange range(begin);
  for (const Hash32& hash : hashes) range.append(hash);
  return range;
}

// nullopt when a hash of the vector is not 32 bytes: such a proof cannot even be read.
std::optional<HashPath> path_of(const json& vector) {
  HashPath path;
  if (vector.at("proof").is_null()) return path;
  for (const json& hash : vector.at("proof")) {
    const auto parsed = parse_hash(hash.get<std::string>());
    if (!parsed.ok()) return std::nullopt;
    path.push_back(*parsed);
  }
  return path;
}

std::optional<Hash32> hash_of(const json& vector, const char* name) {
  if (vector.at(name).is_null()) return std::nullopt;
  const auto parsed = parse_hash(vector.at(name).get<std::string>());
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

std::vector<fs::path> golden_files(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(
           std::string(ASSENT_SOURCE_DIR "/tests/golden/crypto/merkle/") + folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  return files;
}

json load(const fs::path& file) {
  return json::parse(
      read_golden(fs::relative(file, ASSENT_SOURCE_DIR "/tests/golden/crypto").string()));
}

TEST(MerkleGoldenTest, EveryInclusionVectorIsAnsweredRight) {
  unsigned refused = 0;
  const auto files = golden_files("inclusion");
  for (const fs::path& file : files) {
    const json vector = load(file);
    const auto path = path_of(vector);
    const auto root = hash_of(vector, "root");
    const auto leaf = hash_of(vector, "leafHash");
    const bool holds =
        path && root && leaf &&
        verify_inclusion(vector.at("leafIdx").get<std::uint64_t>(),
                         vector.at("treeSize").get<std::uint64_t>(), *leaf, *path, *root);
    EXPECT_EQ(holds, !vector.at("wantErr").get<bool>()) << file;
    refused += holds ? 0 : 1;
  }
  EXPECT_EQ(files.size(), 98u);
  EXPECT_EQ(refused, 92u);
}

TEST(MerkleGoldenTest, EveryConsistencyVectorIsAnsweredRight) {
  unsigned refused = 0;
  const auto files = golden_files("consistency");
  for (const fs::path& file : files) {
    const json vector = load(file);
    const auto path = path_of(vector);
    const auto size1 = vector.at("size1").get<std::uint64_t>();
    const auto size2 = vector.at("size2").get<std::uint64_t>();
    // A vector of equal trees names its roots by other texts than hashes.
    const auto root1 = hash_of(vector, "root1");
    const auto root2 = hash_of(vector, "root2");
    const bool equal = vector.at("root1") == vector.at("root2");
    const bool readable = path && root1.has_value() == root2.has_value();
    const Hash32 stand_in1{1};
    const Hash32 stand_in2{static_cast<std::uint8_t>(equal ? 1 : 2)};
    const bool holds = readable && verify_consistency(size1, size2, root1.value_or(stand_in1),
                                                      root2.value_or(stand_in2), *path);
    EXPECT_EQ(holds, !vector.at("wantErr").get<bool>()) << file;
    refused += holds ? 0 : 1;
  }
  EXPECT_EQ(files.size(), 98u);
  EXPECT_EQ(refused, 92u);
}

TEST(MerkleGoldenTest, TheHashesAndRootsOfRfc6962AreMade) {
  const json vectors = json::parse(read_golden("rfc/rfc6962_vectors.json"));
  const auto bytes = [](const json& hex) { return *from_hex(hex.get<std::string>()); };
  for (const json& vector : vectors.at("hash_vectors")) {
    const std::string kind = vector.at("kind");
    std::string found;
    if (kind == "empty") found = to_hex(empty_root());
    if (kind == "leaf") found = to_hex(leaf_hash(bytes(vector.at("data_hex"))));
    if (kind == "node") continue;  // Its children are not 32 bytes; ours always are.
    EXPECT_EQ(found, vector.at("want").get<std::string>()) << kind;
  }
  CompactRange tree;
  for (std::size_t size = 0; size <= 8; ++size) {
    EXPECT_EQ(to_hex(tree.root()), vectors.at("root_by_size")[size].get<std::string>()) << size;
    if (size < 8) tree.append(leaf_hash(bytes(vectors.at("leaf_inputs_hex")[size])));
  }
}

TEST(MerkleTest, NothingIsInTheEmptyTree) {
  EXPECT_EQ(CompactRange().root(), empty_root());
  EXPECT_FALSE(verify_inclusion(0, 0, empty_root(), {}, empty_root()));
  EXPECT_FALSE(verify_consistency(0, 0, empty_root(), empty_root(), {}));
  EXPECT_FALSE(verify_consistency(0, 5, empty_root(), fold(leaves(5)).root(), {}));
}

TEST(MerkleTest, ARightEdgeIsTakenUpWhereItWasLeft) {
  const auto hashes = leaves(300);
  const CompactRange half = fold(std::span(hashes).first(150));
  std::vector<Hash32> kept;
  for (const Subtree& subtree : half.subtrees()) kept.push_back(subtree.hash);
  auto resumed = CompactRange::restore(150, kept);
  ASSERT_TRUE(resumed.ok());
  for (std::size_t i = 150; i < 300; ++i) resumed->append(hashes[i]);
  EXPECT_EQ(resumed->root(), reference::root(hashes));
  kept.pop_back();
  EXPECT_EQ(CompactRange::restore(150, kept).error().code, ErrorCode::kCorrupt);
}

TEST(MerkleTest, ASubtreeThatDoesNotFitIsABug) {
  CompactRange range = fold(leaves(3));
  EXPECT_THROW(range.append_subtree({Hash32{}, 1}), std::logic_error);
  EXPECT_THROW(static_cast<void>(CompactRange(3).root()), std::logic_error);
}

TEST(MerkleTest, AnyRangeWithTheEndsOfItsProofsLeadsToTheRoot) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const auto hashes = leaves(size);
    const Hash32 root = reference::root(hashes);
    for (std::size_t first = 0; first < size; ++first) {
      for (std::size_t end = first + 1; end <= size; ++end) {
        const auto before = split_path(first, size, reference::inclusion(first, hashes));
        const auto after = split_path(end - 1, size, reference::inclusion(end - 1, hashes));
        ASSERT_TRUE(before && after);
        HashPath left(before->left.rbegin(), before->left.rend());
        auto edge = CompactRange::restore(first, left);
        ASSERT_TRUE(edge.ok());
        const CompactRange middle = fold(std::span(hashes).subspan(first, end - first), first);
        for (const Subtree& subtree : middle.subtrees()) edge->append_subtree(subtree);
        EXPECT_EQ(root_beyond(*edge, after->right, size), root) << first << " " << end;
      }
    }
  }
}

TEST(MerkleTest, ARangeDoesNotLeadToTheRootOfAnotherSize) {
  const auto hashes = leaves(20);
  const CompactRange edge = fold(std::span(hashes).first(10));
  const auto sides = split_path(9, 20, reference::inclusion(9, hashes));
  ASSERT_TRUE(sides);
  EXPECT_EQ(root_beyond(edge, sides->right, 20), reference::root(hashes));
  EXPECT_EQ(root_beyond(edge, sides->right, 10), std::nullopt);
  EXPECT_EQ(root_beyond(edge, sides->right, 9), std::nullopt);
  EXPECT_EQ(root_beyond(edge, sides->right, 64), std::nullopt);
  EXPECT_EQ(root_beyond(CompactRange(), {}, 0), std::nullopt);
  EXPECT_EQ(split_path(20, 20, {}), std::nullopt);
  EXPECT_EQ(split_path(9, 20, sides->right), std::nullopt);
}

RC_GTEST_PROP(MerkleProperty, FoldingEqualsTheReference, ()) {
  const auto hashes = leaves(*rc::gen::inRange<std::size_t>(0, 600));
  RC_ASSERT(fold(hashes).root() == reference::root(hashes));
}

RC_GTEST_PROP(MerkleProperty, InclusionProofsEqualTheReferenceAndHold, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(1, 700);
  const auto index = *rc::gen::inRange<std::size_t>(0, size);
  const auto hashes = leaves(size);
  LeafHashTiles tiles(hashes);
  const auto path = inclusion_path(tiles, index, size);
  RC_ASSERT(path.ok());
  RC_ASSERT(*path == reference::inclusion(index, hashes));
  RC_ASSERT(verify_inclusion(index, size, hashes[index], *path, reference::root(hashes)));
  const auto other = *rc::gen::inRange<std::size_t>(0, size);
  RC_ASSERT(verify_inclusion(other, size, hashes[index], *path, reference::root(hashes)) ==
            (other == index));
}

RC_GTEST_PROP(MerkleProperty, ConsistencyProofsEqualTheReferenceAndHold, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(1, 700);
  const auto old_size = *rc::gen::inRange<std::size_t>(1, size + 1);
  const auto hashes = leaves(size);
  const Hash32 root = reference::root(hashes);
  const Hash32 old_root = reference::root(std::span(hashes).first(old_size));
  LeafHashTiles tiles(hashes);
  const auto path = consistency_path(tiles, old_size, size);
  RC_ASSERT(path.ok());
  RC_ASSERT(*path == reference::consistency(old_size, hashes));
  RC_ASSERT(verify_consistency(old_size, size, old_root, root, *path));
  Hash32 fork = old_root;
  fork[*rc::gen::inRange<std::size_t>(0, 32)] ^= 1;
  RC_ASSERT(!verify_consistency(old_size, size, fork, root, *path));
}

}  // namespace
}  // namespace assent

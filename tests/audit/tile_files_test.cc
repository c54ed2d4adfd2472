#include "audit/tile_files.h"

#include <gtest/gtest.h>

#include "audit/checkpoint.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

Bytes bytes_of(std::string_view text) {
  return Bytes(text.begin(), text.end());
}

TEST(TileFilesTest, PathsAreReadAsTheSpecificationWritesThem) {
  for (const TileFile& file : std::vector<TileFile>{{{0, 1234067, 256}, false},
                                                    {{0, 1234067, 7}, true},
                                                    {{63, 0, 255}, false},
                                                    {{0, 999, 256}, true},
                                                    {{7, 1000, 1}, false},
                                                    {{1, 999'999'999'999'999, 256}, false}}) {
    const auto read = parse_tile_file_path(tile_file_path(file));
    ASSERT_TRUE(read) << tile_file_path(file);
    EXPECT_EQ(*read, file);
  }
  EXPECT_EQ(tile_file_path({{0, 1234067, 256}, true}), "tile/entries/x001/x234/067");
  EXPECT_EQ(tile_file_path({{0, 0, 12}, true}), "tile/entries/000.p/12");
}

TEST(TileFilesTest, NoOtherPathIsRead) {
  for (const auto* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/0000",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/0/x000/001",
                           "tile/0/x001/x002",
                           "tile/0/001/002",
                           "tile/0/x001/2",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/1.p/1",
                           "tile/0/000/",
                           "tile//000",
                           "tile/entries/0/000",
                           "tile/entries",
                           "tile/Entries/000",
                           "tile/0/../000",
                           "/tile/0/000",
                           "tile/0/000.new",
                           "tile/0/..",
                           "tile/../../keys",
                           "keys",
                           "checkpoint",
                           "tile/0/000.p/1.new",
                           "tile/0/x999/x999/x999/x999/x999/999",
                           "tile/0/\xd9\xa0\xd9\xa0\xd9\xa0"}) {
    EXPECT_FALSE(parse_tile_file_path(path)) << path;
  }
  EXPECT_FALSE(parse_tile_file_path(std::string("tile/0/000\0", 11)));
}

TEST(TileFilesTest, BundlesKeepEveryLeafAndRefuseTheRest) {
  const std::vector<Bytes> leaves{bytes_of("a"), {}, Bytes(0xffff, 7)};
  const auto bundle = encode_entries(leaves);
  ASSERT_TRUE(bundle.ok());
  EXPECT_EQ(bundle->substr(0, 5), std::string("\0\1a\0\0", 5));
  EXPECT_EQ(*parse_entries(*bundle), leaves);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, bundle->size() - 1}) {
    EXPECT_EQ(parse_entries(bundle->substr(0, cut)).error().code, ErrorCode::kCorrupt) << cut;
  }
  EXPECT_EQ(encode_entries(std::vector<Bytes>{Bytes(0x10000, 7)}).error().code,
            ErrorCode::kTooLarge);
}

// The log that the Tessera project made, read as a directory of files.
TEST(TileFilesTest, AnothersLogIsReadAndItsRootsAreItsCheckpoints) {
  FileTiles files(ASSENT_SOURCE_DIR "/tests/golden/crypto/tessera_log");
  for (unsigned size = 1; size <= 15; ++size) {
    const auto head =
        parse_signed_checkpoint(read_golden("tessera_log/checkpoint." + std::to_string(size)));
    const auto edge = right_edge(files, size);
    ASSERT_TRUE(edge.ok()) << size;
    EXPECT_EQ(edge->root(), head->checkpoint.root) << size;
    const auto hashes = files.tile({0, 0, size});
    const auto leaves = files.entries(0, size);
    ASSERT_TRUE(hashes.ok() && leaves.ok()) << size;
    for (unsigned i = 0; i < size; ++i) EXPECT_EQ(leaf_hash((*leaves)[i]), (*hashes)[i]);
  }
  EXPECT_EQ(files.tile({0, 0, 16}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files.tile({1, 0, 1}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files.entries(1, 1).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent

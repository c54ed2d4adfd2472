#include "audit/signer_state.h"
#include "audit/stamp_files.h"
#include "audit/tile_files.h"
#include "core/file.h"
#include "tests/api/api_world.h"

namespace assent {
namespace {

constexpr std::uint64_t kSize = 2;

// A tenant of which a tree of two leaves is published, and a tile that no checkpoint covers yet.
class LogFilesTest : public testing::Test {
 protected:
  LogFilesTest() {
    const SigningKey key = signing_key_from_seed(Hash32{3});
    const std::string origin = "test.example/acme/log1";
    note_ = sign_checkpoint({origin, kSize, node_hash(Hash32{1}, Hash32{2})}, key);
    write({{0, 0, 2}, false}, join_hashes({Hash32{1}, Hash32{2}}));
    write({{0, 0, 2}, true}, *encode_entries(std::vector<Bytes>{{1}, {2}}));
    write({{0, 0, 3}, false}, join_hashes({Hash32{1}, Hash32{2}, Hash32{3}}));
    if (!publish_keys(directory(), world_.tenant(), origin, {{0, key.public_key}}).ok() ||
        !publish_checkpoint(directory(), world_.tenant(), note_).ok()) {
      throw std::runtime_error("not published");
    }
  }

  const std::filesystem::path& directory() { return world_.services().config.published; }
  void write(const TileFile& file, const std::string& content) {
    const auto path = published_log(directory(), world_.tenant()) / tile_file_path(file);
    std::filesystem::create_directories(path.parent_path());
    if (!replace_file(path, content, 0644).ok()) throw std::runtime_error("not written");
  }
  Response get(const std::string& log, const std::string& file) {
    return world_.as("auditor", Method::kGet, "/v1/logs/" + log + "/" + file);
  }
  std::string name() { return world_.services().tenant(world_.tenant())->name; }

  ApiWorld world_;
  std::string note_;
};

TEST_F(LogFilesTest, ATenantReadsItsLogByItsNameAndItsId) {
  for (const std::string& log : {name(), world_.tenant().text()}) {
    const Response checkpoint = get(log, "checkpoint");
    EXPECT_EQ(checkpoint.status, 200);
    EXPECT_EQ(checkpoint.body, note_);
    EXPECT_EQ(checkpoint.headers.find("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(checkpoint.headers.find("Cache-Control"), "private, max-age=2");
    const Response tile = get(log, "tile/0/000.p/2");
    EXPECT_EQ(tile.status, 200);
    EXPECT_EQ(*split_hashes(tile.body), (std::vector<Hash32>{Hash32{1}, Hash32{2}}));
    EXPECT_EQ(tile.headers.find("Content-Type"), "application/octet-stream");
    EXPECT_EQ(tile.headers.find("Cache-Control"), "private, max-age=31536000, immutable");
    EXPECT_EQ(*parse_entries(get(log, "tile/entries/000.p/2").body),
              (std::vector<Bytes>{{1}, {2}}));
  }
}

TEST_F(LogFilesTest, AnotherTenantsLogIsNotThere) {
  auto other = world_.new_tenant();
  auto token = world_.services().tokens.create(
      other.info.tenant, {}, {"a", "auditor", {}, {world_.services().clock.now().us + kDayUs}});
  ASSERT_TRUE(token.ok());
  const std::string secret(token->secret.reveal());
  for (const std::string& log : {name(), world_.tenant().text()}) {
    for (const auto* file : {"/checkpoint", "/tile/0/000.p/2", "/tile/entries/000.p/2",
                             "/timestamps", "/timestamps/2.tsr"}) {
      EXPECT_EQ(world_.call(Method::kGet, "/v1/logs/" + log + file, secret).status, 404);
    }
  }
}

TEST_F(LogFilesTest, AmongSeveralTenantsNoneReadsTheInstallationsLog) {
  world_.new_tenant();
  const auto nil = published_log(directory(), TenantId{});
  std::filesystem::copy(published_log(directory(), world_.tenant()), nil,
                        std::filesystem::copy_options::recursive);
  EXPECT_EQ(get("installation", "checkpoint").status, 404);
  EXPECT_EQ(get(TenantId{}.text(), "checkpoint").status, 404);
}

TEST_F(LogFilesTest, OnlyWhatTheCheckpointCoversIsServed) {
  EXPECT_EQ(get(name(), "tile/0/000.p/3").status, 404);
  EXPECT_EQ(get(name(), "tile/0/000").status, 404);
  EXPECT_EQ(get(name(), "tile/0/000.p/1").status, 404);  // Covered, but never made.
}

TEST_F(LogFilesTest, AStampIsThereWhenItsAnswerIs) {
  const auto stamps = stamps_directory(published_log(directory(), world_.tenant()));
  EXPECT_EQ(get(name(), "timestamps").body, "{\"sizes\":[]}");
  std::filesystem::create_directories(stamps);
  ASSERT_TRUE(replace_file(stamps / "2.checkpoint", note_, 0644).ok());
  EXPECT_EQ(get(name(), "timestamps").body, "{\"sizes\":[]}");
  EXPECT_EQ(get(name(), "timestamps/2.checkpoint").status, 404);
  ASSERT_TRUE(replace_file(stamps / "2.tsr", "answer", 0644).ok());
  EXPECT_EQ(get(name(), "timestamps").body, "{\"sizes\":[2]}");
  EXPECT_EQ(get(name(), "timestamps/2.checkpoint").body, note_);
  const Response answer = get(name(), "timestamps/2.tsr");
  EXPECT_EQ(answer.body, "answer");
  EXPECT_EQ(answer.headers.find("Content-Type"), "application/timestamp-reply");
  for (const auto* file : {"02.tsr", "2.tsr.new", "3.tsr", "2", "lock"}) {
    EXPECT_EQ(get(name(), std::string("timestamps/") + file).status, 404) << file;
  }
}

TEST_F(LogFilesTest, NothingElseReachesTheFiles) {
  for (const auto* path : {"tile/keys", "tile/0/000.p/2.new", "tile/0/000.p", "tile/entries",
                           "tile/0/0", "tile/%2Ftmp/x", "tile/0/000.p/2%00"}) {
    const auto target = parse_target("/v1/logs/" + name() + "/" + path);
    if (!target.ok()) continue;
    EXPECT_EQ(get(name(), path).status, 404) << path;
  }
}

}  // namespace
}  // namespace assent

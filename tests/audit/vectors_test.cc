// Vectors of others, kept under tests/golden/crypto with their licences.
#include <gtest/gtest.h>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "core/digest.h"
#include "core/nlohmann.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

using nlohmann::json;

Bytes bytes_of(const json& hex) {
  return *from_hex(hex.get<std::string>());
}

Hash32 key_of(const json& hex) {
  const Bytes bytes = bytes_of(hex);
  Hash32 key{};
  if (bytes.size() == key.size()) std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

TEST(WycheproofTest, EveryEd25519SignatureIsAnsweredRight) {
  const json suite = json::parse(read_golden("wycheproof/ed25519_test.json"));
  unsigned tests = 0;
  for (const json& group : suite.at("testGroups")) {
    const Hash32 key = key_of(group.at("publicKey").at("pk"));
    for (const json& test : group.at("tests")) {
      const Bytes message = bytes_of(test.at("msg"));
      const Bytes signature = bytes_of(test.at("sig"));
      EXPECT_EQ(verify_signature(key, message, signature), test.at("result") == "valid")
          << "tcId " << test.at("tcId");
      ++tests;
    }
  }
  EXPECT_EQ(tests, 151u);
}

// The set fixes no right answers. Ours are libsodium's; a change of verifier must not go unseen.
TEST(CctvTest, EdgeCasesOfEd25519KeepTheirAnswers) {
  const json suite = json::parse(read_golden("cctv/ed25519vectors.json"));
  std::string answers;
  for (const json& test : suite) {
    const std::string message = test.at("msg");
    answers += verify_signature(key_of(test.at("key")), as_bytes(message), bytes_of(test.at("sig")))
                   ? '1'
                   : '0';
  }
  EXPECT_EQ(answers.size(), 914u);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), '1'), 43);
  EXPECT_EQ(to_hex(sha256(as_bytes(answers))),
            "9111cd3acbe211e15031707588bc9d68cb7b0c2d8f500fad1ebfedfc4362ffab");
}

TEST(C2spTest, TheSpecificationsNotesAreAnsweredRight) {
  const json suite = json::parse(read_golden("c2sp/notes.json"));
  EXPECT_EQ(suite.at("vectors").size(), 3u);
  for (const json& vector : suite.at("vectors")) {
    const auto key = parse_vkey(vector.at("vkey").get<std::string>());
    const auto note = parse_note(vector.at("note").get<std::string>());
    ASSERT_TRUE(note.ok());
    const bool valid = key.ok() && check_signature(*note, *key).state == SignatureState::kValid;
    EXPECT_EQ(valid, vector.at("valid").get<bool>()) << vector.at("desc");
  }
}

// Entry bundles of c2sp.org/tlog-tiles: a 16-bit length before each entry.
std::vector<Bytes> entries_of(const std::string& bundle) {
  std::vector<Bytes> entries;
  const ByteView bytes = as_bytes(bundle);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = get_u16(bytes.data() + at);
    entries.emplace_back(bytes.begin() + at + 2, bytes.begin() + at + 2 + size);
    at += 2 + size;
  }
  return entries;
}

TEST(TesseraLogTest, SignatureEntriesTilesAndRootAgreeAtEverySize) {
  const json suite = json::parse(read_golden("c2sp/notes.json"));
  const auto key = parse_vkey(suite.at("tessera_log_vkey").get<std::string>());
  ASSERT_TRUE(key.ok());
  for (std::uint64_t size = 0; size <= 15; ++size) {
    const std::string name = std::to_string(size);
    const auto head = parse_signed_checkpoint(read_golden("tessera_log/checkpoint." + name));
    ASSERT_TRUE(head.ok()) << size;
    EXPECT_EQ(check_signature(head->note, *key).state, SignatureState::kValid);
    EXPECT_EQ(head->checkpoint.size, size);
    CompactRange tree;
    if (size > 0) {
      const auto entries = entries_of(read_golden("tessera_log/tile/entries/000.p/" + name));
      const std::string tile = read_golden("tessera_log/tile/0/000.p/" + name);
      ASSERT_EQ(entries.size(), size);
      ASSERT_EQ(tile.size(), size * sizeof(Hash32));
      for (std::size_t i = 0; i < size; ++i) {
        const Hash32 hash = leaf_hash(entries[i]);
        EXPECT_EQ(as_text(hash), tile.substr(i * sizeof(Hash32), sizeof(Hash32)));
        tree.append(hash);
      }
    }
    EXPECT_EQ(tree.root(), head->checkpoint.root) << size;
  }
}

}  // namespace
}  // namespace assent

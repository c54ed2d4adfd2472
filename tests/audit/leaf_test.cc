#include "audit/leaf.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "audit/tlog_proof.h"
#include "core/digest.h"
#include "core/nlohmann.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

const nlohmann::json& known_answers() {
  static const auto kAnswers = nlohmann::json::parse(read_golden("proposed/kat_v1.json"))["audit"];
  return kAnswers;
}

Bytes known_leaf() {
  return *from_hex(known_answers()["leaf"].get<std::string>());
}

Uuid uuid_from(const char* hex) {
  return Uuid::from_bytes(*from_hex(hex));
}

Leaf example() {
  return SampleLog().act(7, 3, SampleLog::kStartUs);
}

TEST(LeafTest, TheKnownAnswerDecodesToItsFields) {
  const auto leaf = decode(known_leaf());
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->event, AuditEvent::kRecordRead);
  EXPECT_EQ(leaf->tenant.value, uuid_from("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"));
  EXPECT_EQ(leaf->id.value, uuid_from("0102030405060708090a0b0c0d0e0f10"));
  EXPECT_EQ(leaf->time.us, 0x0006474846222240);
  EXPECT_EQ(leaf->actor_kind, ActorKind::kToken);
  EXPECT_EQ(leaf->actor.value, uuid_from("1112131415161718191a1b1c1d1e1f20"));
  EXPECT_TRUE(leaf->on_behalf_of.value.is_nil());
  EXPECT_EQ(leaf->purpose, PurposeCode::kProfiling);
  EXPECT_EQ(leaf->basis, LegalBasis::kLegitimateInterest);
  EXPECT_EQ(leaf->subject.value, uuid_from("2122232425262728292a2b2c2d2e2f30"));
  EXPECT_EQ(leaf->object_kind, ObjectKind::kProfile);
  EXPECT_EQ(leaf->outcome, Outcome::kDone);
  EXPECT_EQ(leaf->field_mask, 8u);
  EXPECT_EQ(leaf->result_count, 1u);
  EXPECT_EQ(leaf->writer, 9u);
  EXPECT_EQ(leaf->writer_seq, 1234u);
  EXPECT_EQ(leaf->detail_hash, Hash32{});
  EXPECT_EQ(to_hex(leaf->record_hash),
            "bf1409a74bf7334f6638f4eef4ddc25a2fa6949c9e86cbb423e950bb6eb7be4f");
  EXPECT_EQ(leaf->request.value, uuid_from("4142434445464748494a4b4c4d4e4f50"));
}

TEST(LeafTest, TheKnownAnswerIsMadeByteForByte) {
  const Bytes bytes = known_leaf();
  EXPECT_EQ(bytes.size(), known_answers()["leaf_len"].get<std::size_t>());
  EXPECT_EQ(bytes.size(), kLeafFixedBytes);
  EXPECT_EQ(encode(*decode(bytes)), bytes);
}

TEST(LeafTest, TheKnownLogFollowsFromTheKnownLeaf) {
  const auto& known = known_answers();
  const Hash32 first = leaf_hash(known_leaf());
  EXPECT_EQ(to_hex(first), known["leaf_hash"].get<std::string>());
  const Hash32 second = leaf_hash(as_bytes(known["second_leaf_data"].get<std::string>()));
  const Hash32 root = node_hash(first, second);
  EXPECT_EQ(to_hex(root), known["root_size_2"].get<std::string>());

  const SigningKey key = signing_key_from_seed(*from_hex(known["ed25519_seed"].get<std::string>()));
  EXPECT_EQ(format_vkey(verifier_key(SampleLog::kOrigin, kEd25519Type, key.public_key)),
            known["vkey"].get<std::string>());
  const std::string checkpoint = sign_checkpoint({SampleLog::kOrigin, 2, root}, key);
  EXPECT_EQ(checkpoint, known["checkpoint"].get<std::string>());
  EXPECT_EQ(format_tlog_proof({std::nullopt, 0, {second}, checkpoint}),
            known["tlog_proof"].get<std::string>());
}

TEST(LeafTest, AnyChangedByteIsRefusedOrChangesTheHash) {
  const Bytes bytes = known_leaf();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 0x01;
    const auto leaf = decode(changed);
    if (leaf.ok()) {
      EXPECT_EQ(encode(*leaf), changed) << "offset " << i;
    }
    EXPECT_NE(leaf_hash(changed), leaf_hash(bytes)) << "offset " << i;
  }
}

TEST(LeafTest, EveryOtherLengthIsRefused) {
  Bytes bytes = known_leaf();
  bytes.push_back(0);
  EXPECT_EQ(decode(bytes).error().code, ErrorCode::kCorrupt);
  for (std::size_t size = 0; size < kLeafFixedBytes; ++size) {
    EXPECT_FALSE(decode(ByteView(bytes).first(size)).ok()) << size;
  }
  EXPECT_FALSE(decode(Bytes(100'000, 0)).ok());
}

TEST(LeafTest, UnknownNumbersAreRefused) {
  const struct {
    const char* what;
    std::size_t offset;
  } kNumbers[] = {{"mark", 0},          {"version", 4},
                  {"event", 5},         {"actor kind", 47},
                  {"purpose", 80},      {"basis", 82},
                  {"object kind", 100}, {"outcome", 118},
                  {"time sign", 39},    {"extension length", 223}};
  for (const auto& number : kNumbers) {
    Bytes bytes = encode(example());
    bytes[number.offset] = 0xFF;
    EXPECT_FALSE(decode(bytes).ok()) << number.what;
  }
}

TEST(LeafTest, AnExtensionBelongsToItsEventOnly) {
  Leaf opened = example();
  opened.event = AuditEvent::kWriterOpened;
  opened.ext = ReplacedWriter{5, 99};
  const Bytes bytes = encode(opened);
  EXPECT_EQ(bytes.size(), kLeafFixedBytes + 12);
  EXPECT_EQ(*decode(bytes), opened);

  Leaf burned = example();
  burned.event = AuditEvent::kKekEpochBurned;
  burned.ext = BurnCounts{4, 1000, 3, 0};
  EXPECT_EQ(*decode(encode(burned)), burned);

  Leaf wrong = example();
  wrong.ext = ReplacedWriter{5, 99};
  EXPECT_THROW(encode(wrong), std::invalid_argument);
  Bytes forged = bytes;
  forged[5] = 0x03;  // RECORD_READ with an extension.
  forged[6] = 0x01;
  EXPECT_FALSE(decode(forged).ok());
}

TEST(LeafTest, ARecoveryAndAForkAlwaysSayWhatTheyAre) {
  Leaf recovered = example();
  recovered.event = AuditEvent::kLogRecovered;
  recovered.ext = RecoveredLog{20, 30};
  EXPECT_EQ(encode(recovered).size(), kLeafFixedBytes + 16);
  EXPECT_EQ(*decode(encode(recovered)), recovered);
  Leaf fork = example();
  fork.event = AuditEvent::kFork;
  fork.ext = ForkedLog{20, 30, Hash32{7}};
  EXPECT_EQ(encode(fork).size(), kLeafFixedBytes + 48);
  EXPECT_EQ(*decode(encode(fork)), fork);
  for (const Leaf& leaf : {recovered, fork}) {
    Bytes cut = encode(leaf);
    cut.resize(kLeafFixedBytes);
    cut[224] = 0;
    EXPECT_FALSE(decode(cut).ok());
    Leaf wrong = leaf;
    wrong.event = AuditEvent::kLookup;
    EXPECT_THROW(encode(wrong), std::invalid_argument);
    wrong = leaf;
    wrong.ext = {};
    EXPECT_THROW(encode(wrong), std::invalid_argument);
  }
}

TEST(LeafTest, AHeartbeatNamesOneToFiveWriters) {
  Leaf heartbeat = example();
  heartbeat.event = AuditEvent::kHeartbeat;
  NamedWriters named;
  for (std::uint32_t i = 1; i <= NamedWriters::kMax; ++i) {
    named.writers.push_back({i, i * 1000});
    heartbeat.ext = named;
    EXPECT_EQ(*decode(encode(heartbeat)), heartbeat);
  }
  Bytes cut = encode(heartbeat);
  cut.pop_back();
  cut[224] -= 1;  // The length of the extension agrees with what is left of it.
  EXPECT_FALSE(decode(cut).ok());
  named.writers.push_back({6, 6000});
  heartbeat.ext = named;
  EXPECT_THROW(encode(heartbeat), std::invalid_argument);
  heartbeat.ext = NamedWriters{};
  EXPECT_THROW(encode(heartbeat), std::invalid_argument);
}

TEST(LeafTest, TheDetailHashDependsOnSaltAndPayload) {
  Hash32 salt{};
  const Hash32 plain = detail_hash(salt, as_bytes("reason"));
  EXPECT_EQ(plain, sha256(as_bytes(std::string("cdp.detail.v1\0", 14) + std::string(32, '\0')),
                          as_bytes("reason")));
  EXPECT_NE(detail_hash(salt, as_bytes("reasom")), plain);
  salt[31] = 1;
  EXPECT_NE(detail_hash(salt, as_bytes("reason")), plain);
}

TEST(EventTest, EveryNameLeadsBackToItsNumber) {
  unsigned events = 0;
  for (std::uint32_t number = 0; number <= 0xFFFF; ++number) {
    const auto event = from_wire<AuditEvent>(static_cast<std::uint16_t>(number));
    if (!event) continue;
    ++events;
    EXPECT_EQ(from_wire_name<AuditEvent>(wire_name(*event).view()), event);
  }
  EXPECT_EQ(events, 54u);
  EXPECT_EQ(wire_name(AuditEvent::kKeyDestroyed).view(), "KEY_DESTROYED");
  EXPECT_EQ(from_wire_name<PurposeCode>("direct_marketing"), PurposeCode::kDirectMarketing);
  EXPECT_EQ(from_wire_name<LegalBasis>("soft_opt_in"), LegalBasis::kSoftOptIn);
  EXPECT_EQ(from_wire<Outcome>(3), std::nullopt);
  EXPECT_EQ(from_wire<ObjectKind>(15), std::nullopt);
  EXPECT_EQ(from_wire_name<ActorKind>("robot"), std::nullopt);
}

RC_GTEST_PROP(LeafProperty, WhatDecodesIsWhatWouldBeEncoded, (const Bytes& noise)) {
  Bytes bytes = encode(example());
  for (std::size_t i = 0; i + 1 < noise.size(); i += 2) {
    bytes[noise[i] % bytes.size()] = noise[i + 1];
  }
  const auto leaf = decode(bytes);
  if (leaf.ok()) RC_ASSERT(encode(*leaf) == bytes);
}

RC_GTEST_PROP(LeafProperty, EveryLeafComesBack,
              (std::uint64_t mask, std::uint32_t count, std::uint32_t writer, std::uint64_t seq)) {
  Leaf leaf = example();
  leaf.field_mask = mask;
  leaf.result_count = count;
  leaf.writer = writer;
  leaf.writer_seq = seq;
  RC_ASSERT(*decode(encode(leaf)) == leaf);
}

}  // namespace
}  // namespace assent

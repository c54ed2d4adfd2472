#include "audit/note.h"

#include <gtest/gtest.h>

#include "audit/checkpoint.h"
#include "audit/tlog_proof.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

const SigningKey kKey = signing_key_from_seed(Bytes(32, 3));
const std::string kText = "cdp.example/log\n5\n" + to_base64(Hash32{5}) + "\n";

std::string note_with(const std::string& lines) {
  return kText + "\n" + lines;
}
std::string own_line() {
  return signature_line("cdp.example/log", kKey, kText);
}
VerifierKey own_key() {
  return verifier_key("cdp.example/log", kEd25519Type, kKey.public_key);
}

SignatureState state_of(const std::string& note, const VerifierKey& key) {
  const auto parsed = parse_note(note);
  EXPECT_TRUE(parsed.ok());
  return parsed.ok() ? check_signature(*parsed, key).state : SignatureState::kForged;
}

TEST(NoteTest, ASignedNoteVerifiesUnderItsKeyOnly) {
  const std::string note = sign_note(kText, "cdp.example/log", kKey);
  EXPECT_EQ(state_of(note, own_key()), SignatureState::kValid);
  const SigningKey other = signing_key_from_seed(Bytes(32, 4));
  EXPECT_EQ(state_of(note, verifier_key("cdp.example/log", kEd25519Type, other.public_key)),
            SignatureState::kAbsent);
  EXPECT_EQ(state_of(note, verifier_key("cdp.example/other", kEd25519Type, kKey.public_key)),
            SignatureState::kAbsent);
}

TEST(NoteTest, AChangedByteOfTheTextIsAForgery) {
  std::string note = sign_note(kText, "cdp.example/log", kKey);
  note[16] = '6';
  EXPECT_EQ(state_of(note, own_key()), SignatureState::kForged);
}

TEST(NoteTest, OneForgedLineOfAKnownKeySpoilsTheNote) {
  const std::string wrong = signature_line("cdp.example/log", kKey, "other text\n");
  EXPECT_EQ(state_of(note_with(own_line() + wrong), own_key()), SignatureState::kForged);
  EXPECT_EQ(state_of(note_with(wrong + own_line()), own_key()), SignatureState::kForged);
}

TEST(NoteTest, UnknownSignatureTypesAreIgnored) {
  // A line of the length of ML-DSA-44, by somebody else.
  const std::string post_quantum = "\u2014 pq.example " + to_base64(Bytes(4 + 8 + 2420, 1)) + "\n";
  EXPECT_EQ(state_of(note_with(post_quantum + own_line()), own_key()), SignatureState::kValid);
  VerifierKey unknown = own_key();
  unknown.type = 0x06;
  EXPECT_EQ(state_of(note_with(own_line()), unknown), SignatureState::kAbsent);
}

TEST(NoteTest, ACosignatureCarriesItsTimeUnderTheSignature) {
  const VerifierKey witness = verifier_key("w.example", kCosignatureType, kKey.public_key);
  const std::string line = cosignature_line("w.example", kKey, kText, 1'679'315'147);
  const auto note = parse_note(note_with(line));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(check_signature(*note, witness).state, SignatureState::kValid);
  EXPECT_EQ(check_signature(*note, witness).time_s, 1'679'315'147u);

  Note later = *note;
  later.signatures[0].bytes[7] ^= 1;  // The last byte of the time.
  EXPECT_EQ(check_signature(later, witness).state, SignatureState::kForged);
  Note negative = *note;
  negative.signatures[0].bytes[0] = 0xFF;
  EXPECT_EQ(check_signature(negative, witness).state, SignatureState::kForged);
  Note cut = *note;
  cut.signatures[0].bytes.resize(8);
  EXPECT_EQ(check_signature(cut, witness).state, SignatureState::kForged);
}

TEST(NoteTest, APlainSignatureIsNoCosignature) {
  const VerifierKey witness = verifier_key("w.example", kCosignatureType, kKey.public_key);
  EXPECT_NE(witness.id, verifier_key("w.example", kEd25519Type, kKey.public_key).id);
  NoteSignature moved{witness.name, witness.id, Bytes(8, 0)};
  put(moved.bytes, ByteView(sign(kKey, as_bytes(kText))));
  EXPECT_EQ(check_signature({kText, {moved}}, witness).state, SignatureState::kForged);
}

TEST(NoteTest, SixteenSignaturesAreReadAndNoMore) {
  std::string lines;
  for (int i = 0; i < 16; ++i) lines += own_line();
  EXPECT_TRUE(parse_note(note_with(lines)).ok());
  EXPECT_EQ(parse_note(note_with(lines + own_line())).error().code, ErrorCode::kTooLarge);
}

TEST(NoteTest, ANoteOver64KiBIsRefused) {
  const std::string text = std::string(kNoteBytesMax, 'a') + "\n\n" + own_line();
  EXPECT_EQ(parse_note(text).error().code, ErrorCode::kTooLarge);
}

TEST(NoteTest, WhatIsNoNoteIsRefused) {
  const struct {
    const char* what;
    std::string note;
  } kCases[] = {
      {"empty", ""},
      {"no signatures", kText},
      {"no signature lines", kText + "\n"},
      {"no empty line", kText + own_line()},
      {"no last newline", note_with(own_line().substr(0, own_line().size() - 1))},
      {"hyphen for the dash", note_with("- a.example AAAAAAE=\n")},
      {"no name", note_with("\u2014  AAAAAAE=\n")},
      {"plus in the name", note_with("\u2014 a+b AAAAAAE=\n")},
      {"no-break space in the name", note_with("\u2014 a\u00A0b AAAAAAE=\n")},
      {"signature too short", note_with("\u2014 a.example AAAAAA==\n")},
      {"signature not base64", note_with("\u2014 a.example AAAA*AE=\n")},
      {"base64 not canonical", note_with("\u2014 a.example AAAAAAF=\n")},
      {"carriage return", note_with("\u2014 a.example AAAAAAE=\r\n")},
      {"tab in the text", "a\tb\n\n" + own_line()},
      {"invalid UTF-8", "a\xC3(\n\n" + own_line()},
      {"overlong UTF-8", "a\xC0\xAF\n\n" + own_line()},
      {"surrogate", "a\xED\xA0\x80\n\n" + own_line()},
      {"cut UTF-8", "a\n\n\u2014 a.example AAAAAAE=\n\xE2"},
  };
  for (const auto& c : kCases) EXPECT_FALSE(parse_note(c.note).ok()) << c.what;
}

TEST(NoteTest, TheTextMayHoldEmptyLines) {
  const std::string text = "first\n\nsecond\n";
  const auto note = parse_note(sign_note(text, "cdp.example/log", kKey));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->text, text);
  EXPECT_THROW(sign_note("no newline", "cdp.example/log", kKey), std::invalid_argument);
}

TEST(VkeyTest, AVerifierKeyComesBack) {
  const auto key = parse_vkey(format_vkey(own_key()));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, own_key());
}

TEST(VkeyTest, ADamagedVerifierKeyIsRefused) {
  const std::string good = format_vkey(own_key());
  const std::string id = good.substr(good.find('+') + 1, 8);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_vkey(bad).ok()) << bad;
  }
  for (const std::string& bad : {std::string(), std::string("+"), std::string("a++"),
                                 "cdp.example/log+" + id + "+AQ==", good + "A", good + "+"}) {
    EXPECT_FALSE(parse_vkey(bad).ok()) << bad;
  }
}

TEST(CheckpointTest, ACheckpointComesBack) {
  const Checkpoint head{"cdp.example/acme/log1", 20852163, Hash32{9}};
  const auto parsed = parse_signed_checkpoint(sign_checkpoint(head, kKey));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->checkpoint, head);
}

TEST(CheckpointTest, ExtensionLinesOfOthersAreAllowedAndSigned) {
  const std::string text = kText + "extension\n";
  EXPECT_TRUE(parse_checkpoint(text).ok());
  EXPECT_FALSE(parse_checkpoint(text + "\n").ok());
}

TEST(CheckpointTest, WhatIsNoCheckpointIsRefused) {
  const std::string root = to_base64(Hash32{5}) + "\n";
  for (const std::string& text :
       {std::string(), std::string("\n5\n") + root, "o\n05\n" + root, "o\n-1\n" + root,
        "o\n+1\n" + root, "o\n\n" + root, "o\n18446744073709551616\n" + root,
        std::string("o\n5\nAAAA\n"), "o\n5\n" + root.substr(0, 44), "o\n5 \n" + root}) {
    EXPECT_FALSE(parse_checkpoint(text).ok()) << text;
  }
  EXPECT_THROW(format_checkpoint({"two words", 1, {}}), std::invalid_argument);
}

TEST(TlogProofTest, AProofComesBackWithAndWithoutExtraData) {
  for (const auto& extra : {std::optional<Bytes>(), std::optional<Bytes>(Bytes{1, 2})}) {
    const TlogProof proof{extra, 73894, {Hash32{1}, Hash32{2}}, "checkpoint\n"};
    const auto parsed = parse_tlog_proof(format_tlog_proof(proof));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->extra, extra);
    EXPECT_EQ(parsed->index, 73894u);
    EXPECT_EQ(parsed->path, proof.path);
    EXPECT_EQ(parsed->checkpoint, "checkpoint\n");
  }
}

TEST(TlogProofTest, WhatIsNoProofIsRefused) {
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = to_base64(Hash32{}) + "\n";
  std::string long_path = head + "index 0\n";
  for (int i = 0; i < 64; ++i) long_path += hash;
  for (const std::string& text :
       {std::string(), std::string("c2sp.org/tlog-proof@v2\nindex 0\n\nx\n"), head,
        head + "index 01\n\nx\n", head + "index\n\nx\n", head + "extra *\nindex 0\n\nx\n",
        head + "index 0\n" + hash, head + "index 0\nAAAA\n\nx\n", long_path + "\nx\n",
        head + "index 0\n\n" + std::string(70'000, 'x')}) {
    EXPECT_FALSE(parse_tlog_proof(text).ok()) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace assent

// add-checkpoint as c2sp.org/tlog-witness tells it, one sentence a test.
#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/api/witness_world.h"

namespace assent {
namespace {

using Outcome = WitnessOutcome;

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    world.know(log.vkey());
    EXPECT_TRUE(world.restart().ok());
  }
  // The witness as it is after it has cosigned `size`.
  void cosigned(std::uint64_t size) {
    ASSERT_EQ(world.send(log.request(known, size)), Outcome::kCosigned);
    known = size;
  }
  std::uint64_t known_size() { return world.witness->logs().at(0).size; }
  void expect_still(std::uint64_t size) {
    EXPECT_EQ(known_size(), size);
    ASSERT_TRUE(world.restart().ok());
    EXPECT_EQ(known_size(), size);
  }

  WitnessWorld world;
  WitnessedHistory log{"a"};
  WitnessedHistory fork{"b"};  // Another history under the same key.
  std::uint64_t known = 0;
};

TEST_F(WitnessTest, ItCosignsWhatItSeesFirstAndWhatExtendsIt) {
  for (const std::uint64_t size : {3, 4, 8, 300}) {
    const auto answer = world.witness->add_checkpoint(log.request(known, size));
    ASSERT_EQ(answer.outcome, Outcome::kCosigned) << size;
    const auto check = world.check(format_checkpoint(log.head(size)), answer.cosignature);
    EXPECT_EQ(check.state, SignatureState::kValid);
    EXPECT_EQ(check.time_s, static_cast<std::uint64_t>(world.clock.now().us / kSecondUs));
    known = size;
  }
  expect_still(300);
}

TEST_F(WitnessTest, AnotherOldSizeIsToldTheSizeThatIsKnown) {
  cosigned(5);
  for (const std::uint64_t old_size : {0, 3, 4, 6, 8}) {
    const auto answer = world.witness->add_checkpoint(log.request(old_size, 8));
    EXPECT_EQ(answer.outcome, Outcome::kOtherSize) << old_size;
    EXPECT_EQ(answer.known_size, 5u);
  }
  EXPECT_EQ(world.witness->add_checkpoint(log.request(2, 3)).known_size, 5u);  // Never backwards.
  expect_still(5);
}

TEST_F(WitnessTest, AnUnknownLogIsUnknown) {
  const WitnessedHistory other("a", 1, "cdp.example/other/log1");
  EXPECT_EQ(world.send(other.request(0, 3)), Outcome::kUnknownLog);
}

TEST_F(WitnessTest, ALogThatIsAddedMeanwhileIsKnownWithItsFirstRequest) {
  const WitnessedHistory other("a", 1, "cdp.example/other/log1");
  EXPECT_EQ(world.send(other.request(0, 3)), Outcome::kUnknownLog);
  world.know(other.vkey());
  EXPECT_EQ(world.send(other.request(0, 3)), Outcome::kCosigned);
  EXPECT_EQ(world.send(other.request(3, 5)), Outcome::kCosigned);
  EXPECT_TRUE(world.witness->checkpoint(origin_hash(other.origin())));
  EXPECT_EQ(world.witness->logs().size(), 2u);
}

TEST_F(WitnessTest, AKeyThatIsAddedMeanwhileIsKnownAndOutlivesTheNextCosignature) {
  cosigned(3);
  const WitnessedHistory rotated("a", 2);
  EXPECT_EQ(world.send(rotated.request(3, 5)), Outcome::kUnsigned);
  world.know(rotated.vkey());
  cosigned(4);  // By the first key: the file is written, and keeps the second.
  EXPECT_EQ(world.send(rotated.request(4, 5)), Outcome::kCosigned);
  ASSERT_TRUE(world.restart().ok());
  EXPECT_EQ(world.send(rotated.request(5, 6)), Outcome::kCosigned);
}

TEST_F(WitnessTest, AFileThatChangedUnderItIsNeverWrittenOverNorBelieved) {
  cosigned(3);
  const auto file = world.state_file(log.origin());
  const std::string kept = *read_file(file, 1 << 17);
  cosigned(5);
  ASSERT_TRUE(replace_file(file, kept, 0644).ok());  // An older state of its own.
  EXPECT_EQ(world.send(log.request(5, 8)), Outcome::kNotKept);
  EXPECT_EQ(world.send(log.request(3, 8)), Outcome::kOtherSize);
  EXPECT_EQ(*read_file(file, 1 << 17), kept);
  std::filesystem::remove(file);
  world.know(log.vkey());  // As if it were new.
  EXPECT_EQ(world.send(log.request(5, 8)), Outcome::kNotKept);
  EXPECT_EQ(known_size(), 5u);
}

TEST_F(WitnessTest, AFileThatIsNotItsOwnIsNotLearnt) {
  const WitnessedHistory other("a", 1, "cdp.example/other/log1");
  ASSERT_TRUE(replace_file(world.state_file(other.origin()), "noise", 0644).ok());
  EXPECT_EQ(world.send(other.request(0, 3)), Outcome::kUnknownLog);
  EXPECT_EQ(world.send(other.request(0, 3)), Outcome::kUnknownLog);
  const std::string said = world.log_out.str();
  EXPECT_NE(said.find("witness.log_refused"), said.npos);
  EXPECT_EQ(said.find("witness.log_refused"), said.rfind("witness.log_refused"));
}

TEST_F(WitnessTest, WithoutASignatureOfTheLogNothingIsSaid) {
  const WitnessedHistory stranger("a", 9);
  EXPECT_EQ(world.send(stranger.request(0, 3)), Outcome::kUnsigned);
  std::string forged = log.checkpoint(3);
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(world.send(format_add_checkpoint(0, {}, forged)), Outcome::kUnsigned);
  // A line that claims to be the log's and is not spoils the note, whatever stands beside it.
  const std::string both = log.checkpoint(3) + forged.substr(forged.find("\n\n") + 2);
  EXPECT_EQ(world.send(format_add_checkpoint(0, {}, both)), Outcome::kUnsigned);
}

TEST_F(WitnessTest, SignaturesOfUnknownKeysAreIgnoredAndNotRepeated) {
  const WitnessedHistory stranger("a", 9);
  const std::string text = format_checkpoint(log.head(3));
  const std::string both =
      log.checkpoint(3) + signature_line(stranger.origin(), stranger.key(), text);
  EXPECT_EQ(world.send(format_add_checkpoint(0, {}, both)), Outcome::kCosigned);
  const auto note = parse_note(*world.witness->checkpoint(origin_hash(log.origin())));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->signatures.size(), 2u);
  EXPECT_EQ(check_signature(*note, stranger.vkey()).state, SignatureState::kAbsent);
  EXPECT_EQ(check_signature(*note, log.vkey()).state, SignatureState::kValid);
  EXPECT_EQ(check_signature(*note, world.own).state, SignatureState::kValid);
}

TEST_F(WitnessTest, AnOldSizeBeyondTheCheckpointIsABadRequest) {
  cosigned(5);
  EXPECT_EQ(world.send(format_add_checkpoint(6, {}, log.checkpoint(5))), Outcome::kOldBeyond);
  EXPECT_EQ(world.send(format_add_checkpoint(5, {}, log.checkpoint(4))), Outcome::kOldBeyond);
}

TEST_F(WitnessTest, ATreeThatDoesNotExtendWhatWasCosignedIsInconsistent) {
  cosigned(5);
  EXPECT_EQ(world.send(fork.request(5, 8)), Outcome::kInconsistent);
  EXPECT_EQ(world.send(format_add_checkpoint(5, {}, log.checkpoint(8))), Outcome::kInconsistent);
  HashPath wrong = log.proof(5, 8);
  wrong.push_back(wrong.back());
  EXPECT_EQ(world.send(format_add_checkpoint(5, wrong, log.checkpoint(8))), Outcome::kInconsistent);
  EXPECT_EQ(world.send(log.request(5, 8)), Outcome::kCosigned);
}

TEST_F(WitnessTest, TheSameCheckpointIsCosignedAnewWithTheTimeOfToday) {
  cosigned(5);
  world.clock.advance_days(1);
  const auto again = world.witness->add_checkpoint(log.request(5, 5));
  ASSERT_EQ(again.outcome, Outcome::kCosigned);
  EXPECT_EQ(world.check(format_checkpoint(log.head(5)), again.cosignature).time_s,
            static_cast<std::uint64_t>(world.clock.now().us / kSecondUs));
  EXPECT_EQ(world.send(format_add_checkpoint(5, log.proof(4, 5), log.checkpoint(5))),
            Outcome::kInconsistent);
}

TEST_F(WitnessTest, AnotherRootUnderTheSameSizeIsInconsistentAndTheProofOfItIsKept) {
  cosigned(5);
  EXPECT_FALSE(has_contradiction(world.state, log.origin()));
  EXPECT_EQ(world.send(fork.request(5, 5)), Outcome::kInconsistent);
  EXPECT_TRUE(world.witness->logs().at(0).contradicted);
  const auto proof =
      *read_file(world.state / (origin_hash(log.origin()) + ".contradiction"), kNoteBytesMax);
  EXPECT_NE(proof.find(format_checkpoint(log.head(5))), std::string::npos);
  EXPECT_NE(proof.find(fork.checkpoint(5)), std::string::npos);
  EXPECT_NE(world.log_out.str().find("witness.contradiction"), std::string::npos);
  expect_still(5);
  EXPECT_TRUE(world.witness->logs().at(0).contradicted);
}

TEST_F(WitnessTest, TheEmptyTreeHasItsRootAndNeedsNoProof) {
  Checkpoint wrong = log.head(0);
  wrong.root[0] ^= 1;
  EXPECT_EQ(world.send(format_add_checkpoint(0, {}, sign_checkpoint(wrong, log.key()))),
            Outcome::kInconsistent);
  EXPECT_EQ(world.send(format_add_checkpoint(0, {Hash32{}}, log.checkpoint(0))),
            Outcome::kInconsistent);
  EXPECT_EQ(world.send(format_add_checkpoint(0, {Hash32{}}, log.checkpoint(7))),
            Outcome::kInconsistent);
  EXPECT_EQ(world.send(log.request(0, 0)), Outcome::kCosigned);
  ASSERT_TRUE(world.restart().ok());
  EXPECT_EQ(world.send(log.request(0, 0)), Outcome::kCosigned);
  EXPECT_EQ(world.send(log.request(0, 7)), Outcome::kCosigned);
  EXPECT_EQ(world.send(log.request(0, 0)), Outcome::kOtherSize);
}

TEST_F(WitnessTest, TheTimeOfALogNeverRunsBackwards) {
  cosigned(5);
  const auto before = static_cast<std::uint64_t>(world.clock.now().us / kSecondUs);
  world.clock.advance_days(-10);
  EXPECT_EQ(world.witness->add_checkpoint(log.request(5, 6)).outcome, Outcome::kCosigned);
  EXPECT_EQ(world.witness->logs().at(0).time_s, before);
  ASSERT_TRUE(world.restart().ok());
  EXPECT_EQ(world.send(log.request(6, 7)), Outcome::kCosigned);
  EXPECT_EQ(world.witness->logs().at(0).time_s, before);
}

TEST_F(WitnessTest, NothingIsCosignedThatTheDiskDoesNotTake) {
  cosigned(5);
  const auto file = world.state_file(log.origin());
  std::filesystem::create_directory(file.string() + ".new");  // Where the new state would be put.
  const auto answer = world.witness->add_checkpoint(log.request(5, 8));
  EXPECT_EQ(answer.outcome, Outcome::kNotKept);
  EXPECT_TRUE(answer.cosignature.empty());
  expect_still(5);
  std::filesystem::remove(file.string() + ".new");
  EXPECT_EQ(world.send(log.request(5, 8)), Outcome::kCosigned);
}

TEST_F(WitnessTest, TheStateIsOnDiskBeforeTheCosignatureLeaves) {
  const auto answer = world.witness->add_checkpoint(log.request(0, 5));
  const auto state = *read_file(world.state_file(log.origin()), kNoteBytesMax);
  EXPECT_NE(state.find(answer.cosignature), std::string::npos);
  EXPECT_EQ(state, "log " + format_vkey(log.vkey()) + "\n\n" +
                       *world.witness->checkpoint(origin_hash(log.origin())));
}

TEST_F(WitnessTest, ADirectoryBelongsToOneProcess) {
  const auto second = Witness::open(world.state, world.own, world.key, world.clock, world.log);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
}

TEST_F(WitnessTest, AStateThatIsNotItsOwnIsNeverBelieved) {
  cosigned(5);
  const auto file = world.state_file(log.origin());
  const std::string sound = *read_file(file, kNoteBytesMax);
  const auto refuses = [&](const std::string& text) {
    EXPECT_TRUE(replace_file(file, text, 0644).ok());
    const Status opened = world.restart();
    return !opened.ok() && opened.error().code == ErrorCode::kCorrupt;
  };
  std::string other_size = sound;
  other_size.replace(other_size.find("\n5\n"), 3, "\n4\n");
  EXPECT_TRUE(refuses(other_size));
  EXPECT_TRUE(refuses(sound.substr(0, sound.rfind("\u2014"))));  // Without our own line.
  EXPECT_TRUE(refuses(sound.substr(sound.find("\n\n") + 2)));    // Without the log's key.
  EXPECT_TRUE(refuses(""));
  EXPECT_TRUE(refuses("log " + format_vkey(log.vkey()) + "\n\n" + log.checkpoint(5)));
  EXPECT_FALSE(refuses(sound));
  std::filesystem::rename(file, world.state_file("cdp.example/other/log1"));
  EXPECT_EQ(world.restart().error().code, ErrorCode::kCorrupt);
}

TEST_F(WitnessTest, ALogWhoseMemoryIsLostIsUnknownAndNeverBeginsAnew) {
  cosigned(5);
  world.know(WitnessedHistory("c", 3, "cdp.example/other/log1").vkey());
  std::filesystem::remove(world.state_file(log.origin()));
  ASSERT_TRUE(world.restart().ok());
  EXPECT_EQ(world.send(fork.request(0, 5)), Outcome::kUnknownLog);
}

TEST_F(WitnessTest, ALogMayRotateItsKeyAndKeepsWhatWasCosigned) {
  cosigned(5);
  const WitnessedHistory rotated("a", 2);
  EXPECT_EQ(world.send(rotated.request(5, 8)), Outcome::kUnsigned);
  world.witness.reset();
  world.know(rotated.vkey());
  world.know(rotated.vkey());  // Twice is once.
  ASSERT_TRUE(world.restart().ok());
  EXPECT_EQ(world.send(rotated.request(0, 8)), Outcome::kOtherSize);
  EXPECT_EQ(world.send(rotated.request(5, 8)), Outcome::kCosigned);
  EXPECT_EQ(world.send(log.request(8, 9)), Outcome::kCosigned);
}

TEST_F(WitnessTest, AWitnessKeyIsNoKeyOfALog) {
  const auto added = add_witnessed_log(world.state, world.own);
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::kInvalid);
}

TEST_F(WitnessTest, ACheckpointThatLeavesNoRoomForOurLineIsRefusedBeforeItIsKept) {
  std::string text = format_checkpoint(log.head(3));
  const std::string line = "extension\n";
  while (text.size() + 400 < kNoteBytesMax) text += line;
  text += std::string(kNoteBytesMax - text.size() - 200, 'x') + "\n";
  const std::string note = sign_note(text, log.origin(), log.key());
  EXPECT_EQ(world.send(format_add_checkpoint(0, {}, note)), Outcome::kMalformed);
  expect_still(0);
}

TEST_F(WitnessTest, EveryOutcomeIsCounted) {
  cosigned(5);
  world.send("nonsense");
  world.send(log.request(4, 8));
  world.send(log.request(4, 8));
  EXPECT_EQ(world.witness->count(Outcome::kMalformed), 1u);
  EXPECT_EQ(world.witness->count(Outcome::kOtherSize), 2u);
  EXPECT_EQ(world.witness->count(Outcome::kCosigned), 1u);
  EXPECT_EQ(world.witness->count(Outcome::kInconsistent), 0u);
}

}  // namespace
}  // namespace assent

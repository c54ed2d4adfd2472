#include "core/sealed_stream.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include "core/child_process.h"
#include "core/digest.h"

namespace assent {
namespace {

class SealedStreamTest : public ::testing::Test {
 protected:
  SealedStreamTest() { crypto_ready(); }
  // A file of two sections, the second larger than one frame.
  std::string sample() {
    std::ostringstream out;
    SealedWriter writer(out, BackupRecipient::of(identity), random);
    writer.begin_section("first");
    writer.write(as_bytes("some words"));
    writer.begin_section("second");
    writer.write(as_bytes(large));
    writer.finish();
    EXPECT_TRUE(out.good());
    return out.str();
  }
  // "name:content;" of all sections, or the reason why not.
  Result<std::string> read(const std::string& file, const SecretKey& key) {
    std::istringstream in(file);
    SealedReader reader(in);
    if (auto opened = reader.open(key); !opened.ok()) return opened.error();
    std::string all;
    for (;;) {
      const auto section = reader.next_section();
      if (!section.ok()) return section.error();
      if (!*section) return all;
      all += **section + ":";
      for (;;) {
        const auto part = reader.read();
        if (!part.ok()) return part.error();
        if (part->empty()) break;
        all += as_text(*part);
      }
      all += ";";
    }
  }
  ErrorCode code_of(const std::string& file) {
    const auto answer = read(file, identity);
    return answer.ok() ? ErrorCode::kConflict : answer.error().code;
  }

  SystemRandom random;
  SecretKey identity = new_secret_key(random);
  const std::string large = std::string(200'000, 'x');
};

TEST_F(SealedStreamTest, WhatWasWrittenIsReadWithTheKeyAndOnlyWithIt) {
  const std::string file = sample();
  const auto read_back = read(file, identity);
  ASSERT_TRUE(read_back.ok()) << read_back.error().reason.view();
  EXPECT_EQ(*read_back, "first:some words;second:" + large + ";");
  EXPECT_EQ(read(file, new_secret_key(random)).error().code, ErrorCode::kDenied);
  EXPECT_EQ(file.find("some words"), std::string::npos);
  EXPECT_NE(sample(), file);
}

TEST_F(SealedStreamTest, ASectionMayBePassedOver) {
  std::istringstream in(sample());
  SealedReader reader(in);
  ASSERT_TRUE(reader.open(identity).ok());
  EXPECT_EQ(**reader.next_section(), "first");
  EXPECT_EQ(**reader.next_section(), "second");
  EXPECT_FALSE((*reader.next_section()).has_value());
}

TEST_F(SealedStreamTest, NoChangedByteIsRead) {
  const std::string file = sample();
  for (std::size_t at = 0; at < file.size(); at += at < 400 ? 1 : 997) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_NE(code_of(changed), ErrorCode::kConflict) << "byte " << at;
  }
}

TEST_F(SealedStreamTest, NoPartOfItIsTheWhole) {
  const std::string file = sample();
  for (std::size_t size = 0; size < file.size(); size += size < 400 ? 1 : 997) {
    EXPECT_NE(code_of(file.substr(0, size)), ErrorCode::kConflict) << "of " << size << " bytes";
  }
  EXPECT_EQ(code_of(file + "x"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(file + file), ErrorCode::kCorrupt);
}

TEST_F(SealedStreamTest, FramesCannotChangePlacesOrBeLeftOut) {
  std::ostringstream out;
  SealedWriter writer(out, BackupRecipient::of(identity), random);
  const std::size_t head = out.str().size();
  writer.begin_section("a");
  writer.write(as_bytes("one"));
  writer.write(as_bytes("two"));
  writer.finish();
  const std::string file = out.str();
  const std::size_t name = 4 + 1 + 17;
  const std::size_t frame = 4 + 3 + 17;
  const std::string first = file.substr(head + name, frame);
  const std::string second = file.substr(head + name + frame, frame);
  const std::string tail = file.substr(head + name + 2 * frame);
  const std::string begin = file.substr(0, head + name);
  EXPECT_EQ(*read(begin + first + second + tail, identity), "a:onetwo;");
  EXPECT_EQ(code_of(begin + second + first + tail), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(begin + first + tail), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(begin + first + first + second + tail), ErrorCode::kCorrupt);
}

TEST_F(SealedStreamTest, ARecipientIsTextAndNothingElseIsOne) {
  const BackupRecipient recipient = BackupRecipient::of(identity);
  EXPECT_EQ(BackupRecipient::parse(recipient.text()), recipient);
  for (const char* text :
       {"", "assent-backup-1:", "assent-backup-1:AAAA", "age1qyqszqgpqyqszqgp"}) {
    EXPECT_FALSE(BackupRecipient::parse(text)) << text;
  }
  EXPECT_FALSE(BackupRecipient::parse(recipient.text() + "A"));
}

TEST(ChildProcessTest, ItsOutputIsReadToTheEnd) {
  auto child = ChildProcess::start({"printf", "words"}, ChildProcess::Pipe::kOutput);
  ASSERT_TRUE(child.ok());
  std::string all;
  for (;;) {
    const auto part = child->read(2);
    ASSERT_TRUE(part.ok());
    if (part->empty()) break;
    all += as_text(*part);
  }
  EXPECT_EQ(all, "words");
  EXPECT_EQ(child->wait(), 0);
}

TEST(ChildProcessTest, HowItEndedIsTold) {
  auto failing = ChildProcess::start({"sh", "-c", "exit 3"}, ChildProcess::Pipe::kOutput);
  ASSERT_TRUE(failing.ok());
  EXPECT_EQ(failing->wait(), 3);
  auto killed = ChildProcess::start({"sh", "-c", "kill -9 $$"}, ChildProcess::Pipe::kOutput);
  ASSERT_TRUE(killed.ok());
  EXPECT_EQ(killed->wait(), 128 + 9);
  EXPECT_EQ(
      ChildProcess::start({"no-such-program-of-ours"}, ChildProcess::Pipe::kOutput).error().code,
      ErrorCode::kNotFound);
}

TEST(ChildProcessTest, OneThatReadsNoMoreIsAnErrorOfTheWrite) {
  ::signal(SIGPIPE, SIG_DFL);  // As a program begins.
  auto child = ChildProcess::start({"true"}, ChildProcess::Pipe::kInput);
  ASSERT_TRUE(child.ok());
  const Bytes much(1 << 20, 1);
  Status written = Unit{};
  for (int i = 0; i < 10 && written.ok(); ++i) written = child->write(much);
  EXPECT_FALSE(written.ok());
  EXPECT_EQ(child->wait(), 0);
}

}  // namespace
}  // namespace assent

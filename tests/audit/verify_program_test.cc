// assent-verify as its user meets it: arguments, files, words, exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "audit/tlog_proof.h"
#include "core/nlohmann.h"
#include "tests/audit/sample_papers.h"

namespace assent {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Ran {
  int exit = -1;
  std::string text;
};

class VerifyProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "assent-verify-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("policy.txt", log_.policy_text());
    write("bundle.txt", log_.bundle());
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void write_leaf(const std::string& name, const Bytes& leaf) {
    write(name, std::string(as_text(leaf)));
  }

  Ran run(const std::string& arguments, const std::string& locale = "C.UTF-8") {
    const std::string command = "cd '" + folder_.string() + "' && LC_ALL=" + locale +
                                " '" ASSENT_VERIFY "' " + arguments + " 2>&1";
    Ran ran;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 4096> part{};
    while (std::size_t got = fread(part.data(), 1, part.size(), pipe))
      ran.text.append(part.data(), got);
    const int status = pclose(pipe);
    ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
  }

  SampleLog log_{600};
  fs::path folder_;
};

TEST_F(VerifyProgramTest, AnHonestBundleIsVerified) {
  const Ran ran = run("bundle bundle.txt --policy policy.txt");
  EXPECT_EQ(ran.exit, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("log     cdp.example/acme/log1   size 600   root "));
  EXPECT_THAT(ran.text, HasSubstr("signature ok   witnesses 0 of 0"));
  EXPECT_THAT(ran.text, HasSubstr("range   0 ... 599   600 leaves   all hashes match   writers 2   "
                                  "gaps 0   time order ok"));
  EXPECT_THAT(ran.text,
              HasSubstr("RESULT  VERIFIED   (not proved: events that were never recorded"));
}

TEST_F(VerifyProgramTest, ItSpeaksTheLanguageOfTheTerminal) {
  const Ran verified = run("bundle bundle.txt --policy policy.txt", "ru_RU.UTF-8");
  EXPECT_EQ(verified.exit, 0) << verified.text;
  EXPECT_THAT(verified.text, HasSubstr("ИТОГ    ПОДТВЕРЖДЕНО   (не доказано: события, которые"));
  const Ran blind = run("bundle bundle.txt --lang ru");
  EXPECT_EQ(blind.exit, 2);
  EXPECT_THAT(blind.text, HasSubstr("НЕ УСТАНОВЛЕНО"));
  EXPECT_THAT(blind.text, HasSubstr("политика доверия не указана"));
  EXPECT_THAT(run("--help", "ru_RU.UTF-8").text, HasSubstr("Что запросить"));
  EXPECT_THAT(run("bundle --lang ru").text, HasSubstr("Что делать: та же команда с --help"));
  // What programs read is the same in each language.
  EXPECT_EQ(run("bundle bundle.txt --json --lang ru").text, run("bundle bundle.txt --json").text);
}

TEST_F(VerifyProgramTest, AChangedEntryIsNamedWithWhatWasExpected) {
  auto lines = lines_of(log_.bundle());
  lines[line_of_entry(417)][40] ^= 1;
  lines[line_of_entry(500)][40] ^= 1;
  write("bundle.txt", join(lines));
  const Ran ran = run("bundle bundle.txt --policy policy.txt");
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.text, HasSubstr("BAD     entry 417: entry "));
  EXPECT_THAT(ran.text, HasSubstr("expected  " + to_base64(leaf_hash(log_.leaves[417]))));
  EXPECT_THAT(ran.text, HasSubstr("and 1 further bad entry"));
  EXPECT_THAT(ran.text, HasSubstr("RESULT  TAMPERED   first bad entry 417"));
}

TEST_F(VerifyProgramTest, WithoutAPolicyItSaysSoAndIsNotGreen) {
  const Ran ran = run("bundle bundle.txt");
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.text, HasSubstr("internal consistency only"));
  EXPECT_THAT(ran.text, HasSubstr("RESULT  CANNOT TELL"));
}

TEST_F(VerifyProgramTest, ABundleComesThroughAPipeToo) {
  EXPECT_EQ(run("bundle - --policy policy.txt < bundle.txt").exit, 0);
}

TEST_F(VerifyProgramTest, AnOlderCheckpointIsExtended) {
  write("old.checkpoint", log_.checkpoint(123));
  const Ran ran = run("bundle bundle.txt --policy policy.txt --since old.checkpoint");
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.text, HasSubstr("extends the older checkpoint (size 123): yes"));
}

TEST_F(VerifyProgramTest, JsonIsOneObject) {
  const Ran ran = run("bundle bundle.txt --policy policy.txt --json");
  EXPECT_EQ(ran.exit, 0);
  const auto report = nlohmann::json::parse(ran.text);
  EXPECT_EQ(report.at("verdict"), "VERIFIED");
  EXPECT_EQ(report.at("range").at("entries"), 600);
  EXPECT_EQ(report.at("log").at("signed"), true);
  EXPECT_TRUE(report.at("findings").empty());
}

TEST_F(VerifyProgramTest, AReceiptIsChecked) {
  LeafHashTiles tiles = log_.tiles();
  write("e.tlog-proof",
        format_tlog_proof({std::nullopt, 5, *inclusion_path(tiles, 5, 600), log_.checkpoint()}));
  write_leaf("leaf.bin", log_.leaves[5]);
  write("leaf.txt", to_base64(log_.leaves[5]) + "\n");
  write_leaf("wrong.bin", log_.leaves[6]);
  EXPECT_EQ(run("entry e.tlog-proof --leaf leaf.bin --policy policy.txt").exit, 0);
  EXPECT_EQ(run("entry e.tlog-proof --leaf leaf.txt --policy policy.txt").exit, 0);
  EXPECT_EQ(run("entry e.tlog-proof --leaf wrong.bin --policy policy.txt").exit, 1);
  EXPECT_EQ(run("entry e.tlog-proof --leaf absent.bin --policy policy.txt").exit, 2);
}

TEST_F(VerifyProgramTest, TwoCheckpointsAreCompared) {
  SampleLog fork = log_;
  fork.leaves[3] = log_.leaves[4];
  LeafHashTiles tiles = log_.tiles();
  std::string proof;
  const HashPath path = *consistency_path(tiles, 300, 600);
  for (const Hash32& hash : path) proof += to_base64(hash) + "\n";
  write("a", log_.checkpoint(300));
  write("b", log_.checkpoint());
  write("fork", fork.checkpoint());
  write("p.txt", proof);
  EXPECT_EQ(run("compare a b --proof p.txt --policy policy.txt").exit, 0);
  EXPECT_EQ(run("compare b fork --policy policy.txt").exit, 1);
  EXPECT_EQ(run("compare a fork --proof p.txt --policy policy.txt").exit, 1);
  EXPECT_EQ(run("compare a b --policy policy.txt").exit, 2);
}

TEST_F(VerifyProgramTest, ALeafIsExplained) {
  write_leaf("leaf.bin", log_.leaves[5]);
  const Ran ran = run("explain leaf.bin");
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.text, HasSubstr("event         RECORD_READ (done)"));
  EXPECT_THAT(ran.text, HasSubstr("purpose       service"));
  EXPECT_THAT(ran.text, HasSubstr("writer        9, number 2"));
  write("leaf.bin", "CDPL and no more");
  EXPECT_EQ(run("explain leaf.bin").exit, 2);
}

TEST_F(VerifyProgramTest, ARecoveryAndAForkAreSaidInWords) {
  SampleLog log(30);
  Leaf told = log.act(7, 15, SampleLog::kStartUs + 100'000);
  told.event = AuditEvent::kLogRecovered;
  told.ext = RecoveredLog{20, 30};
  log.add(told);
  told = log.act(9, 15, SampleLog::kStartUs + 100'000);
  told.event = AuditEvent::kFork;
  told.ext = ForkedLog{31, 1234, Hash32{}};
  log.add(told);
  write("told.txt", log.bundle());
  write("told-policy.txt", log.policy_text());
  write_leaf("recovered.bin", log.leaves[30]);
  write_leaf("fork.bin", log.leaves[31]);
  const std::string back = "the database had gone back to 20 entries; those up to 30 were put back";
  const std::string fork =
      "goes on from 31 entries that the database had; before it the log was signed up to 1 234 "
      "entries with root " +
      to_base64(Hash32{}) + ", and what those had beyond 31 is not here";
  EXPECT_THAT(run("explain recovered.bin").text, HasSubstr("recovered     " + back));
  EXPECT_THAT(run("explain fork.bin").text, HasSubstr("fork          " + fork));
  const Ran text = run("bundle told.txt --policy told-policy.txt");
  EXPECT_EQ(text.exit, 0);
  EXPECT_THAT(text.text, HasSubstr("recovered   entry 30: " + back));
  EXPECT_THAT(text.text, HasSubstr("FORK    entry 31: " + fork));
  const auto json =
      nlohmann::json::parse(run("bundle told.txt --policy told-policy.txt --json").text);
  EXPECT_EQ(json.at("recoveries").at(0).at("entry"), 30);
  EXPECT_EQ(json.at("forks").at(0).at("old_size"), 1234);
  EXPECT_EQ(json.at("forks").at(0).at("old_root"), to_base64(Hash32{}));
}

TEST_F(VerifyProgramTest, WhatCannotBeReadIsNotTampering) {
  EXPECT_EQ(run("bundle absent.txt --policy policy.txt").exit, 2);
  EXPECT_EQ(run("bundle . --policy policy.txt").exit, 2);
  EXPECT_EQ(run("bundle bundle.txt --policy absent.txt").exit, 2);
  write("policy.txt", "log nonsense\nquorum none\n");
  const Ran ran = run("bundle bundle.txt --policy policy.txt");
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.text, HasSubstr("policy.txt:1: "));
}

TEST_F(VerifyProgramTest, ACertificateOfAnErasureIsChecked) {
  const SamplePapers papers;
  write("policy.txt", papers.policy);
  write("log.bundle", papers.bundle);
  write("certificate.json", papers.certificate + "\n");
  const Ran ran = run("erasure certificate.json --policy policy.txt --bundle log.bundle");
  EXPECT_EQ(ran.exit, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("keys destroyed 3   at 2026-"));
  EXPECT_THAT(ran.text, HasSubstr("closed in the log: yes"));
  std::string changed = papers.certificate;
  changed.replace(changed.find("\"acme\""), 6, "\"evil\"");
  write("certificate.json", changed);
  const Ran bad = run("erasure certificate.json --policy policy.txt --json");
  EXPECT_EQ(bad.exit, 1);
  EXPECT_EQ(nlohmann::json::parse(bad.text).at("findings").at(0).at("what"),
            "the text of the certificate is not the one that the log commits to");
  EXPECT_EQ(run("erasure absent.json --policy policy.txt").exit, 2);
}

TEST_F(VerifyProgramTest, TheEvidenceOfAReleaseIsChecked) {
  const SamplePapers papers;
  write("policy.txt", papers.policy);
  write("log.bundle", papers.bundle);
  write("evidence", papers.evidence);
  write("file.csv", papers.delivered);
  const std::string all = "release evidence --policy policy.txt --bundle log.bundle";
  const Ran ran = run(all + " --delivered file.csv");
  EXPECT_EQ(ran.exit, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("matched 9   permitted 3   delivered 2"));
  EXPECT_THAT(ran.text, HasSubstr("file: the one that left   log: tells of it"));
  write("file.csv", papers.delivered + "x");
  const Ran bad = run(all + " --delivered file.csv --json");
  EXPECT_EQ(bad.exit, 1);
  const auto report = nlohmann::json::parse(bad.text);
  EXPECT_EQ(report.at("release").at("file_checked"), false);
  EXPECT_EQ(report.at("release").at("delivered"), 2);
  EXPECT_EQ(run(all + " --delivered absent.csv").exit, 2);
}

TEST_F(VerifyProgramTest, ATimeStampIsChecked) {
  const std::string golden = ASSENT_SOURCE_DIR "/tests/golden/";
  const std::string all = "timestamp '" + golden + "timestamp/log.checkpoint' '" + golden +
                          "timestamp/p256.tsr' --policy '" + golden + "verify/policy.txt'";
  const std::string by_ca = " --tsa-ca '" + golden + "timestamp/ca.pem'";
  const Ran ran = run(all + by_ca);
  EXPECT_EQ(ran.exit, 0) << ran.text;
  EXPECT_THAT(ran.text,
              HasSubstr("stamp   not later than 2026-11-22T09:51:34Z   policy 1.2.3.4.1   "
                        "of this checkpoint   authority proved"));
  EXPECT_THAT(ran.text, HasSubstr("not shown by a time stamp: how long before it"));
  EXPECT_THAT(run(all + by_ca, "ru_RU.UTF-8").text, HasSubstr("ПОДТВЕРЖДЕНО"));
  const Ran unproved = run(all + " --json");
  EXPECT_EQ(unproved.exit, 2);
  const auto report = nlohmann::json::parse(unproved.text);
  EXPECT_EQ(report.at("timestamp").at("authority_proved"), false);
  EXPECT_EQ(report.at("timestamp").at("fits"), true);
  write("other", log_.checkpoint());
  EXPECT_EQ(run("timestamp other '" + golden + "timestamp/p256.tsr'" + by_ca).exit, 1);
  EXPECT_EQ(run("timestamp other absent" + by_ca).exit, 2);
  EXPECT_EQ(run(all + " --tsa-ca absent").exit, 2);
  const std::string bundle = "bundle '" + golden + "verify/log.bundle' --policy '" + golden +
                             "verify/policy.txt' --timestamp '" + golden + "timestamp/rsa.tsr'";
  EXPECT_EQ(run(bundle + by_ca).exit, 3);  // Of what?
  const Ran stamped = run(bundle + by_ca + " --since '" + golden + "timestamp/log.checkpoint'");
  EXPECT_EQ(stamped.exit, 0) << stamped.text;
  EXPECT_THAT(stamped.text, HasSubstr("authority proved"));
}

TEST_F(VerifyProgramTest, WhatTheMachineConfiguresOpensslWithHasNoSay) {
  write("openssl.cnf",
        "openssl_conf = init\n[init]\nproviders = none\n[none]\nnull = on\n"
        "[on]\nactivate = 1\n");
  const std::string golden = ASSENT_SOURCE_DIR "/tests/golden/";
  setenv("OPENSSL_CONF", (folder_ / "openssl.cnf").c_str(), 1);
  const Ran ran = run("timestamp '" + golden + "timestamp/log.checkpoint' '" + golden +
                      "timestamp/p256.tsr' --policy '" + golden + "verify/policy.txt' --tsa-ca '" +
                      golden + "timestamp/ca.pem'");
  unsetenv("OPENSSL_CONF");
  EXPECT_EQ(ran.exit, 0) << ran.text;
}

TEST_F(VerifyProgramTest, WrongUsageIsThree) {
  for (const char* arguments : {"", "unknown", "bundle", "bundle bundle.txt --no-such-option",
                                "entry x", "compare a", "erasure", "release", "timestamp a"}) {
    EXPECT_EQ(run(arguments).exit, 3) << arguments;
  }
}

TEST_F(VerifyProgramTest, HelpTeaches) {
  const Ran ran = run("--help");
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.text, HasSubstr("quorum none"));
  EXPECT_THAT(ran.text, HasSubstr("2  CANNOT TELL"));
}

}  // namespace
}  // namespace assent

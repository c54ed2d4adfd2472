#include "api/entry_text.h"

#include <gtest/gtest.h>

#include "api/entry_query.h"
#include "api/tls_sender.h"

namespace assent {
namespace {

ViewedEntry entry() {
  ViewedEntry viewed{7, {}};
  viewed.leaf.event = AuditEvent::kRecordRead;
  viewed.leaf.time = {1'770'000'000'123'456};
  viewed.leaf.actor_kind = ActorKind::kToken;
  viewed.leaf.purpose = PurposeCode::kService;
  viewed.leaf.result_count = 3;
  return viewed;
}

TEST(EntryTextTest, WhatIsSpecialInCefIsEscaped) {
  const std::string line = entry_cef(entry(), "host=1\\a|b\nc/log1");
  EXPECT_TRUE(line.starts_with("CEF:0|Assent|assent|1|RECORD_READ|RECORD_READ|3|rt=1770000000123 "))
      << line;
  // A pipe is plain in the extension; the equals sign, the backslash and the line end are not.
  EXPECT_NE(line.find("cs1Label=log cs1=host\\=1\\\\a|b\\nc/log1 cs2Label=purpose cs2=service"),
            std::string::npos)
      << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(EntryTextTest, ARefusalWeighsMoreThanARead) {
  ViewedEntry refused = entry();
  refused.leaf.outcome = Outcome::kRefused;
  EXPECT_NE(entry_cef(refused, "log").find("|RECORD_READ|6|"), std::string::npos);
  EXPECT_TRUE(syslog_message(refused, "cdp.example", "x").starts_with("<108>1 "));
}

TEST(EntryTextTest, ForWhomStandsBesideWhoActed) {
  ViewedEntry asked = entry();
  EXPECT_EQ(entry_cef(asked, "log").find("onBehalfOf"), std::string::npos);
  EXPECT_EQ(entry_line(asked).find(" for "), std::string::npos);
  asked.leaf.actor = {*Uuid::parse("11111111-1111-4111-8111-111111111111")};
  asked.leaf.on_behalf_of = {*Uuid::parse("22222222-2222-4222-8222-222222222222")};
  EXPECT_NE(entry_cef(asked, "log").find(" flexString1Label=onBehalfOf flexString1=22222222-"),
            std::string::npos);
  EXPECT_NE(entry_line(asked).find("token 11111111-1111-4111-8111-111111111111 for 22222222-"),
            std::string::npos);
}

TEST(EntryTextTest, ASyslogMessageHasTheSevenFieldsOfItsHeader) {
  EXPECT_EQ(syslog_message(entry(), "cdp.example", "CEF:0|"),
            "<110>1 2026-02-02T02:40:00.123456Z cdp.example assent - RECORD_READ - CEF:0|");
  EXPECT_EQ(syslog_message(entry(), "", "x"),
            "<110>1 2026-02-02T02:40:00.123456Z - assent - RECORD_READ - x");
}

TEST(EntryTextTest, APrunedLogSaysFromWhenOnThereIsOne) {
  const auto catalogue = FieldCatalogue::load(ASSENT_SOURCE_DIR "/policies/fields.yaml");
  ASSERT_TRUE(catalogue.ok());
  EntryPage page{{entry()}, {}, {}, {}};
  EXPECT_EQ(entries_json(page, *catalogue).find("log_begins"), std::string::npos);
  EXPECT_TRUE(entries_csv(page, *catalogue).starts_with("# view, not evidence\n"));
  page.begins = EntryCursor{1'770'000'000'000'000, 768};
  EXPECT_NE(entries_json(page, *catalogue)
                .find(R"("log_begins":{"index":768,"time":"2026-02-02T02:40:00Z"})"),
            std::string::npos);
  EXPECT_TRUE(entries_csv(page, *catalogue)
                  .starts_with("# view, not evidence; the log begins with entry 768 of "
                               "2026-02-02T02:40:00Z\nindex,"));
}

TEST(EntryQueryTest, WhatIsAskedWronglyIsNamed) {
  const auto refused = [](StaticText name, std::string_view value) {
    const auto query = read_entry_query([&](StaticText asked) -> std::optional<std::string_view> {
      if (asked.view() == name.view()) return value;
      return std::nullopt;
    });
    return query.ok() ? "" : query.error().field->text();
  };
  struct Wrong {
    StaticText name;
    std::string_view value;
  };
  static constexpr Wrong kWrong[] = {
      {"from", "yesterday"},    {"actor", "me"}, {"act", "RECORD_WRITTEN"},
      {"purpose", "fun"},       {"object", "1"}, {"outcome", "good"},
      {"object_kind", "thing"}, {"subject", ""}, {"on_behalf_of", "Olga"},
      {"after", "AAAA"},        {"limit", "0"},  {"limit", "1001"},
      {"limit", "ten"}};
  for (const auto& [name, value] : kWrong) {
    EXPECT_EQ(refused(name, value), name.view());
  }
  EXPECT_EQ(refused("act", "RECORD_READ"), "");
}

TEST(EntryQueryTest, APlaceComesBackAsItWasGiven) {
  const EntryCursor place{1'770'000'000'123'456, 4'812'337};
  const auto again = EntryCursor::parse(place.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->time_us, place.time_us);
  EXPECT_EQ(again->index, place.index);
}

TEST(TlsReceiverTest, OnlyATlsAddressWithAPortIsOne) {
  const auto good = parse_receiver("tls://siem.example:6514");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->host, "siem.example");
  EXPECT_EQ(good->port, 6514);
  EXPECT_EQ(parse_receiver("tls://[::1]:6514")->host, "::1");
  for (const char* bad : {"", "tcp://a:1", "tls://a", "tls://:1", "tls://a:0", "tls://a:65536",
                          "tls://a:1/x", "tls://u@a:1", "tls://a/b:1"}) {
    EXPECT_FALSE(parse_receiver(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace assent

#include "identity/email.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace assent {
namespace {

std::string form(std::string_view text) {
  const auto email = normalise_email(text);
  return email.ok() ? std::string(email->reveal()) : "invalid";
}

TEST(EmailTest, WhiteSpaceOfEveryKindIsTrimmedAndCaseFolded) {
  EXPECT_EQ(form(" Zaitsev@Example.com "), "zaitsev@example.com");
  EXPECT_EQ(form("\u00A0anna@example.com\u200B"), "anna@example.com");
  EXPECT_EQ(form("\uFEFFOLGA.S@EXAMPLE.COM\r\n"), "olga.s@example.com");
}

TEST(EmailTest, AnInternationalDomainBecomesItsALabel) {
  EXPECT_EQ(form("rustam@почта.example"), "rustam@xn--80a1acny.example");
  EXPECT_EQ(form("rustam@ПОЧТА.example"), "rustam@xn--80a1acny.example");
  EXPECT_EQ(form("rustam@xn--80a1acny.example"), "rustam@xn--80a1acny.example");
}

TEST(EmailTest, PlusTagsAndDotsAreKept) {
  EXPECT_EQ(form("ivan.petrov+shop@example.com"), "ivan.petrov+shop@example.com");
}

TEST(EmailTest, AnInternationalLocalPartIsKeptInLowerCase) {
  EXPECT_EQ(form("Иван@example.com"), "иван@example.com");
}

// RFC 6532: the local part is the host's own business; that ss is written for ß is not ours to say.
TEST(EmailTest, LocalPartsThatDifferStayTwo) {
  EXPECT_EQ(form("straße@example.com"), "straße@example.com");
  EXPECT_EQ(form("STRAẞE@example.com"), "straße@example.com");
  EXPECT_EQ(form("strasse@example.com"), "strasse@example.com");
  EXPECT_EQ(form("ﬁona@example.com"), "ﬁona@example.com");
  EXPECT_EQ(form("A\u0308rzte@example.com"), "ärzte@example.com");  // As two characters, or one.
}

TEST(EmailTest, ADomainKeepsItsLettersAsUts46Says) {
  EXPECT_EQ(form("a@straße.example"), "a@xn--strae-oqa.example");
  EXPECT_EQ(form("a@STRASSE.example"), "a@strasse.example");
}

// Tags stand in databases: what an address of ASCII becomes never changes.
TEST(EmailTest, TheFormOfAnAsciiAddressIsItsLowerCase) {
  for (const std::string text :
       {"Anna.B+c@Example.COM", "O'Hara_1@x-y.example", "A!#$%&*/=?^`{|}~@b.co"}) {
    std::string lower = text;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    EXPECT_EQ(form(text), lower);
  }
}

TEST(EmailTest, WhatIsNoAddressIsRefused) {
  for (const std::string text : {"not-an-email",
                                 "",
                                 "@example.com",
                                 "a@",
                                 "a@b",
                                 "a b@example.com",
                                 "a@example..com",
                                 ".a@example.com",
                                 "a.@example.com",
                                 "a..b@example.com",
                                 "a@-example.com",
                                 "a@example.com-",
                                 "a@192.168.0.1",
                                 "a@[127.0.0.1]",
                                 "\"a b\"@example.com",
                                 "a@exa_mple.com",
                                 "<a@example.com>",
                                 "a@b@c",
                                 "a,b@example.com",
                                 "=cmd@example.com,",
                                 "a@пример .com",
                                 "a\u200Bb@example.com"}) {
    EXPECT_EQ(form(text), "invalid") << text;
  }
}

TEST(EmailTest, ANulIsNamed) {
  const auto email = normalise_email(std::string_view("anna\0@example.com", 17));
  ASSERT_FALSE(email.ok());
  EXPECT_EQ(email.error().reason.view(), "the e-mail holds a NUL");
}

TEST(EmailTest, LengthsAreThoseOfTheStandard) {
  EXPECT_EQ(form(std::string(64, 'a') + "@example.com"), std::string(64, 'a') + "@example.com");
  EXPECT_EQ(form(std::string(65, 'a') + "@example.com"), "invalid");
  EXPECT_EQ(form("a@" + std::string(64, 'b') + ".com"), "invalid");
  std::string domain;
  for (int i = 0; i < 80; ++i) domain += "abc.";
  EXPECT_EQ(form("a@" + domain + "com"), "invalid");
}

TEST(EmailTest, TheNormalFormIsItsOwn) {
  for (const std::string text : {"Anna@Example.COM", "x@почта.рф", "İ@example.com"}) {
    EXPECT_EQ(form(form(text)), form(text)) << text;
  }
}

}  // namespace
}  // namespace assent

#include "core/text.h"

#include <gtest/gtest.h>

#include <array>

namespace assent {
namespace {

// The language of the process is one for all tests: it goes back to English with each.
class TextTest : public ::testing::Test {
 protected:
  ~TextTest() override { speak(Language::kEnglish); }

  static Language chosen(std::vector<const char*> arguments, std::array<const char*, 3> locale) {
    std::vector<char*> argv;
    for (const char* one : arguments) argv.push_back(const_cast<char*>(one));
    return terminal_language(argv, locale);
  }
};

TEST_F(TextTest, ATextIsSaidInTheLanguageAskedFor) {
  EXPECT_EQ(translate("no such file", Language::kEnglish), "no such file");
  EXPECT_EQ(translate("no such file", Language::kRussian), "файл не найден");
}

TEST_F(TextTest, ATextThatIsNotInTheCatalogueStaysEnglish) {
  EXPECT_EQ(translate("nothing of the kind", Language::kRussian), "nothing of the kind");
  EXPECT_EQ(translate("", Language::kRussian), "");
}

TEST_F(TextTest, ACountDecidesTheForm) {
  speak(Language::kRussian);
  const auto rows = [](std::uint64_t n) { return tr_n("{1} row", "{1} rows", n, n); };
  EXPECT_EQ(rows(1), "1 строка");
  EXPECT_EQ(rows(3), "3 строки");
  EXPECT_EQ(rows(5), "5 строк");
  EXPECT_EQ(rows(11), "11 строк");
  EXPECT_EQ(rows(112), "112 строк");
  EXPECT_EQ(rows(5'000'000'021), "5000000021 строка");
  speak(Language::kEnglish);
  EXPECT_EQ(rows(1), "1 row");
  EXPECT_EQ(rows(0), "0 rows");
}

TEST_F(TextTest, AValueIsPutInAndNotLookedAtAgain) {
  EXPECT_EQ(fill("{2} of {1}", {"{2}", "b"}), "b of {2}");
  EXPECT_EQ(fill("{1} {3} { {", {"a"}), "a {3} { {");
}

TEST_F(TextTest, ATextPutTogetherBeforeIsSaidByItsPattern) {
  constexpr std::array<StaticText, 2> kPatterns = {"size {1} root {2}", "no entry"};
  const auto in_russian = [&](const std::string& english) {
    return translate_like(kPatterns, english, Language::kRussian);
  };
  EXPECT_EQ(in_russian("size 7 root ab+c="), "размер 7 корень ab+c=");
  EXPECT_EQ(in_russian("no entry"), "нет записи");
  EXPECT_EQ(in_russian("no entry here"), "no entry here");
  EXPECT_EQ(in_russian("size 7"), "size 7");
}

TEST_F(TextTest, ALanguageIsKnownByItsPrimarySubtag) {
  for (const char* tag : {"ru", "RU", "ru-RU", "ru_RU.UTF-8", "ru@cyrillic"}) {
    EXPECT_EQ(parse_language(tag), Language::kRussian) << tag;
  }
  EXPECT_EQ(parse_language("en-GB"), Language::kEnglish);
  for (const char* tag : {"", "rus", "de", "C", "POSIX"}) EXPECT_FALSE(parse_language(tag)) << tag;
}

TEST_F(TextTest, TheArgumentDecidesBeforeTheLocale) {
  EXPECT_EQ(chosen({"assent", "--lang", "ru"}, {"en_US.UTF-8", nullptr, nullptr}),
            Language::kRussian);
  EXPECT_EQ(chosen({"assent", "serve", "--lang=en"}, {"ru_RU", "ru_RU", "ru_RU"}),
            Language::kEnglish);
}

TEST_F(TextTest, OfTheLocaleTheFirstThatIsSetDecides) {
  EXPECT_EQ(chosen({"assent"}, {nullptr, nullptr, "ru_RU.UTF-8"}), Language::kRussian);
  EXPECT_EQ(chosen({"assent"}, {"", "ru_RU.UTF-8", "en_US"}), Language::kRussian);
  EXPECT_EQ(chosen({"assent"}, {"C", "ru_RU.UTF-8", "ru_RU.UTF-8"}), Language::kEnglish);
  EXPECT_EQ(chosen({"assent", "--lang"}, {nullptr, nullptr, nullptr}), Language::kEnglish);
}

}  // namespace
}  // namespace assent

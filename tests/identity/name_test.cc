#include "identity/name.h"

#include "decode_fixture.h"

namespace assent {
namespace {

std::string fold(std::string_view name) {
  return std::string(name_fold(name).reveal());
}

const NameCatalogue& names() {
  static const NameCatalogue loaded = *NameCatalogue::load(source_root() / "policies/names.yaml");
  return loaded;
}

bool contradict(std::string_view a, std::string_view b) {
  const bool one_way = names().first_names_contradict(a, b);
  EXPECT_EQ(one_way, names().first_names_contradict(b, a)) << "not symmetric";
  return one_way;
}

TEST(NameFoldTest, OneNameIsOneFoldAcrossScriptsAndSpellings) {
  EXPECT_EQ(fold("Пётр"), fold("Pyotr"));
  EXPECT_EQ(fold("Петр"), fold("Petr"));
  EXPECT_EQ(fold("Сергей"), fold("Sergey"));
  EXPECT_EQ(fold("Дмитрий"), fold("Dmitry"));
  EXPECT_EQ(fold("Мария"), fold("Maria"));
  EXPECT_EQ(fold("Наталья"), fold("Natalia"));
  EXPECT_EQ(fold("Юлия"), fold("Julia"));
  EXPECT_EQ(fold("Щербаков"), fold("Shcherbakov"));
  EXPECT_EQ(fold("Хрущёв"), fold("Khrushchev"));
  EXPECT_EQ(fold("Müller"), fold("Muller"));
  EXPECT_EQ(fold("Мюллер"), fold("Müller"));
  EXPECT_EQ(fold("Lefèvre"), fold("LEFEVRE"));
  EXPECT_EQ(fold("Łukasz"), fold("Lukasz"));
}

TEST(NameFoldTest, PartsOfANameStayApart) {
  EXPECT_EQ(fold("Кузнецова-Орлова"), "kuznekova orlova");
  EXPECT_EQ(fold("  О'Коннор "), fold("OConnor"));
  EXPECT_EQ(fold(""), "");
  EXPECT_EQ(fold("123 !?"), "");
}

TEST(NameFoldTest, ALetterOfTheOtherScriptIsReadAsItsTwin) {
  EXPECT_EQ(fold("Иванoва"), fold("Иванова"));  // A Latin o.
  EXPECT_EQ(fold("Pеter"), fold("Peter"));      // A Cyrillic е.
}

TEST(NameFoldTest, ThePersonFoldDoesNotDependOnTheOrderOfTheName) {
  const auto person = [](auto first, auto last, auto full) {
    return std::string(person_fold(first, last, full).reveal());
  };
  EXPECT_EQ(person("Анна", "Иванова", ""), person("", "", "Иванова Анна"));
  EXPECT_EQ(person("Анна", "Иванова", ""), person("", "", "Анна Сергеевна Иванова"));
  EXPECT_NE(person("Анна", "Иванова", ""), person("Инна", "Иванова", ""));
  EXPECT_EQ(person("", "", ""), "");
}

TEST(JaroWinklerTest, PublishedPairsComeOut) {
  EXPECT_NEAR(jaro_winkler("martha", "marhta"), 0.9611, 0.0001);
  EXPECT_NEAR(jaro_winkler("dixon", "dicksonx"), 0.8133, 0.0001);
  EXPECT_NEAR(jaro_winkler("dwayne", "duane"), 0.8400, 0.0001);
  EXPECT_EQ(jaro_winkler("abc", "xyz"), 0);
  EXPECT_EQ(jaro_winkler("", "a"), 0);
}

TEST(FirstNamesTest, AMissingNameContradictsNothing) {
  EXPECT_FALSE(contradict("", "Анна"));
  EXPECT_FALSE(contradict("", "А."));
  EXPECT_FALSE(contradict("", ""));
}

TEST(FirstNamesTest, AnInitialAgreesOnlyWithANameThatBeginsWithIt) {
  EXPECT_FALSE(contradict("А.", "Анна"));
  EXPECT_TRUE(contradict("А.", "Ольга"));
  EXPECT_TRUE(contradict("Ж", "Анна"));
  EXPECT_TRUE(contradict("М.", "Пётр"));
  EXPECT_TRUE(contradict("Х.", "Пётр"));  // Its sound is silent.
  EXPECT_TRUE(contradict("М.", "И."));
  EXPECT_FALSE(contradict("М.", "M."));
  EXPECT_TRUE(contradict("З.", "Жанна"));
}

TEST(FirstNamesTest, AnInitialMayBeThatOfAnotherFormOrOfTheOtherScript) {
  EXPECT_FALSE(contradict("А.", "Саша"));
  EXPECT_FALSE(contradict("С", "Александр"));
  EXPECT_FALSE(contradict("J.", "Юлия"));
  EXPECT_FALSE(contradict("Ю.", "Julia"));
  EXPECT_FALSE(contradict("Х.", "Hassan"));
  EXPECT_FALSE(contradict("M.", "Мария"));
  EXPECT_TRUE(contradict("С.", "Кристина"));  // Christina is written with a Latin C.
  EXPECT_TRUE(contradict("Е.", "Юлия"));
}

TEST(FirstNamesTest, AnInitialBesideANameIsAPatronymicsAndSaysNothing) {
  EXPECT_FALSE(contradict("Мария И.", "Мария"));
  EXPECT_TRUE(contradict("Мария И.", "Иван"));
  EXPECT_TRUE(contradict("Мария И.", "И."));
  EXPECT_FALSE(contradict("М.И.", "Мария"));
  EXPECT_TRUE(contradict("М.И.", "Иван"));
  EXPECT_TRUE(contradict("Ия", "Анна"));  // Short, and a name all the same.
}

TEST(FirstNamesTest, FormsOfOneNameAgree) {
  EXPECT_FALSE(contradict("Александр", "Саша"));
  EXPECT_FALSE(contradict("Мария", "Маша"));
  EXPECT_FALSE(contradict("Maria", "Маша"));
  EXPECT_FALSE(contradict("William", "Bill"));
  EXPECT_FALSE(contradict("Михаил", "Michael"));
  EXPECT_FALSE(contradict("Пётр", "Petr"));
  EXPECT_FALSE(contradict("Анна Мария", "Анна"));
}

TEST(FirstNamesTest, AMistypedNameAgrees) {
  EXPECT_FALSE(contradict("Екатерина", "Екатерна"));
  EXPECT_FALSE(contradict("Александр", "Алексндр"));
  EXPECT_FALSE(contradict("Jürgen", "Juergn"));
}

TEST(FirstNamesTest, RelativesWhoShareAContactPointContradict) {
  EXPECT_TRUE(contradict("Ольга", "Михаил"));
  EXPECT_TRUE(contradict("Анна", "Инна"));
  EXPECT_TRUE(contradict("Мария", "Марина"));
  EXPECT_TRUE(contradict("Александр", "Александра"));
  EXPECT_TRUE(contradict("Евгений", "Евгения"));
  EXPECT_TRUE(contradict("Иван", "Пётр"));
  EXPECT_TRUE(contradict("John", "Jane"));
  EXPECT_TRUE(contradict("Hans", "Olga"));
}

// What an index of tags answers must be what linking says.
bool meet(std::string_view erased, std::string_view row) {
  const auto marks = names().marks(erased);
  const auto asks = names().asks(row);
  return std::any_of(asks.begin(), asks.end(), [&](const std::string& word) {
    return std::find(marks.begin(), marks.end(), word) != marks.end();
  });
}

TEST(NameIndexTest, ItMeetsExactlyThoseWhoDoNotContradict) {
  const std::vector<std::string> all = {
      "Анна",      "Аня",        "Anna",      "А.",        "A",          "Мария",  "Мария Ивановна",
      "Мария И.",  "М.",         "М.И.",      "Маша",      "Марина",     "Иван",   "Пётр",
      "Petr",      "Саша",       "С.",        "Александр", "Александра", "Юлия",   "J.",
      "Екатерина", "Екатерна",   "Katya",     "Борис",     "Х.",         "Hassan", "Хасан",
      "Ия",        "Анна Мария", "Dietlinde", "Dora",      "Jürgen",     "Juergn", "D."};
  for (const std::string& one : all) {
    for (const std::string& other : all) {
      EXPECT_EQ(meet(one, other), !contradict(one, other)) << one << " / " << other;
    }
  }
}

TEST(NameIndexTest, AMissingNameHasNoWords) {
  EXPECT_TRUE(names().marks("").empty());
  EXPECT_TRUE(names().asks(" - ").empty());
}

TEST(NameIndexTest, RareNamesMeetWithinTwoSlips) {
  EXPECT_TRUE(meet("Dietlinde", "Dietlnde"));
  EXPECT_TRUE(meet("Dietlinde", "Ditelinde"));
  EXPECT_FALSE(meet("Dietlinde", "Wolfram"));
}

}  // namespace
}  // namespace assent

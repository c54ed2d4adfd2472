#include <unicode/unistr.h>

#include <algorithm>
#include <iterator>

#include "decode_fixture.h"
#include "identity/decode/single_byte.h"

namespace assent {
namespace {

std::optional<Encoding> detect(std::string_view text, std::size_t chunk = 7) {
  EncodingDetector detector;
  for (std::size_t at = 0; at < text.size(); at += chunk) detector.add(text.substr(at, chunk));
  const auto encoding = detector.finish();
  return encoding.ok() ? std::optional(*encoding) : std::nullopt;
}

// The text in an encoding of one byte, with ? for what it does not have.
std::string encoded(std::string_view utf8, Encoding encoding) {
  const HighHalf& half = high_half(encoding);
  std::string bytes;
  const auto text = icu::UnicodeString::fromUTF8({utf8.data(), static_cast<int32_t>(utf8.size())});
  for (std::int32_t i = 0; i < text.length(); ++i) {
    const char32_t c = text[i];
    const auto found = std::ranges::find(half, c);
    const bool ascii = c < 0x80;
    bytes += ascii                 ? static_cast<char>(c)
             : found == half.end() ? '?'
                                   : static_cast<char>(0x80 + (found - half.begin()));
  }
  return bytes;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<Position> malformed(std::string_view text) {
  EncodingDetector detector;
  detector.add(text);
  (void)detector.finish().ok();
  return detector.malformed();
}

std::string decoded(std::string_view bytes, Encoding encoding, std::size_t chunk = 3) {
  auto stream = decode_stream(open_memory(bytes, chunk), encoding);
  std::string text;
  char buffer[5];
  for (;;) {
    auto got = stream->read(buffer);
    EXPECT_TRUE(got.ok());
    if (*got == 0) return text;
    text.append(buffer, *got);
  }
}

TEST(EncodingTest, AByteOrderMarkDecides) {
  EXPECT_EQ(detect("\xEF\xBB\xBFid"), Encoding::kUtf8);
  EXPECT_EQ(detect(std::string_view("\xFF\xFEi\0d\0", 6)), Encoding::kUtf16Le);
  EXPECT_EQ(detect(std::string_view("\xFE\xFF\0i\0d", 6)), Encoding::kUtf16Be);
  EXPECT_EQ(detect(std::string_view("\xFF\xFE\0\0i\0\0\0", 8)), Encoding::kUtf32Le);
  EXPECT_EQ(detect(std::string_view("\0\0\xFE\xFF\0\0\0i", 8)), Encoding::kUtf32Be);
}

TEST(EncodingTest, CyrillicWordsInSingleBytesAreWindows1251) {
  EXPECT_EQ(detect("id,name\n1,\xC0\xED\xED\xE0 \xC8\xE2\xE0\xED\xEE\xE2\xE0\n"),
            Encoding::kWindows1251);
}

TEST(EncodingTest, EveryEncodingOfCyrillicIsToldFromTheOthersByItsLetters) {
  const std::string export_of_a_crm =
      text_of(source_root() / "tests/golden/connectors/amocrm/amocrm_export_contacts_utf8.csv");
  for (const std::string& text :
       {export_of_a_crm, std::string("id,name\n1,Анна Иванова\n"),
        std::string("id,имя\n1,анна иванова\n2,олег\n"),
        std::string("ID;ФАМИЛИЯ\n1;ЩУКИНА\n2;ЮРЬЕВ\n"), std::string("id,город\n1,Київ\n2,Львів\n"),
        std::string("id,name\n1,Ёлкина Юлия Эдуардовна\n")}) {
    for (const Encoding encoding : kSingleByteEncodings) {
      const std::string bytes = encoded(text, encoding);
      const auto told = detect(bytes);
      ASSERT_TRUE(told.has_value()) << text.substr(0, 60) << static_cast<int>(encoding);
      // The same encoding, or one in which these very bytes say the same.
      EXPECT_EQ(decoded(bytes, *told), decoded(bytes, encoding)) << text.substr(0, 60);
    }
  }
}

TEST(EncodingTest, Koi8IsRead) {
  const std::string bytes = encoded("id,имя\n1,Анна Ёлкина\n2,Київ\n", Encoding::kKoi8);
  EXPECT_EQ(detect(bytes), Encoding::kKoi8);
  EXPECT_EQ(decoded(bytes, Encoding::kKoi8), "id,имя\n1,Анна Ёлкина\n2,Київ\n");
  EXPECT_EQ(decoded("\xE1\xCE\xCE\xC1", Encoding::kKoi8), "Анна");
}

TEST(EncodingTest, CyrillicThatMayBeReadInTwoWaysIsNotGuessed) {
  // One word of two letters: "ну" in windows-1251, "МС" in KOI8-R.
  EncodingDetector detector;
  detector.add("id,name\n1,\xED\xF3\n");
  const auto refused = detector.finish();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().reason.view().find("save it as UTF-8"), std::string_view::npos);
}

TEST(EncodingTest, BytesThatMakeNoWordsInAnyEncodingAreBadBytesOfTheirRows) {
  EXPECT_EQ(detect("id;name\n1;\x98\xFF\xFE;x\n2;Anna\n"), Encoding::kUtf8);
  EXPECT_EQ(detect("id,name\n1,\xB0\xB2\xA4\xA3\xA5\xAA\n"), Encoding::kUtf8);  // Of GBK.
}

TEST(EncodingTest, WhatTheMappingSaysCountsUnlessAMarkContradicts) {
  EncodingDetector detector;
  detector.add("id,name\n1,\xED\xF3\n");
  EXPECT_EQ(*detector.finish(Encoding::kKoi8), Encoding::kKoi8);
  EncodingDetector marked;
  marked.add("\xEF\xBB\xBFid\n");
  EXPECT_EQ(*marked.finish(Encoding::kKoi8), Encoding::kUtf8);
  EXPECT_EQ(parse_encoding("koi8-r"), Encoding::kKoi8);
  EXPECT_EQ(parse_encoding("windows-1251"), Encoding::kWindows1251);
  EXPECT_EQ(parse_encoding("KOI"), std::nullopt);
}

TEST(EncodingTest, TextWithoutABadByteIsUtf8) {
  EXPECT_EQ(detect("id,name\n1,Анна Иванова\n2,Jürgen\n"), Encoding::kUtf8);
  EXPECT_EQ(detect("id,name\n1,Anna\n"), Encoding::kUtf8);
}

TEST(EncodingTest, ABadByteInUtf8IsNoReasonToReadItAsAnotherEncoding) {
  EXPECT_EQ(detect("Анна Иванова \xC0\xED\n"), Encoding::kUtf8);
}

TEST(EncodingTest, LatinLettersWithMarksAreNotTakenForCyrillic) {
  EXPECT_EQ(detect("id,name\n1,Chlo\xE9 Lef\xE8vre\n2,J\xFCrgen\n"), Encoding::kUtf8);
}

TEST(EncodingTest, Utf16WithoutItsMarkIsNotGuessed) {
  EXPECT_EQ(detect(std::string_view("i\0d\0,\0n\0", 8)), std::nullopt);
}

TEST(EncodingTest, TheFirstBadByteIsToldByLineAndByte) {
  EXPECT_EQ(malformed("ab\nc\xFF"
                      "d\n"),
            (Position{2, 2}));
  EXPECT_EQ(malformed("ab\nж\xD0\n"), (Position{2, 3}));
  EXPECT_EQ(malformed("a\xD0"), (Position{1, 2}));
  EXPECT_EQ(malformed("жжж"), std::nullopt);
}

TEST(EncodingTest, OverlongFormsSurrogatesAndWhatLiesBeyondUnicodeAreMalformed) {
  EXPECT_EQ(first_malformed("ab\xC0\xAF"), 2U);
  EXPECT_EQ(first_malformed("\xED\xA0\x80"), 0U);
  EXPECT_EQ(first_malformed("\xF4\x90\x80\x80"), 0U);
  EXPECT_EQ(first_malformed("12345678ж\xE0\x9F\xBF"), 10U);
  EXPECT_EQ(first_malformed("абв😀 and ascii that is long enough"), std::nullopt);
}

TEST(EncodingTest, Windows1251BecomesUtf8) {
  EXPECT_EQ(decoded("\xA8\xEB\xEA\xE8 \xB9\x31 \xAB\xFF\xBB", Encoding::kWindows1251),
            "Ёлки №1 «я»");
}

TEST(EncodingTest, Utf16BecomesUtf8WithItsSurrogatePairs) {
  EXPECT_EQ(
      decoded(std::string_view("\xFF\xFEi\0\x16\x04\x3D\xD8\x00\xDE", 10), Encoding::kUtf16Le),
      "iЖ😀");
  EXPECT_EQ(
      decoded(std::string_view("\xFE\xFF\0i\x04\x16\xD8\x3D\xDE\x00", 10), Encoding::kUtf16Be),
      "iЖ😀");
}

TEST(EncodingTest, Utf32BecomesUtf8) {
  const std::string le("\xFF\xFE\0\0i\0\0\0\x16\x04\0\0\0\xF6\x01\0", 16);
  const std::string be("\0\0\xFE\xFF\0\0\0i\0\0\x04\x16\0\x01\xF6\0", 16);
  EXPECT_EQ(decoded(le, Encoding::kUtf32Le), "iЖ😀");
  EXPECT_EQ(decoded(be, Encoding::kUtf32Be), "iЖ😀");
  // A surrogate, a code beyond Unicode and half a unit are no characters.
  EXPECT_EQ(decoded(std::string_view("\0\xD8\0\0", 4), Encoding::kUtf32Le), "\xFF");
  EXPECT_EQ(decoded(std::string_view("\0\0\x11\0", 4), Encoding::kUtf32Le), "\xFF");
  EXPECT_EQ(decoded(std::string_view("i\0\0\0x\0", 6), Encoding::kUtf32Le), "i\xFF");
}

TEST(EncodingTest, WhatAnEncodingDoesNotDefineIsNotUtf8Either) {
  EXPECT_EQ(decoded("a\x98"
                    "b",
                    Encoding::kWindows1251),
            "a\xFF"
            "b");
  EXPECT_EQ(decoded(std::string_view("\x3D\xD8i\0", 4), Encoding::kUtf16Le), "\xFFi");
  EXPECT_EQ(decoded(std::string_view("i\0x", 3), Encoding::kUtf16Le), "i\xFF");
}

TEST(EncodingTest, AMarkIsNotPartOfTheText) {
  EXPECT_EQ(decoded("\xEF\xBB\xBF\"ID\"", Encoding::kUtf8, 1), "\"ID\"");
  EXPECT_EQ(decoded("ab", Encoding::kUtf8, 1), "ab");
}

}  // namespace
}  // namespace assent

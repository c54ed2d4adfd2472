#include "decode_fixture.h"

namespace assent {
namespace {

std::optional<Encoding> detect(std::string_view text, std::size_t chunk = 7) {
  EncodingDetector detector;
  for (std::size_t at = 0; at < text.size(); at += chunk) detector.add(text.substr(at, chunk));
  return detector.finish();
}

std::optional<Position> malformed(std::string_view text) {
  EncodingDetector detector;
  detector.add(text);
  detector.finish();
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
}

TEST(EncodingTest, CyrillicWordsInSingleBytesAreWindows1251) {
  EXPECT_EQ(detect("id,name\n1,\xC0\xED\xED\xE0 \xC8\xE2\xE0\xED\xEE\xE2\xE0\n"),
            Encoding::kWindows1251);
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

#include "audit/line_base64.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace assent {
namespace {

// What core's decoder says, this one must say too.
void expect_like_core(const std::string& text) {
  const auto expected = from_base64(text);
  Bytes found;
  ASSERT_EQ(decode_line_base64(text, found), expected.has_value()) << text;
  if (expected) {
    EXPECT_EQ(found, *expected) << text;
  }
}

TEST(LineBase64Test, EveryByteInEveryPlaceIsJudgedAsByCore) {
  for (const std::string good : {"AAECAwQF", "AAECAwQ=", "AAECAw==", ""}) {
    expect_like_core(good);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = good;
        changed[at] = static_cast<char>(byte);
        expect_like_core(changed);
      }
    }
  }
}

RC_GTEST_PROP(LineBase64Property, BytesComeBack, (const Bytes& bytes)) {
  Bytes found;
  RC_ASSERT(decode_line_base64(to_base64(bytes), found));
  RC_ASSERT(found == bytes);
}

RC_GTEST_PROP(LineBase64Property, AnyTextIsJudgedAsByCore, (const std::string& text)) {
  Bytes found;
  RC_ASSERT(decode_line_base64(text, found) == from_base64(text).has_value());
}

}  // namespace
}  // namespace assent

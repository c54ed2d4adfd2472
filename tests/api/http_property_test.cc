#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "api/json.h"
#include "api/query.h"

namespace assent {
namespace {

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 0x0f];
  }
  return out;
}

rc::Gen<std::string> printable() {
  return rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7f));
}

RC_GTEST_PROP(TargetProperty, WhatIsEncodedIsReadBack, ()) {
  const std::string segment = *rc::gen::suchThat(printable(), [](const std::string& text) {
    return !text.empty() && text != "." && text != ".." && text.find('/') == std::string::npos;
  });
  const std::string value = *printable();
  const auto target =
      parse_target("/v1/" + percent_encoded(segment) + "?key=" + percent_encoded(value));
  RC_ASSERT(target.ok());
  RC_ASSERT(target->path == "/v1/" + segment);
  RC_ASSERT(target->query.get("key") == value);
}

RC_GTEST_PROP(TargetProperty, WhateverIsTakenHasNoControlsDotsOrEmptySegments,
              (const std::string& noise)) {
  const auto target = parse_target("/" + noise);
  if (!target.ok()) return;
  const std::string path = target->path + "/";
  RC_ASSERT(std::none_of(path.begin(), path.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
  RC_ASSERT(path.find("/../") == std::string::npos);
  RC_ASSERT(path.find("/./") == std::string::npos);
  RC_ASSERT(target->path == "/" || path.find("//") == std::string::npos);
}

RC_GTEST_PROP(JsonProperty, WhatIsWrittenIsReadBack, ()) {
  const std::string value = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 0x7f));
  const auto number = *rc::gen::arbitrary<std::int64_t>();
  JsonWriter out;
  out.begin_object().key("text").text(value).key("number").integer(number).end_object();
  JsonReader in(out.take());
  RC_ASSERT(in.text("text", value.size()) == value);
  RC_ASSERT(in.integer("number", INT64_MIN, INT64_MAX) == number);
  RC_ASSERT(in.finish().ok());
}

RC_GTEST_PROP(JsonProperty, NoiseIsRefusedNotObeyed, (const std::string& noise)) {
  JsonReader in(noise);
  in.text("field");
  RC_ASSERT(!in.finish().ok());
}

}  // namespace
}  // namespace assent

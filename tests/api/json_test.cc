#include "api/json.h"

#include <gtest/gtest.h>

namespace assent {
namespace {

// The error a reader of {"name": text, "age": 0..150} ends with.
std::optional<Error> read_person(std::string_view json) {
  JsonReader in(json);
  in.text("name", 10);
  in.optional_integer("age", 0, 150);
  const Status read = in.finish();
  return read.ok() ? std::nullopt : std::optional(read.error());
}

std::string field_of(const std::optional<Error>& error) {
  return error && error->field ? error->field->text() : "";
}

TEST(JsonReaderTest, AllFieldsOfTheContractAreRead) {
  JsonReader in(R"({"t":"ж\n","p":"secret","i":-7,"b":true,"l":["x","y"],"o":{"k":"v"},
                    "a":[{"k":"1"},{"k":"2"}],"none":null})");
  EXPECT_EQ(in.text("t"), "ж\n");
  EXPECT_EQ(in.personal("p").reveal(), "secret");
  EXPECT_EQ(in.integer("i", -10, 10), -7);
  EXPECT_TRUE(in.boolean("b"));
  EXPECT_EQ(in.texts("l"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(in.object("o").text("k"), "v");
  auto items = in.objects("a");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].text("k") + items[1].text("k"), "12");
  EXPECT_EQ(in.optional_text("none"), std::nullopt);
  EXPECT_EQ(in.optional_text("absent"), std::nullopt);
  EXPECT_TRUE(in.finish().ok());
}

TEST(JsonReaderTest, AMissingFieldIsNamed) {
  EXPECT_EQ(field_of(read_person(R"({"age":3})")), "name");
  EXPECT_EQ(field_of(read_person(R"({"name":null})")), "name");
}

TEST(JsonReaderTest, AWrongTypeOrRangeIsNamed) {
  EXPECT_EQ(field_of(read_person(R"({"name":7})")), "name");
  EXPECT_EQ(field_of(read_person(R"({"name":"elevenchars"})")), "name");
  EXPECT_EQ(field_of(read_person(R"({"name":"a","age":151})")), "age");
  EXPECT_EQ(field_of(read_person(R"({"name":"a","age":1.0})")), "age");
  EXPECT_EQ(field_of(read_person(R"({"name":"a","age":"3"})")), "age");
  EXPECT_EQ(field_of(read_person(R"({"name":"a","age":18446744073709551615})")), "age");
}

TEST(JsonReaderTest, AnUnknownFieldIsRefusedWithoutRepeatingIt) {
  const auto error = read_person(R"({"name":"a","anna@example.org":1})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kInvalid);
  EXPECT_EQ(field_of(error), "");
}

TEST(JsonReaderTest, AnUnknownFieldInANestedObjectIsRefused) {
  for (const auto* json : {R"({"o":{"k":"v","x":1},"a":[]})", R"({"o":{"k":"v"},"a":[{"x":1}]})"}) {
    JsonReader in(json);
    in.object("o").text("k");
    in.objects("a");
    EXPECT_FALSE(in.finish().ok()) << json;
  }
}

TEST(JsonReaderTest, ADuplicateKeyIsRefused) {
  EXPECT_TRUE(read_person(R"({"name":"a","name":"b"})"));
  EXPECT_TRUE(read_person(R"({"name":"a","n\u0061me":"b"})"));
}

TEST(JsonReaderTest, WhatIsNotJsonIsRefusedWithItsPosition) {
  const auto error = read_person("{\n  \"name\": oops}");
  ASSERT_TRUE(error && error->position);
  EXPECT_EQ(error->position->line, 2U);
  EXPECT_EQ(error->position->column, 11U);
  for (const auto* json : {"", "{", "[]", "7", "{}x", "{\"name\":\"\xff\"}", "{'name':'a'}",
                           "{\"name\":\"a\",}", "\"name\"", "null"}) {
    EXPECT_TRUE(read_person(json)) << json;
  }
}

TEST(JsonReaderTest, DeepAndWideInputIsTooLarge) {
  const std::string deep = R"({"name":)" + std::string(100'000, '[');
  ASSERT_TRUE(read_person(deep));
  EXPECT_EQ(read_person(deep)->code, ErrorCode::kTooLarge);
  std::string wide = R"({"name":[0)";
  for (std::size_t i = 0; i < JsonReader::kNodesMax; ++i) wide += ",0";
  EXPECT_EQ(read_person(wide + "]}")->code, ErrorCode::kTooLarge);
}

TEST(JsonReaderTest, ACallersOwnRefusalNamesTheField) {
  JsonReader in(R"({"purpose":"spam"})");
  in.text("purpose");
  in.refuse("purpose", "the purpose is not registered");
  const Status read = in.finish();
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(field_of(read.error()), "purpose");
}

TEST(JsonReaderTest, ABodyMustSayThatItIsJson) {
  Request request;
  request.body = Plaintext("{}");
  EXPECT_FALSE(JsonReader(request).finish().ok());
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  EXPECT_TRUE(JsonReader(request).finish().ok());
}

TEST(JsonReaderTest, TheMediaTypeIsWrittenInAnyCase) {
  const auto accepted = [](std::string_view type) {
    Request request;
    request.body = Plaintext("{}");
    request.headers.add("Content-Type", type);
    return JsonReader(request).finish().ok();
  };
  EXPECT_TRUE(accepted("Application/JSON; charset=UTF-8"));
  EXPECT_TRUE(accepted("application/json ;charset=utf-8"));
  EXPECT_FALSE(accepted("application/jsonp"));
  EXPECT_FALSE(accepted("text/json"));
  EXPECT_FALSE(accepted(""));
}

TEST(JsonWriterTest, CommasAndEscapesAreTheWritersBusiness) {
  JsonWriter out;
  out.begin_object().key("a").integer(-1).key("b").begin_array().text("x\"\n").null();
  out.begin_object().end_object().boolean(true).end_array().key("c").text("ж").end_object();
  EXPECT_EQ(out.take(), R"({"a":-1,"b":["x\"\n",null,{},true],"c":"ж"})");
}

}  // namespace
}  // namespace assent

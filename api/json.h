#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "core/plaintext.h"
#include "core/result.h"
#include "core/static_text.h"

namespace assent {

struct JsonNode;

// Reads a JSON object strictly. Ask for every field of the contract, then call finish() before
// using any of the values:
//
//   JsonReader in(request);
//   const auto purpose = in.text("purpose");
//   const auto days = in.optional_integer("days", 1, 365);
//   if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
//
// The first thing that is wrong is what finish() reports; getters after it return empty values. A
// field's name must be one of ours (a literal of the contract), for the error names it; a field the
// contract does not know is an error that cannot name it. Not thread-safe.
class JsonReader {
 public:
  static constexpr std::size_t kDepthMax = 32;
  static constexpr std::size_t kNodesMax = 100'000;
  static constexpr std::size_t kTextBytesMax = 1'024;
  static constexpr std::size_t kItemsMax = 1'000;

  // The body of a request whose Content-Type is application/json.
  explicit JsonReader(const Request& request);
  // Any text: UTF-8, one object, no duplicate keys, within kDepthMax and kNodesMax.
  explicit JsonReader(std::string_view json);

  // Required fields. Null counts as missing.
  std::string text(StaticText field, std::size_t bytes_max = kTextBytesMax);
  Plaintext personal(StaticText field, std::size_t bytes_max = kTextBytesMax);
  std::int64_t integer(StaticText field, std::int64_t min, std::int64_t max);
  bool boolean(StaticText field);
  std::vector<std::string> texts(StaticText field, std::size_t items_max = kItemsMax);
  // Nested objects share this reader's error and are covered by its finish().
  JsonReader object(StaticText field);
  std::vector<JsonReader> objects(StaticText field, std::size_t items_max = kItemsMax);

  // Fields that may be missing or null.
  std::optional<std::string> optional_text(StaticText field, std::size_t bytes_max = kTextBytesMax);
  std::optional<std::int64_t> optional_integer(StaticText field, std::int64_t min,
                                               std::int64_t max);
  std::optional<bool> optional_boolean(StaticText field);
  std::optional<JsonReader> optional_object(StaticText field);

  // Records a refusal of the caller's own about `field` (an unknown purpose, a date that is none).
  void refuse(StaticText field, StaticText reason);

  // kInvalid: not JSON (with line and column), not an object, a key twice, a field missing, of the
  // wrong type or out of range (with its name), a field that was never asked for. kTooLarge: deeper
  // or with more values than the limits.
  Status finish();

 private:
  struct Document;
  JsonReader(std::shared_ptr<Document> document, JsonNode* object);
  // The node of `field`, marked as read; nullptr when missing or null.
  JsonNode* find(StaticText field);
  JsonNode* require(StaticText field);
  bool failed() const;

  std::shared_ptr<Document> document_;
  JsonNode* object_;
};

// Writes one JSON value piece by piece. The caller balances begin and end; commas are the writer's.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view utf8);
  JsonWriter& text(std::string_view utf8);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  std::string take() { return std::move(out_); }

 private:
  JsonWriter& value(std::string_view json);
  void separate();
  std::string out_;
};

}  // namespace assent

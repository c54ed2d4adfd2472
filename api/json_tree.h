#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/plaintext.h"
#include "core/result.h"

// Private to the room: what JsonReader walks, so that the JSON library stays in json_tree.cc.
namespace assent {

// Floating-point numbers are kNumber: checked as JSON, readable by no getter.
enum class JsonKind { kNull, kBoolean, kInteger, kNumber, kText, kArray, kObject };

struct JsonMember;

struct JsonNode {
  JsonNode();
  JsonNode(JsonNode&& other) noexcept;
  JsonNode& operator=(JsonNode&& other) noexcept;
  ~JsonNode();  // Overwrites `text`: it may be personal data.

  JsonKind kind = JsonKind::kNull;
  std::int64_t integer = 0;  // Of a kBoolean too.
  std::string text;
  std::vector<JsonNode> items;
  std::vector<JsonMember> members;
  bool visited = false;  // Somebody looks inside, so everything inside must be asked for.
};

struct JsonMember {
  std::string name;
  JsonNode value;
  bool read = false;
};

// kInvalid with line and column when it is not JSON or has a key twice in one object; kTooLarge
// past a limit.
Result<JsonNode> parse_json(std::string_view json, std::size_t depth_max, std::size_t nodes_max);

}  // namespace assent

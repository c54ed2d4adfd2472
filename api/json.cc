#include "api/json.h"

#include <algorithm>
#include <limits>

#include "core/json_text.h"
#include "json_tree.h"

namespace assent {
namespace {

Error about(StaticText field, StaticText reason) {
  // A field of the HTTP contract is a literal of ours, as a catalogue's name is.
  return Error{.code = ErrorCode::kInvalid,
               .reason = reason,
               .field = CatalogueName::from_policy(std::string(field.view()))};
}

bool all_read(const JsonNode& node) {
  const auto read = [](const JsonMember& member) { return member.read && all_read(member.value); };
  return !node.visited || (std::all_of(node.members.begin(), node.members.end(), read) &&
                           std::all_of(node.items.begin(), node.items.end(), all_read));
}

bool is_json(const Request& request) {
  const auto header = request.headers.find("Content-Type").value_or("");
  const auto type = header.substr(0, header.find(';'));  // Blanks may stand before the parameters.
  return same_word(type.substr(0, type.find_last_not_of(" \t") + 1), "application/json");
}

}  // namespace

struct JsonReader::Document {
  JsonNode root;
  std::optional<Error> error;
};

JsonReader::JsonReader(std::shared_ptr<Document> document, JsonNode* object)
    : document_(std::move(document)), object_(object) {
  if (object_ != nullptr) object_->visited = true;
}

JsonReader::JsonReader(std::string_view json)
    : document_(std::make_shared<Document>()), object_(nullptr) {
  auto root = parse_json(json, kDepthMax, kNodesMax);
  if (!root.ok()) {
    document_->error = root.error();
  } else if (root->kind != JsonKind::kObject) {
    document_->error = Error{ErrorCode::kInvalid, "the body is not a JSON object"};
  } else {
    document_->root = std::move(*root);
    object_ = &document_->root;
    object_->visited = true;
  }
}

JsonReader::JsonReader(const Request& request)
    : JsonReader(is_json(request) ? request.body.reveal() : std::string_view("{}")) {
  if (!is_json(request)) {
    document_->error = Error{ErrorCode::kInvalid, "the Content-Type is not application/json"};
  }
}

bool JsonReader::failed() const {
  return document_->error.has_value();
}

void JsonReader::refuse(StaticText field, StaticText reason) {
  if (!failed()) document_->error = about(field, reason);
}

JsonNode* JsonReader::find(StaticText field) {
  if (failed() || object_ == nullptr) return nullptr;
  for (JsonMember& member : object_->members) {
    if (member.name != field.view()) continue;
    member.read = true;
    return member.value.kind == JsonKind::kNull ? nullptr : &member.value;
  }
  return nullptr;
}

JsonNode* JsonReader::require(StaticText field) {
  JsonNode* node = find(field);
  if (node == nullptr) refuse(field, "a required field is missing");
  return node;
}

std::optional<std::string> JsonReader::optional_text(StaticText field, std::size_t bytes_max) {
  const JsonNode* node = find(field);
  if (node == nullptr) return std::nullopt;
  if (node->kind != JsonKind::kText) {
    refuse(field, "a field is not a string");
  } else if (node->text.size() > bytes_max) {
    refuse(field, "a field is longer than its limit");
  } else {
    return node->text;
  }
  return std::nullopt;
}

std::string JsonReader::text(StaticText field, std::size_t bytes_max) {
  return require(field) == nullptr ? "" : optional_text(field, bytes_max).value_or("");
}

Plaintext JsonReader::personal(StaticText field, std::size_t bytes_max) {
  std::string copy = text(field, bytes_max);
  Plaintext out(copy);
  wipe(copy.data(), copy.size());
  return out;
}

std::optional<std::int64_t> JsonReader::optional_integer(StaticText field, std::int64_t min,
                                                         std::int64_t max) {
  const JsonNode* node = find(field);
  if (node == nullptr) return std::nullopt;
  if (node->kind != JsonKind::kInteger) {
    refuse(field, "a field is not a whole number");
  } else if (node->integer < min || node->integer > max) {
    refuse(field, "a number is outside its range");
  } else {
    return node->integer;
  }
  return std::nullopt;
}

std::int64_t JsonReader::integer(StaticText field, std::int64_t min, std::int64_t max) {
  return require(field) == nullptr ? 0 : optional_integer(field, min, max).value_or(0);
}

std::optional<bool> JsonReader::optional_boolean(StaticText field) {
  const JsonNode* node = find(field);
  if (node == nullptr) return std::nullopt;
  if (node->kind == JsonKind::kBoolean) return node->integer != 0;
  refuse(field, "a field is neither true nor false");
  return std::nullopt;
}

bool JsonReader::boolean(StaticText field) {
  return require(field) != nullptr && optional_boolean(field).value_or(false);
}

std::optional<JsonReader> JsonReader::optional_object(StaticText field) {
  JsonNode* node = find(field);
  if (node == nullptr) return std::nullopt;
  if (node->kind != JsonKind::kObject) {
    refuse(field, "a field is not an object");
    return std::nullopt;
  }
  return JsonReader(document_, node);
}

JsonReader JsonReader::object(StaticText field) {
  if (require(field) == nullptr) return JsonReader(document_, nullptr);
  return optional_object(field).value_or(JsonReader(document_, nullptr));
}

std::vector<JsonReader> JsonReader::objects(StaticText field, std::size_t items_max) {
  std::vector<JsonReader> out;
  JsonNode* node = require(field);
  if (node == nullptr) return out;
  if (node->kind != JsonKind::kArray || node->items.size() > items_max) {
    refuse(field, "a field is not an array within its limit");
    return out;
  }
  node->visited = true;
  for (JsonNode& item : node->items) {
    if (item.kind != JsonKind::kObject) {
      refuse(field, "an item is not an object");
      return {};
    }
    out.push_back(JsonReader(document_, &item));
  }
  return out;
}

std::vector<std::string> JsonReader::texts(StaticText field, std::size_t items_max) {
  std::vector<std::string> out;
  const JsonNode* node = require(field);
  if (node == nullptr) return out;
  if (node->kind != JsonKind::kArray || node->items.size() > items_max) {
    refuse(field, "a field is not an array within its limit");
    return out;
  }
  for (const JsonNode& item : node->items) {
    if (item.kind != JsonKind::kText || item.text.size() > kTextBytesMax) {
      refuse(field, "an item is not a string within its limit");
      return {};
    }
    out.push_back(item.text);
  }
  return out;
}

Status JsonReader::finish() {
  if (failed()) return *document_->error;
  if (!all_read(document_->root)) {
    return Error{ErrorCode::kInvalid, "the body has a field that is not in the contract"};
  }
  return Unit{};
}

void JsonWriter::separate() {
  if (out_.empty()) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

JsonWriter& JsonWriter::value(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::begin_object() {
  return value("{");
}
JsonWriter& JsonWriter::begin_array() {
  return value("[");
}
JsonWriter& JsonWriter::integer(std::int64_t number) {
  return value(std::to_string(number));
}
JsonWriter& JsonWriter::boolean(bool yes) {
  return value(yes ? "true" : "false");
}
JsonWriter& JsonWriter::null() {
  return value("null");
}

JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  out_ += ']';
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view utf8) {
  text(utf8);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view utf8) {
  separate();
  append_json_string(out_, utf8);
  return *this;
}

}  // namespace assent

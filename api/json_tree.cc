#include "json_tree.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "core/nlohmann.h"

namespace assent {

JsonNode::JsonNode() = default;
JsonNode::JsonNode(JsonNode&& other) noexcept = default;
JsonNode& JsonNode::operator=(JsonNode&& other) noexcept = default;
JsonNode::~JsonNode() {
  wipe(text.data(), text.size());
}

namespace {

// Where the byte at `offset` stands.
Position position_of(std::string_view json, std::size_t offset) {
  const auto before = json.substr(0, offset);
  const auto newline = before.rfind('\n');
  const auto in_line = newline == std::string_view::npos ? offset : before.size() - newline - 1;
  return {.line = 1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')),
          .column = static_cast<std::uint32_t>(in_line + 1)};
}

// Receives the parser's events and builds the tree. Returning false stops the parser.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(std::string_view json, std::size_t depth_max, std::size_t nodes_max)
      : json_(json), depth_max_(depth_max), nodes_left_(nodes_max) {}

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(number(JsonKind::kBoolean, value ? 1 : 0)); }
  bool number_integer(number_integer_t value) override {
    return add(number(JsonKind::kInteger, value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return add(number(JsonKind::kNumber, 0));
    }
    return add(number(JsonKind::kInteger, static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t, const string_t&) override {
    return add(number(JsonKind::kNumber, 0));
  }
  bool string(string_t& value) override {
    JsonNode node;
    node.kind = JsonKind::kText;
    node.text = value;
    wipe(value.data(), value.size());
    return add(std::move(node));
  }
  bool binary(binary_t&) override { return false; }  // Not in JSON text.

  bool start_object(std::size_t) override { return open(JsonKind::kObject); }
  bool start_array(std::size_t) override { return open(JsonKind::kArray); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!open_.back().keys.insert(name).second) {
      return fail(ErrorCode::kInvalid, "an object has a key twice");
    }
    open_.back().key = name;
    return true;
  }

  bool parse_error(std::size_t offset, const std::string&,
                   const nlohmann::detail::exception&) override {
    return fail(ErrorCode::kInvalid, "the body is not valid JSON",
                position_of(json_, offset == 0 ? 0 : offset - 1));
  }

  Result<JsonNode> take() {
    if (error_) return *error_;
    return std::move(root_);
  }

 private:
  struct Open {
    JsonNode node;
    std::string key;  // Under which the next value goes, in an object.
    std::set<std::string> keys;
  };

  static JsonNode number(JsonKind kind, std::int64_t value) {
    JsonNode node;
    node.kind = kind;
    node.integer = value;
    return node;
  }

  bool fail(ErrorCode code, StaticText reason, std::optional<Position> position = std::nullopt) {
    error_.emplace(Error{code, reason, position});
    return false;
  }

  bool open(JsonKind kind) {
    if (open_.size() == depth_max_) {
      return fail(ErrorCode::kTooLarge, "the body is nested too deeply");
    }
    Open frame;
    frame.node.kind = kind;
    open_.push_back(std::move(frame));
    return true;
  }

  bool close() {
    JsonNode done = std::move(open_.back().node);
    open_.pop_back();
    return add(std::move(done));
  }

  bool add(JsonNode node) {
    if (nodes_left_-- == 0) return fail(ErrorCode::kTooLarge, "the body has too many values");
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == JsonKind::kArray) {
      parent.node.items.push_back(std::move(node));
    } else {
      parent.node.members.push_back({.name = std::move(parent.key), .value = std::move(node)});
    }
    return true;
  }

  std::string_view json_;
  std::size_t depth_max_;
  std::size_t nodes_left_;
  std::vector<Open> open_;
  JsonNode root_;
  std::optional<Error> error_;
};

}  // namespace

Result<JsonNode> parse_json(std::string_view json, std::size_t depth_max, std::size_t nodes_max) {
  TreeBuilder builder(json, depth_max, nodes_max);
  nlohmann::json::sax_parse(json.begin(), json.end(), &builder);
  return builder.take();
}

}  // namespace assent

#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/static_text.h"

namespace assent {

// The query parameters of a request target, decoded, each name once.
class Query {
 public:
  static constexpr std::size_t kParamsMax = 64;

  // application/x-www-form-urlencoded. kInvalid: a broken %-escape, a control character, text that
  // is not UTF-8, an empty or repeated name, more than kParamsMax parameters.
  static Result<Query> parse(std::string_view encoded);

  std::optional<std::string_view> get(StaticText name) const;
  // kInvalid when there is a parameter that is not among `known`: fail closed rather than ignore.
  Status only(std::initializer_list<StaticText> known) const;

 private:
  std::vector<std::pair<std::string, std::string>> params_;
};

struct RequestTarget {
  std::string path;
  Query query;
};

// A request target in origin form ("/v1/x?y=z"). kInvalid on anything else: also on an encoded
// slash, empty segments inside, and "." or ".." segments, so that one path has one spelling.
Result<RequestTarget> parse_target(std::string_view target);

}  // namespace assent

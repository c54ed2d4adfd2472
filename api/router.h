#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/http.h"

namespace assent {

inline constexpr std::uint64_t kBodyBytesMax = 1 << 20;

// One way in.
struct Route {
  Method method;
  StaticText
      pattern;        // "/v1/segments/{name}/releases"; "{path...}" at its end is all that follows.
  StaticText action;  // What policies/roles.yaml calls it: "release.create".
  Handler handler;
  std::uint64_t body_bytes_max = kBodyBytesMax;
  // Asked before a large body is read, by the head alone: a refusal, or nothing. May be empty.
  std::function<std::optional<Response>(const Request&)> refuse_early = nullptr;
};

// What a method and a path lead to. No route and an empty `allow` means 404; no route with `allow`
// means 405, or the answer to OPTIONS.
struct Routing {
  const Route* route = nullptr;
  PathParams params;
  std::string allow;  // Every method the path knows, as it stands in an Allow header.
};

// The whole surface. Filled before the server starts, then read by all its threads.
class Router {
 public:
  // Throws std::logic_error on a malformed pattern or one that an earlier route already answers.
  void add(Route route);

  // `path` is a Request::path. Where two patterns match, a literal segment wins over `{name}` from
  // left to right, and both over `{name...}`. A GET route answers HEAD too: its handler sees
  // Method::kHead, so that it can leave alone what only a real read may use up.
  Routing find(Method method, std::string_view path) const;

  // In the order added; for the role matrix and the comparison with openapi.yaml.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace assent

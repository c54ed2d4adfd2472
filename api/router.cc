#include "api/router.h"

#include <stdexcept>

namespace assent {
namespace {

using Segments = std::vector<std::string_view>;

Segments split(std::string_view path) {
  Segments segments;
  for (std::size_t from = 1; from <= path.size();) {
    const auto slash = std::min(path.find('/', from), path.size());
    segments.push_back(path.substr(from, slash - from));
    from = slash + 1;
  }
  return segments;
}

bool is_param(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

bool well_formed(std::string_view pattern) {
  if (pattern == "/") return true;
  if (!pattern.starts_with('/') || pattern.ends_with('/')) return false;
  for (const auto segment : split(pattern)) {
    const auto name = is_param(segment) ? segment.substr(1, segment.size() - 2) : segment;
    if (name.empty() || name.find_first_of("{}") != std::string_view::npos) return false;
  }
  return true;
}

bool matches(const Segments& pattern, const Segments& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_param(pattern[i]) && pattern[i] != path[i]) return false;
  }
  return true;
}

// 'L' for a literal segment and 'P' for a parameter: of two patterns that match the same path, the
// lesser shape is the more literal one.
std::string shape(const Segments& pattern) {
  std::string out;
  for (const auto segment : pattern) out += is_param(segment) ? 'P' : 'L';
  return out;
}

bool same_paths(const Segments& a, const Segments& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool both_params = is_param(a[i]) && is_param(b[i]);
    if (!both_params && a[i] != b[i]) return false;
  }
  return true;
}

bool answers(const Route& route, Method method) {
  return route.method == method || (method == Method::kHead && route.method == Method::kGet);
}

PathParams params_of(const Segments& pattern, const Segments& path) {
  PathParams params;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_param(pattern[i])) {
      params.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
    }
  }
  return params;
}

void allow(std::string& list, Method method) {
  const auto name = method_name(method).view();
  if ((", " + list + ",").find(", " + std::string(name) + ",") != std::string::npos) return;
  if (!list.empty()) list += ", ";
  list += name;
}

}  // namespace

void Router::add(Route route) {
  if (!well_formed(route.pattern.view())) throw std::logic_error("malformed route pattern");
  const Segments segments = split(route.pattern.view());
  for (const Route& other : routes_) {
    if (other.method == route.method && same_paths(split(other.pattern.view()), segments)) {
      throw std::logic_error("two routes answer the same paths");
    }
  }
  routes_.push_back(std::move(route));
}

Routing Router::find(Method method, std::string_view path) const {
  const Segments wanted = split(path);
  Routing found;
  std::string best;
  for (const Route& route : routes_) {
    const Segments pattern = split(route.pattern.view());
    if (!matches(pattern, wanted)) continue;
    allow(found.allow, route.method);
    if (route.method == Method::kGet) allow(found.allow, Method::kHead);
    const std::string literal_first = shape(pattern);
    if (!answers(route, method)) continue;
    const bool exact = found.route != nullptr && literal_first == best && route.method == method;
    if (found.route == nullptr || literal_first < best || exact) {
      found.route = &route;
      found.params = params_of(pattern, wanted);
      best = literal_first;
    }
  }
  if (!found.allow.empty()) allow(found.allow, Method::kOptions);
  return found;
}

}  // namespace assent

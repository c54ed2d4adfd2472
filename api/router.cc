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

// "{path...}" stands for all that is left, one segment or more.
bool is_rest(std::string_view segment) {
  return is_param(segment) && segment.ends_with("...}");
}

std::string_view name_of(std::string_view param) {
  return param.substr(1, param.size() - (is_rest(param) ? 5 : 2));
}

bool well_formed(std::string_view pattern) {
  if (pattern == "/") return true;
  if (!pattern.starts_with('/') || pattern.ends_with('/')) return false;
  const Segments segments = split(pattern);
  for (const auto& segment : segments) {
    const auto name = is_param(segment) ? name_of(segment) : segment;
    if (is_rest(segment) && &segment != &segments.back()) return false;
    if (name.empty() || name.find_first_of("{}") != std::string_view::npos) return false;
  }
  return true;
}

bool matches(const Segments& pattern, const Segments& path) {
  const bool longer = path.size() > pattern.size() && is_rest(pattern.back());
  if (pattern.size() != path.size() && !longer) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_param(pattern[i]) && pattern[i] != path[i]) return false;
  }
  return true;
}

// 'L' for a literal segment, 'P' for a parameter and 'R' for the rest: of two patterns that match
// the same path, the lesser shape is the more literal one.
std::string shape(const Segments& pattern) {
  std::string out;
  for (const auto segment : pattern) {
    out += is_rest(segment) ? 'R' : is_param(segment) ? 'P' : 'L';
  }
  return out;
}

bool same_paths(const Segments& a, const Segments& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool both_params = is_param(a[i]) && is_param(b[i]) && is_rest(a[i]) == is_rest(b[i]);
    if (!both_params && a[i] != b[i]) return false;
  }
  return true;
}

bool answers(const Route& route, Method method) {
  return route.method == method || (method == Method::kHead && route.method == Method::kGet);
}

PathParams params_of(const Segments& pattern, const Segments& path) {
  PathParams params;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_param(pattern[i])) continue;
    std::string value(path[i]);
    for (std::size_t j = i + 1; is_rest(pattern[i]) && j < path.size(); ++j) {
      value.append("/").append(path[j]);
    }
    params.emplace_back(name_of(pattern[i]), std::move(value));
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

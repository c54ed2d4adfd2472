#pragma once

#include <nlohmann/json.hpp>
#include <string>

// Includes nlohmann-json, and says that nlohmann.cc has compiled what each of its users would
// otherwise compile anew. Every source that parses or writes documents includes it from here.

#ifndef ASSENT_JSON_INSTANCE
#define ASSENT_JSON_INSTANCE extern
#endif

namespace nlohmann {

#define ASSENT_JSON_DOCUMENT(document, ...)                              \
  ASSENT_JSON_INSTANCE template class basic_json<__VA_ARGS__>;           \
  ASSENT_JSON_INSTANCE template class detail::iter_impl<const document>; \
  ASSENT_JSON_INSTANCE template class detail::json_ref<document>;        \
  ASSENT_JSON_INSTANCE template class detail::serializer<document>;
#define ASSENT_JSON_READER(...)                                         \
  ASSENT_JSON_INSTANCE template class detail::lexer<json, __VA_ARGS__>; \
  ASSENT_JSON_INSTANCE template class detail::parser<json, __VA_ARGS__>;

ASSENT_JSON_DOCUMENT(json)
ASSENT_JSON_DOCUMENT(ordered_json, ordered_map)
ASSENT_JSON_INSTANCE template class detail::json_sax_dom_parser<json>;
ASSENT_JSON_READER(detail::iterator_input_adapter<std::string::const_iterator>)
ASSENT_JSON_READER(detail::iterator_input_adapter<const char*>)
ASSENT_JSON_READER(detail::input_stream_adapter)

#undef ASSENT_JSON_DOCUMENT
#undef ASSENT_JSON_READER

}  // namespace nlohmann

#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string_view>

#include "api/http.h"
#include "core/plaintext.h"
#include "edge.h"

// Private to the room: Beast's parser of requests, and what it says in our words.
namespace assent {

// Heap memory that held a request is overwritten when it is freed.
using Buffer = boost::beast::basic_flat_buffer<WipingAllocator<char>>;
using Body =
    boost::beast::http::basic_string_body<char, std::char_traits<char>, WipingAllocator<char>>;
using Parser = boost::beast::http::request_parser<Body>;

inline std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

inline Headers copy_headers(const Parser& parser) {
  Headers headers;
  for (const auto& field : parser.get()) {
    headers.add({field.name_string().data(), field.name_string().size()},
                {field.value().data(), field.value().size()});
  }
  return headers;
}

// The fault that a failed read is to be answered with; nullopt: the client is late or gone.
inline std::optional<Fault> fault_of(const boost::system::error_code& ec) {
  using boost::beast::http::error;
  const auto& ours = boost::beast::http::make_error_code(error::bad_method).category();
  if (ec.category() != ours || ec == error::end_of_stream || ec == error::partial_message) {
    return std::nullopt;
  }
  if (ec == error::header_limit) return Fault::kHeadTooLarge;
  if (ec == error::body_limit) return Fault::kBodyTooLarge;
  return Fault::kMalformed;
}

}  // namespace assent

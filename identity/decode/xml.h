#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "core/result.h"

namespace assent {

// Attributes of one element, valid during XmlHandler::start().
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  const char** pairs_;
};

// Names come without their prefix.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void start(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void end(std::string_view name) = 0;
  virtual void text(std::string_view text) = 0;  // In pieces of any size.
};

// Reads XML as it comes. Refuses a DOCTYPE, and with it every entity of a document's own; elements
// deeper than kDepthMax; a tag longer than kTagBytesMax. Not thread-safe.
class XmlParser {
 public:
  static constexpr int kDepthMax = 64;
  static constexpr std::size_t kTagBytesMax = 1 << 20;

  explicit XmlParser(XmlHandler& handler);  // `handler` outlives the parser.
  ~XmlParser();
  XmlParser(const XmlParser&) = delete;
  XmlParser& operator=(const XmlParser&) = delete;

  // kInvalid: not well-formed, or over a limit.
  Status feed(std::string_view bytes);
  Status finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assent

#include "xml.h"

#include <expat.h>

#include <stdexcept>

namespace assent {

struct XmlParser::State {
  XML_Parser parser = nullptr;
  XmlHandler* handler = nullptr;
  int depth = 0;
  std::size_t fed = 0;
  std::optional<Error> refused;

  void refuse(StaticText reason) {
    if (!refused) refused = Error{ErrorCode::kInvalid, reason};
    XML_StopParser(parser, XML_FALSE);
  }
};

namespace {

std::string_view local_name(const char* name) {
  const std::string_view text(name);
  const auto colon = text.find(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

}  // namespace

std::optional<std::string_view> XmlAttributes::find(std::string_view name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (local_name(*pair) == name) return std::string_view(pair[1]);
  }
  return std::nullopt;
}

XmlParser::XmlParser(XmlHandler& handler) : state_(std::make_unique<State>()) {
  state_->handler = &handler;
  state_->parser = XML_ParserCreate(nullptr);
  if (state_->parser == nullptr) throw std::bad_alloc();
  XML_SetUserData(state_->parser, state_.get());
  XML_SetElementHandler(
      state_->parser,
      [](void* data, const XML_Char* name, const XML_Char** attributes) {
        auto* state = static_cast<State*>(data);
        if (++state->depth > kDepthMax) return state->refuse("the XML is nested too deeply");
        state->handler->start(local_name(name), XmlAttributes(attributes));
      },
      [](void* data, const XML_Char* name) {
        auto* state = static_cast<State*>(data);
        --state->depth;
        state->handler->end(local_name(name));
      });
  XML_SetCharacterDataHandler(state_->parser, [](void* data, const XML_Char* text, int length) {
    static_cast<State*>(data)->handler->text({text, static_cast<std::size_t>(length)});
  });
  XML_SetStartDoctypeDeclHandler(
      state_->parser, [](void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        static_cast<State*>(data)->refuse("the XML declares a document type, which is refused");
      });
}

XmlParser::~XmlParser() {
  XML_ParserFree(state_->parser);
}

Status XmlParser::feed(std::string_view bytes) {
  const auto status =
      XML_Parse(state_->parser, bytes.data(), static_cast<int>(bytes.size()), XML_FALSE);
  state_->fed += bytes.size();
  if (state_->refused) return *state_->refused;
  if (status != XML_STATUS_OK) return Error{ErrorCode::kInvalid, "the XML is not well-formed"};
  const auto done = static_cast<std::size_t>(XML_GetCurrentByteIndex(state_->parser));
  if (state_->fed > done + kTagBytesMax)
    return Error{ErrorCode::kInvalid, "an XML tag is too long"};
  return Unit{};
}

Status XmlParser::finish() {
  const auto status = XML_Parse(state_->parser, "", 0, XML_TRUE);
  if (state_->refused) return *state_->refused;
  if (status != XML_STATUS_OK) return Error{ErrorCode::kInvalid, "the XML is not well-formed"};
  return Unit{};
}

}  // namespace assent

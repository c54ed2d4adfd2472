#include "api/entry_query.h"

#include <charconv>
#include <string>

namespace assent {
namespace {

class QueryReader {
 public:
  explicit QueryReader(const QueryValue& value) : value_(value) {}

  // Leaves `to` alone when the name is not given; refuses what `parse` does not take.
  template <class T, class Parse>
  void read(StaticText name, std::optional<T>& to, StaticText otherwise, Parse parse) {
    const auto text = value_(name);
    if (!text || error_) return;
    to = parse(*text);
    if (!to) refuse(name, otherwise);
  }
  template <class E>
  void word(StaticText name, std::optional<E>& to) {
    read(name, to, "no such word: see docs/audit-format.md",
         [](std::string_view text) { return from_wire_name<E>(text); });
  }
  template <class IdType>
  void id(StaticText name, std::optional<IdType>& to) {
    read(name, to, "an id is a UUID", [](std::string_view text) { return IdType::parse(text); });
  }
  void time(StaticText name, std::optional<Timestamp>& to) {
    read(name, to, "a time is of RFC 3339, or a day",
         [](std::string_view text) { return parse_rfc3339(text); });
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  void refuse(StaticText name, StaticText reason) {
    error_ = Error{.code = ErrorCode::kInvalid,
                   .reason = reason,
                   .field = CatalogueName::from_policy(std::string(name.view()))};
  }
  const QueryValue& value_;
  std::optional<Error> error_;
};

std::optional<std::size_t> limit_of(std::string_view text) {
  std::size_t limit = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return limit < 1 || limit > kEntryPageMax ? std::nullopt : std::optional(limit);
}

}  // namespace

Result<EntryQuery> read_entry_query(const QueryValue& value) {
  EntryQuery query;
  QueryReader in(value);
  in.time("from", query.filter.from);
  in.time("to", query.filter.until);
  in.id("actor", query.filter.actor);
  in.id("on_behalf_of", query.filter.on_behalf_of);
  in.word("act", query.filter.event);
  in.word("purpose", query.filter.purpose);
  in.word("object_kind", query.filter.object_kind);
  in.id("object", query.filter.object);
  in.word("outcome", query.filter.outcome);
  in.id("subject", query.filter.subject);
  std::optional<EntryCursor> after;
  in.read("after", after, "a place in the view is one that was answered", &EntryCursor::parse);
  std::optional<std::size_t> limit;
  in.read("limit", limit, "a page has 1 to 1000 entries", limit_of);
  if (in.error()) return *in.error();
  query.after = after.value_or(EntryCursor());
  query.limit = limit.value_or(kEntryLimit);
  return query;
}

}  // namespace assent

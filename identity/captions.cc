#include "captions.h"

#include <algorithm>
#include <unordered_set>

#include "identity/normalise.h"

namespace assent {
namespace {

// Targets of which a row has one at most.
bool is_single(Target target) {
  switch (target) {
    case Target::kSealed:
    case Target::kEmail:
    case Target::kPhone:
    case Target::kCard:
    case Target::kOptOut:
    case Target::kIgnored:
      return false;
    default:
      return true;
  }
}

bool describes_person(Target target) {
  switch (target) {
    case Target::kExternalId:
    case Target::kOptOut:
    case Target::kPurpose:
    case Target::kChannel:
    case Target::kAction:
    case Target::kEffectiveAt:
    case Target::kNotice:
    case Target::kMethod:
    case Target::kIgnored:
      return false;
    default:
      return true;
  }
}

Error invalid(StaticText reason, std::uint64_t line, std::size_t column) {
  return {ErrorCode::kInvalid, reason, Position{line, static_cast<std::uint32_t>(column + 1)}};
}

class Binder {
 public:
  Binder(const Mapping& mapping, const RawRow& captions) : mapping_(mapping), row_(captions) {}

  Result<BoundCaptions> bind() {
    bound_.facts.columns = row_.columns();
    bound_.facts.describes_persons = false;
    for (std::size_t i = 0; i < row_.columns(); ++i) {
      auto done = bind_column(i);
      if (!done.ok()) return done.error();
    }
    for (const MappedColumn& column : mapping_.columns) {
      if (column.presence == Presence::kRequired && !is_bound(column)) {
        return Error{ErrorCode::kInvalid, "a required column is missing", Position{row_.line(), 0},
                     column.name};
      }
    }
    return std::move(bound_);
  }

 private:
  Status bind_column(std::size_t i) {
    const std::string key = mapping_.caption_key(row_.reveal(i));
    if (key.empty()) return Unit{};  // A column without a caption is nobody's.
    bool known = false;
    for (const MappedColumn& column : mapping_.columns) {
      if (std::find(column.captions.begin(), column.captions.end(), key) == column.captions.end()) {
        continue;
      }
      known = true;
      if (is_single(column.target) && is_bound(column)) {
        return invalid("a caption stands twice", row_.line(), i);
      }
      bound_.facts.describes_persons =
          bound_.facts.describes_persons || describes_person(column.target);
      bound_.columns.push_back({i, &column, Plaintext()});
    }
    return known ? Status(Unit{}) : bind_unknown(i);
  }

  Status bind_unknown(std::size_t i) {
    if (mapping_.unknown_columns == UnknownColumns::kRefuse) {
      return invalid("the column is not one of the mapping's", row_.line(), i);
    }
    ++bound_.facts.unknown_columns;
    bound_.facts.describes_persons = true;
    bound_.columns.push_back({i, nullptr, clean_text(row_.reveal(i))});
    return Unit{};
  }

  bool is_bound(const MappedColumn& column) const {
    return std::any_of(bound_.columns.begin(), bound_.columns.end(),
                       [&column](const BoundColumn& bound) { return bound.mapped == &column; });
  }

  const Mapping& mapping_;
  const RawRow& row_;
  BoundCaptions bound_;
};

}  // namespace

Result<BoundCaptions> bind_captions(const Mapping& mapping, const RawRow& captions) {
  return Binder(mapping, captions).bind();
}

}  // namespace assent

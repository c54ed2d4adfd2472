#pragma once

#include <optional>
#include <variant>

#include "captions.h"
#include "identity/decode/row_reader.h"
#include "identity/source_file.h"

namespace assent {

// Why a row that could be read cannot be stored.
struct CellFault {
  StaticText reason;
  std::uint32_t column = 0;
  std::optional<CatalogueName> field;
};

// Makes rows of contacts out of raw ones; nobody in them is born after `latest`. Not thread-safe.
class ContactReader {
 public:
  ContactReader(const Mapping& mapping, const PlaceCatalogue& places, const BoundCaptions& captions,
                Date latest)
      : mapping_(mapping), places_(places), captions_(captions), latest_(latest) {}
  std::variant<ContactRow, CellFault> read(const RawRow& raw) const;

 private:
  const Mapping& mapping_;
  const PlaceCatalogue& places_;
  const BoundCaptions& captions_;
  const Date latest_;
};

// Makes rows of orders out of raw ones. Not thread-safe.
class OrderReader {
 public:
  OrderReader(const Mapping& mapping, const BoundCaptions& captions)
      : mapping_(mapping), captions_(captions) {}
  std::variant<OrderRow, CellFault> read(const RawRow& raw) const;

 private:
  const Mapping& mapping_;
  const BoundCaptions& captions_;
};

// The row as a rejected one, with what can be told of the person: the external id where the
// captions say it stands, whatever in its text looks like an e-mail or a phone, and its denials.
RejectedRow reject_row(const RawRow& raw, CellFault fault, const Mapping& mapping,
                       const BoundCaptions& captions, const PlaceCatalogue& places);

}  // namespace assent

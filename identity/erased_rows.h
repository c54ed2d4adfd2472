#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "consent/erasure_marker.h"
#include "identity/name.h"
#include "known_rows.h"
#include "prepared_contact.h"

namespace assent {

// Which rows of a batch are those of erased people. A row is, whom linking would have made the same
// person: by its source key, by a card, or at an address unless its first name contradicts. A live
// record is not the erased one where it holds the address already. Lives within one transaction.
class ErasedRows {
 public:
  ErasedRows(Tx& tx, const TagMaker& tags, const NameCatalogue& names)
      : tx_(tx), tags_(tags), names_(names) {}

  // Two queries for a batch that meets nobody erased. `live` are the records of these rows.
  void look_up(std::span<const PreparedContact> rows, const std::map<Tag16, RecordId>& live);
  void look_up(std::span<const ErasureMarker> markers);

  // What would refuse the row, were it standing.
  std::vector<ErasureMarker> markers_of(const PreparedContact& row) const;
  // Whether an erasure does. `acted` is when the person last acted by themselves; what is still to
  // come is no act.
  bool refuse(std::span<const ErasureMarker> markers, std::optional<Timestamp> acted) const;
  // The erasures that the person's act ends; they refuse nothing from now on. An address without a
  // name does not say whose act it was, so it ends none.
  std::vector<Uuid> lift(std::span<const ErasureMarker> markers);

 private:
  struct Erasure {
    Uuid group;
    Timestamp at;
  };
  bool stands(const ErasureMarker& marker) const { return standing_.contains(marker); }
  void add_address(std::vector<ErasureMarker>& markers, const Tag16& address,
                   const ContactRow& row) const;
  bool holds_already(const PreparedContact& row, const Tag16& value) const;
  void load_held(std::span<const PreparedContact> rows, const std::map<Tag16, RecordId>& live);

  Tx& tx_;
  const TagMaker& tags_;
  const NameCatalogue& names_;
  std::multimap<ErasureMarker, Erasure> standing_;
  std::set<std::pair<Tag16, Tag16>> held_;  // External id of a live record, value.
};

}  // namespace assent

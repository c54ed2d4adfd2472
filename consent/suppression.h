#pragma once

#include <map>
#include <set>
#include <span>
#include <vector>

#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// An address by its contact tag and its suppression tag (TagMaker, both from the same value).
struct ContactTags {
  Tag16 contact{};
  Hash32 suppression{};
};
// An address that must not be contacted by `channel` (0: by none), whoever holds it.
struct SuppressedAddress {
  Hash32 suppression{};
  std::uint8_t channel = 0;
  Timestamp since;
};
// The same, of a contact point that note_contacts() has told of.
struct SuppressedContact {
  Tag16 contact{};
  std::uint8_t channel = 0;
  Timestamp since;
};

// The list of addresses that must be left alone. It knows tags only, outlives erasure, and needs no
// record: an address nobody holds can be suppressed. An entry never goes; a later consent of the
// verified holder lifts it for its own contact point (consent/fold.h). Works inside the caller's
// transaction; thread-safe. kInvalid everywhere: `leaf` is not of this transaction.
class Suppressions {
 public:
  // `journal` must outlive the object.
  explicit Suppressions(Journal& journal) : journal_(journal) {}

  // Every contact point that a record holds is told once, so that the gate needs no key.
  Status note_contacts(Tx& tx, EventId leaf, std::span<const ContactTags> contacts) const;

  // Under a leaf of the caller's act (an import's opt-outs). Repeating it changes nothing.
  Status suppress(Tx& tx, EventId leaf, std::span<const SuppressedAddress> addresses) const;
  // Rows that were read for their denials alone and belong to nobody's ledger: their keys stand
  // beside those of statements, so that a repeat of the row does not suppress anew.
  void remember(Tx& tx, EventId leaf, std::span<const EventId> rows) const;
  static std::set<EventId> remembered(Tx& tx, std::span<const EventId> rows);
  // As an act of its own: one SUPPRESSED leaf. `contact` keeps the tag for whoever holds it later.
  Status suppress(Tx& tx, const Act& act, const ContactTags& address, std::uint8_t channel,
                  Timestamp since) const;
  // By contact tag alone; those that are not known are passed over. Answers how many were known.
  Result<std::size_t> suppress_contacts(Tx& tx, EventId leaf,
                                        std::span<const SuppressedContact> contacts) const;
  Result<std::size_t> suppress_contacts(Tx& tx, const Act& act,
                                        std::span<const SuppressedContact> contacts) const;

  // Before an erasure blanks the contact tags of the ledger: what these records' standing denials
  // say of their contact points goes on as suppressions. Answers how many.
  Result<std::size_t> keep_denials(Tx& tx, EventId leaf, std::span<const RecordId> records) const;

  // What is suppressed of these contact points: contact → entries. One query.
  struct Entry {
    std::uint8_t channel = 0;
    Timestamp since;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  static std::map<Tag16, std::vector<Entry>> standing(Tx& tx, std::span<const Tag16> contacts);

 private:
  Journal& journal_;
};

}  // namespace assent

#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "consent/authorizer.h"
#include "consent/vault.h"
#include "core/tag.h"
#include "gate.h"
#include "segments/segment_catalogue.h"

namespace assent {

// Whether a release can carry the column of `record` of that name.
bool is_clear_column(std::string_view name);

// One member's values in the order of the fields; or why there are none.
using MemberCells = std::vector<Plaintext>;
using MemberValues = std::variant<MemberCells, Reason>;

// Reads what a release delivers of its members: nothing else is opened. Private; thread-safe.
class MemberFields {
 public:
  // `contact_points` is the sealed field that holds them. Everything must outlive the reader.
  MemberFields(const std::vector<ReleaseField>& fields, std::string_view segment,
               std::uint16_t contact_points, const TagMaker& tags, const Authorizer& authorizer,
               const Vault& vault);

  // In the order of `members`, all of which the gate has permitted in this transaction. One
  // RECORD_READ leaf if anything sealed is asked for. A record whose key is gone is kSubjectErased;
  // one that does not hold the contact point any more is kNoContactPoint.
  // kCorrupt  a stored set does not open.
  Result<std::vector<MemberValues>> read(Tx& tx, const Act& act,
                                         std::span<const GateMember> members) const;

 private:
  struct Page;
  MemberValues values_of(const GateMember& member, const Page& page) const;
  const std::vector<ReleaseField>& fields_;
  std::string_view segment_;
  std::uint16_t contact_points_;
  const TagMaker& tags_;
  const Authorizer& authorizer_;
  const Vault& vault_;
  std::uint64_t mask_ = 0;
};

}  // namespace assent

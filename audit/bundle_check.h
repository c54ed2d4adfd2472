#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/bundle.h"
#include "audit/verifier.h"
#include "entry_check.h"
#include "findings.h"
#include "retention_check.h"
#include "writer_check.h"

namespace assent {

// One run of verify_bundle().
class BundleCheck {
 public:
  BundleCheck(std::istream& bundle, const LogPolicy* policy, std::optional<std::string_view> since,
              const StampEvidence* stamp);
  BundleReport run();

 private:
  void read_since(std::string_view text, const StampEvidence* stamp);
  BundleItem::Kind read_entries();
  void see_entry(const BundleItem& item);
  void compare_with_stamp(std::uint64_t index, Timestamp entry_time);
  void see_told(std::uint64_t index, const LeafExt& ext);
  void remember_since();
  void check_trailer();
  void check_counts(const BundleTrailer& trailer);
  void check_root(const BundleTrailer& trailer, const Checkpoint& head);
  void check_paths(const BundleTrailer& trailer, const Checkpoint& head);
  void check_extension(const BundleTrailer& trailer, const Checkpoint& head);
  void check_since(const BundleTrailer& trailer, const Checkpoint& head);
  void check_since_root(const Hash32& root_then);
  void check_fork_is_told();
  void say_forked(StaticText what, std::string expected, std::string found);
  enum class Claimed { kLeadsToRoot, kDoesNot };
  void say_first_bad();
  void entries_differ(Claimed claimed);
  void entries_match();
  void say(Finding finding) { findings_.push_back(std::move(finding)); }
  BundleReport finish();

  const LogPolicy* policy_;
  BundleReader reader_;
  BundleReport report_;
  std::vector<Finding> findings_;
  BundleHeader header_;
  std::optional<EntryCheck> entries_;
  std::optional<WriterCheck> writers_;
  std::optional<RetentionCheck> retention_;
  Bytes leaf_bytes_;                            // Of the entry in hand.
  std::optional<std::uint64_t> first_foreign_;  // Text of a leaf, but not one we can decode.
  std::optional<Checkpoint> since_;
  std::optional<Timestamp> stamped_;  // The older checkpoint, by an authority that is proved.
  std::optional<Finding> late_;       // The first entry that claims a later time than its stamp.
  std::optional<CompactRange> at_since_;  // The entries before the older checkpoint's size.
  HashPath before_;                       // Subtrees of [0, first), largest first.
};

}  // namespace assent

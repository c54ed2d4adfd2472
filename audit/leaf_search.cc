#include "leaf_search.h"

#include <algorithm>
#include <istream>

#include "findings.h"
#include "line_base64.h"

namespace assent {

std::optional<BundleReport> each_leaf(std::istream& bundle, const LogPolicy* policy,
                                      std::vector<Finding>& findings, const SeeLeaf& see) {
  BundleReport checked = verify_bundle(bundle, policy);
  if (checked.report.verdict != LogVerdict::kVerified) {
    findings.push_back(cannot_tell("the bundle does not verify: see assent-verify bundle"));
    std::ranges::move(checked.report.findings, std::back_inserter(findings));
    return std::nullopt;
  }
  bundle.clear();
  bundle.seekg(0);
  BundleReader reader(bundle);
  if (!bundle || !reader.header().ok()) {
    findings.push_back(cannot_tell("the bundle cannot be read twice: give it as a file"));
    return std::nullopt;
  }
  Bytes bytes;
  std::uint64_t index = checked.header->first;
  for (BundleItem item = reader.next();
       item.kind == BundleItem::Kind::kEntry || item.kind == BundleItem::Kind::kHashes;
       item = reader.next()) {
    if (item.kind != BundleItem::Kind::kEntry) continue;
    const bool is_text = decode_line_base64(item.text, bytes);
    const auto leaf = is_text ? decode(bytes) : Result<Leaf>(Error{ErrorCode::kCorrupt, "no leaf"});
    if (leaf.ok()) see(index, *leaf);
    ++index;
  }
  return checked;
}

const Leaf* LeavesAbout::find(AuditEvent event) const {
  const auto at = std::ranges::find(leaves, event, &Leaf::event);
  return at == leaves.end() ? nullptr : &*at;
}

LeavesAbout leaves_about(std::istream& bundle, const LogPolicy* policy, const Uuid& object,
                         std::vector<Finding>& findings) {
  LeavesAbout found;
  const auto checked = each_leaf(bundle, policy, findings, [&](std::uint64_t, const Leaf& leaf) {
    if (leaf.object == object) found.leaves.push_back(leaf);
  });
  if (checked) found.origin = checked->header->origin;
  return found;
}

}  // namespace assent

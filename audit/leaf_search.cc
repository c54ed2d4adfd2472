#include "leaf_search.h"

#include <algorithm>
#include <istream>

#include "findings.h"
#include "line_base64.h"

namespace assent {

const Leaf* LeavesAbout::find(AuditEvent event) const {
  const auto at = std::ranges::find(leaves, event, &Leaf::event);
  return at == leaves.end() ? nullptr : &*at;
}

LeavesAbout leaves_about(std::istream& bundle, const LogPolicy* policy, const Uuid& object,
                         std::vector<Finding>& findings) {
  LeavesAbout found;
  BundleReport checked = verify_bundle(bundle, policy);
  if (checked.report.verdict != LogVerdict::kVerified) {
    findings.push_back(cannot_tell("the bundle does not verify: see assent-verify bundle"));
    std::ranges::move(checked.report.findings, std::back_inserter(findings));
    return found;
  }
  bundle.clear();
  bundle.seekg(0);
  BundleReader reader(bundle);
  if (!bundle || !reader.header().ok()) {
    findings.push_back(cannot_tell("the bundle cannot be read twice: give it as a file"));
    return found;
  }
  found.origin = checked.header->origin;
  Bytes bytes;
  for (BundleItem item = reader.next();
       item.kind == BundleItem::Kind::kEntry || item.kind == BundleItem::Kind::kHashes;
       item = reader.next()) {
    if (item.kind != BundleItem::Kind::kEntry || !decode_line_base64(item.text, bytes)) continue;
    const auto leaf = decode(bytes);
    if (leaf.ok() && leaf->object == object) found.leaves.push_back(*leaf);
  }
  return found;
}

}  // namespace assent

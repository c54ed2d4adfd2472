#include "explain.h"

#include <algorithm>
#include <ostream>
#include <string>

#include "core/text.h"
#include "report_text.h"

namespace assent {
namespace {

constexpr Hash32 kNoHash{};

constexpr std::size_t kNameColumns = 14;

// Columns of a terminal: a letter of UTF-8 takes one, whatever its bytes.
std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void line(std::ostream& out, const std::string& name, const std::string& value) {
  const std::size_t used = columns(name);
  out << name << std::string(used < kNameColumns ? kNameColumns - used : 1, ' ') << value << "\n";
}

std::string text(StaticText value) {
  return std::string(value.view());
}

std::string reference(const Uuid& id) {
  return id.is_nil() ? tr("none") : id.text();
}

std::string commitment(const Hash32& hash) {
  return hash == kNoHash ? tr("none") : to_hex(hash);
}

void explain_ext(const LeafExt& ext, std::ostream& out) {
  if (const auto* replaced = std::get_if<ReplacedWriter>(&ext)) {
    line(out, tr("replaces"),
         tr("writer {1}, whose last number was {2}", replaced->writer, replaced->last_seq));
  } else if (const auto* named = std::get_if<NamedWriters>(&ext)) {
    for (const auto& [writer, last] : named->writers) {
      line(out, tr("names"), tr("writer {1}, whose last number is {2}", writer, last));
    }
  } else if (const auto* burn = std::get_if<BurnCounts>(&ext)) {
    line(out, tr("burned"),
         tr("epoch {1}: keys rewrapped {2}, destroyed {3}, left {4}", burn->epoch, burn->rewrapped,
            burn->destroyed, burn->left));
  } else if (const auto* recovered = std::get_if<RecoveredLog>(&ext)) {
    line(out, tr("recovered"), in_words(*recovered));
  } else if (const auto* fork = std::get_if<ForkedLog>(&ext)) {
    line(out, tr("fork"), in_words(*fork));
  } else if (const auto* terms = std::get_if<RetentionTerms>(&ext)) {
    line(out, tr("keeps"),
         tr("entries for {1} days; announced {2} days before", terms->days, terms->notice_days));
  } else if (const auto* pruned = std::get_if<PrunedRange>(&ext)) {
    line(out, tr("pruned"),
         tr("entries before {1}, the newest of {2}, by the terms of entry {3}; the tree had {4}",
            pruned->minimum, to_rfc3339(pruned->newest), pruned->announced, pruned->size));
  }
}

}  // namespace

void explain(const Leaf& leaf, const Hash32& hash, std::ostream& out) {
  line(out, tr("event"), text(wire_name(leaf.event)) + " (" + text(wire_name(leaf.outcome)) + ")");
  line(out, tr("time"), to_rfc3339(leaf.time));
  line(out, tr("tenant"), leaf.tenant.text());
  line(out, tr("event id"), leaf.id.text());
  line(out, tr("actor"), text(wire_name(leaf.actor_kind)) + " " + reference(leaf.actor.value));
  line(out, tr("on behalf of"), reference(leaf.on_behalf_of.value));
  line(out, tr("purpose"), text(wire_name(leaf.purpose)));
  line(out, tr("legal basis"), text(wire_name(leaf.basis)));
  line(out, tr("subject"), reference(leaf.subject.value));
  line(out, tr("object"), text(wire_name(leaf.object_kind)) + " " + reference(leaf.object));
  Bytes mask;
  put_u64(mask, leaf.field_mask);
  line(out, tr("fields"), "0x" + to_hex(mask));
  line(out, tr("results"), std::to_string(leaf.result_count));
  line(out, tr("writer"), tr("{1}, number {2}", leaf.writer, leaf.writer_seq));
  line(out, tr("request"), reference(leaf.request.value));
  line(out, tr("detail hash"), commitment(leaf.detail_hash));
  line(out, tr("record hash"), commitment(leaf.record_hash));
  explain_ext(leaf.ext, out);
  line(out, tr("leaf hash"), to_base64(hash));
}

}  // namespace assent

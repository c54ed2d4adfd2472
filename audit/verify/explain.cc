#include "explain.h"

#include <ostream>
#include <string>

namespace assent {
namespace {

constexpr Hash32 kNoHash{};

void line(std::ostream& out, StaticText name, const std::string& value) {
  std::string padded(name.view());
  padded.resize(14, ' ');
  out << padded << value << "\n";
}

std::string text(StaticText value) {
  return std::string(value.view());
}

std::string reference(const Uuid& id) {
  return id.is_nil() ? "none" : id.text();
}

std::string commitment(const Hash32& hash) {
  return hash == kNoHash ? "none" : to_hex(hash);
}

void explain_ext(const LeafExt& ext, std::ostream& out) {
  if (const auto* replaced = std::get_if<ReplacedWriter>(&ext)) {
    line(out, "replaces",
         "writer " + std::to_string(replaced->writer) + ", whose last number was " +
             std::to_string(replaced->last_seq));
  } else if (const auto* burn = std::get_if<BurnCounts>(&ext)) {
    line(out, "burned",
         "epoch " + std::to_string(burn->epoch) + ": " + std::to_string(burn->rewrapped) +
             " keys rewrapped, " + std::to_string(burn->destroyed) + " destroyed, " +
             std::to_string(burn->left) + " left");
  }
}

}  // namespace

void explain(const Leaf& leaf, const Hash32& hash, std::ostream& out) {
  line(out, "event", text(wire_name(leaf.event)) + " (" + text(wire_name(leaf.outcome)) + ")");
  line(out, "time", to_rfc3339(leaf.time));
  line(out, "tenant", leaf.tenant.text());
  line(out, "event id", leaf.id.text());
  line(out, "actor", text(wire_name(leaf.actor_kind)) + " " + reference(leaf.actor.value));
  line(out, "on behalf of", reference(leaf.on_behalf_of.value));
  line(out, "purpose", text(wire_name(leaf.purpose)));
  line(out, "legal basis", text(wire_name(leaf.basis)));
  line(out, "subject", reference(leaf.subject.value));
  line(out, "object", text(wire_name(leaf.object_kind)) + " " + reference(leaf.object));
  Bytes mask;
  put_u64(mask, leaf.field_mask);
  line(out, "fields", "0x" + to_hex(mask));
  line(out, "results", std::to_string(leaf.result_count));
  line(out, "writer", std::to_string(leaf.writer) + ", number " + std::to_string(leaf.writer_seq));
  line(out, "request", reference(leaf.request.value));
  line(out, "detail hash", commitment(leaf.detail_hash));
  line(out, "record hash", commitment(leaf.record_hash));
  explain_ext(leaf.ext, out);
  line(out, "leaf hash", to_base64(hash));
}

}  // namespace assent

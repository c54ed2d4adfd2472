#include "api/entry_text.h"

#include <algorithm>
#include <sstream>

#include "audit/event.h"

namespace assent {
namespace {

constexpr std::string_view kCsvColumns =
    "index,event_id,time,act,outcome,actor_kind,actor,on_behalf_of,purpose,basis,subject,"
    "object_kind,object,fields,count,writer,writer_seq,request\n";
constexpr int kFacility = 13;
constexpr std::size_t kHostBytesMax = 255;

std::string or_empty(const Uuid& id) {
  return id.is_nil() ? "" : id.text();
}

// The names behind the bits; a number that the catalogue does not know stays one.
std::vector<std::string> names_of(std::uint64_t mask, const FieldCatalogue& fields) {
  std::vector<std::string> names;
  for (std::uint16_t id = 0; id < 64; ++id) {
    if ((mask >> id & 1) == 0) continue;
    const Field* field = fields.find(id);
    names.push_back(field == nullptr ? std::to_string(id) : field->name.text());
  }
  return names;
}

void write_reference(JsonWriter& out, std::string_view name, const Uuid& id) {
  if (!id.is_nil()) out.key(name).text(id.text());
}

void write_entry(JsonWriter& out, const ViewedEntry& entry, const FieldCatalogue& fields) {
  const Leaf& leaf = entry.leaf;
  out.key("index").integer(static_cast<std::int64_t>(entry.index));
  out.key("event_id").text(leaf.id.text());
  out.key("time").text(to_rfc3339(leaf.time));
  out.key("act").text(wire_name(leaf.event).view());
  out.key("outcome").text(wire_name(leaf.outcome).view());
  out.key("actor_kind").text(wire_name(leaf.actor_kind).view());
  write_reference(out, "actor", leaf.actor.value);
  write_reference(out, "on_behalf_of", leaf.on_behalf_of.value);
  out.key("purpose").text(wire_name(leaf.purpose).view());
  out.key("basis").text(wire_name(leaf.basis).view());
  write_reference(out, "subject", leaf.subject.value);
  out.key("object_kind").text(wire_name(leaf.object_kind).view());
  write_reference(out, "object", leaf.object);
  out.key("fields").begin_array();
  for (const std::string& name : names_of(leaf.field_mask, fields)) out.text(name);
  out.end_array();
  out.key("count").integer(leaf.result_count);
  out.key("writer").integer(leaf.writer);
  out.key("writer_seq").integer(static_cast<std::int64_t>(leaf.writer_seq));
  write_reference(out, "request", leaf.request.value);
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += "\\n";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// The extension of a CEF line: key=value, separated by spaces.
class CefExtension {
 public:
  void add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!out_.empty()) out_ += ' ';
    out_ += std::string(key) + '=' + escaped(value, "\\=");
  }
  void labelled(std::string_view key, std::string_view label, std::string_view value) {
    if (value.empty()) return;
    add(std::string(key) + "Label", label);
    add(key, value);
  }
  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

// Refusals and failures are worth a look; an erasure, an export or a right that changes is worth
// one.
int severity_of(const Leaf& leaf) {
  if (leaf.outcome != Outcome::kDone) return 6;
  const auto group = static_cast<std::uint16_t>(leaf.event) >> 8;
  return group == 0x01 || group == 0x02 || group == 0x06 || group == 0x07 ? 5 : 3;
}

}  // namespace

std::string entries_json(const EntryPage& page, const FieldCatalogue& fields) {
  JsonWriter out;
  out.begin_object();
  out.key("view").text(kViewMark.view());
  out.key("entries").begin_array();
  for (const ViewedEntry& entry : page.entries) {
    out.begin_object();
    write_entry(out, entry, fields);
    out.end_object();
  }
  out.end_array();
  if (page.next) out.key("next").text(page.next->text());
  if (page.begins) {
    out.key("log_begins").begin_object();
    out.key("index").integer(page.begins->index);
    out.key("time").text(to_rfc3339({page.begins->time_us}));
    out.end_object();
  }
  return out.end_object().take();
}

std::string entries_csv(const EntryPage& page, const FieldCatalogue& fields) {
  std::ostringstream out;
  out << "# " << kViewMark.view();
  if (page.begins) {
    out << "; the log begins with entry " << page.begins->index << " of "
        << to_rfc3339({page.begins->time_us});
  }
  out << '\n' << kCsvColumns;
  for (const ViewedEntry& entry : page.entries) {
    const Leaf& leaf = entry.leaf;
    out << entry.index << ',' << leaf.id.text() << ',' << to_rfc3339(leaf.time) << ','
        << wire_name(leaf.event).view() << ',' << wire_name(leaf.outcome).view() << ','
        << wire_name(leaf.actor_kind).view() << ',' << or_empty(leaf.actor.value) << ','
        << or_empty(leaf.on_behalf_of.value) << ',' << wire_name(leaf.purpose).view() << ','
        << wire_name(leaf.basis).view() << ',' << or_empty(leaf.subject.value) << ','
        << wire_name(leaf.object_kind).view() << ',' << or_empty(leaf.object) << ',';
    std::string_view separator;
    for (const std::string& name : names_of(leaf.field_mask, fields)) {
      out << separator << name;
      separator = " ";
    }
    out << ',' << leaf.result_count << ',' << leaf.writer << ',' << leaf.writer_seq << ','
        << or_empty(leaf.request.value) << '\n';
  }
  return out.str();
}

std::string entry_line(const ViewedEntry& entry) {
  const Leaf& leaf = entry.leaf;
  std::ostringstream out;
  out << entry.index << "  " << to_rfc3339(leaf.time) << "  " << wire_name(leaf.event).view()
      << "  " << wire_name(leaf.outcome).view() << "  " << wire_name(leaf.actor_kind).view();
  if (!leaf.actor.value.is_nil()) out << ' ' << leaf.actor.text();
  if (!leaf.on_behalf_of.value.is_nil()) out << " for " << leaf.on_behalf_of.text();
  out << "  " << wire_name(leaf.purpose).view() << "  " << wire_name(leaf.object_kind).view();
  if (!leaf.object.is_nil()) out << ' ' << leaf.object.text();
  if (!leaf.subject.value.is_nil()) out << "  subject " << leaf.subject.text();
  out << "  " << leaf.result_count;
  return out.str();
}

std::string entry_json(const ViewedEntry& entry, const FieldCatalogue& fields,
                       const std::string& log) {
  JsonWriter out;
  out.begin_object();
  out.key("view").text(kViewMark.view());
  out.key("log").text(log);
  write_entry(out, entry, fields);
  return out.end_object().take();
}

std::string entry_cef(const ViewedEntry& entry, const std::string& log) {
  const Leaf& leaf = entry.leaf;
  CefExtension ext;
  ext.add("rt", std::to_string(leaf.time.us / 1000));
  ext.add("externalId", std::to_string(entry.index));
  ext.add("outcome", wire_name(leaf.outcome).view());
  ext.add("suid", or_empty(leaf.actor.value));
  ext.add("spriv", wire_name(leaf.actor_kind).view());
  ext.add("cnt", std::to_string(leaf.result_count));
  ext.labelled("cs1", "log", log);
  ext.labelled("cs2", "purpose", wire_name(leaf.purpose).view());
  ext.labelled("cs3", "object",
               std::string(wire_name(leaf.object_kind).view()) +
                   (leaf.object.is_nil() ? "" : " " + leaf.object.text()));
  ext.labelled("cs4", "subject", or_empty(leaf.subject.value));
  ext.labelled("cs5", "eventId", leaf.id.text());
  ext.labelled("cs6", "basis", wire_name(leaf.basis).view());
  ext.labelled("flexString1", "onBehalfOf", or_empty(leaf.on_behalf_of.value));
  ext.add("msg", kViewMark.view());
  const std::string name(wire_name(leaf.event).view());
  return "CEF:0|Assent|assent|1|" + escaped(name, "\\|") + "|" + escaped(name, "\\|") + "|" +
         std::to_string(severity_of(leaf)) + "|" + ext.text();
}

std::string syslog_message(const ViewedEntry& entry, const std::string& host,
                           const std::string& text) {
  const Leaf& leaf = entry.leaf;
  const int severity = leaf.outcome == Outcome::kDone ? 6 : 4;
  std::string name = host.substr(0, kHostBytesMax);
  std::erase_if(name, [](char c) { return c <= 0x20 || c > 0x7e; });
  return "<" + std::to_string(kFacility * 8 + severity) + ">1 " + to_rfc3339(leaf.time) + " " +
         (name.empty() ? "-" : name) + " assent - " + std::string(wire_name(leaf.event).view()) +
         " - " + text;
}

}  // namespace assent

#include "core/log.h"

#include <ostream>

#include "core/json_text.h"

namespace assent {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

StaticText level_name(Log::Level level) {
  switch (level) {
    case Log::Level::kInfo:
      return "info";
    case Log::Level::kWarning:
      return "warning";
    case Log::Level::kError:
      return "error";
  }
  return "unknown";
}

void append_field(std::string& line, StaticText name, std::string_view json) {
  line += line.size() == 1 ? "" : ",";
  append_json_string(line, name.view());
  line += ':';
  line += json;
}

}  // namespace

LogValue::LogValue(const Uuid& id) : json_(json_text(id.text())) {}
LogValue::LogValue(StaticText text) : json_(json_text(text.view())) {}
LogValue::LogValue(ErrorCode code) : LogValue(error_name(code)) {}
LogValue::LogValue(const CatalogueName& name) : json_(json_text(name.text())) {}
LogValue::LogValue(Timestamp at) : json_(json_text(to_rfc3339(at))) {}
LogValue::LogValue(const Hash32& hash) : json_(json_text(to_hex(hash))) {}

Log::Log(const Clock& clock, std::ostream& out, Level minimum)
    : clock_(clock), out_(out), minimum_(minimum) {}

void Log::write(Level level, StaticText event, Fields fields) {
  if (level < minimum_) return;
  std::string line = "{";
  append_field(line, "ts", json_text(to_rfc3339(clock_.now())));
  append_field(line, "level", json_text(level_name(level).view()));
  append_field(line, "event", json_text(event.view()));
  for (const LogField& field : fields) append_field(line, field.name, field.value.json());
  line += "}\n";
  const std::lock_guard lock(mutex_);
  out_ << line << std::flush;
}

}  // namespace assent

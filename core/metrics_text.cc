#include "core/metrics_text.h"

namespace assent {

void append_metric_type(std::string& text, StaticText name, StaticText type) {
  text.append("# TYPE ").append(name.view()).append(" ").append(type.view()).append("\n");
}

void append_sample(std::string& text, StaticText name, StaticText label, std::string_view of,
                   std::uint64_t value) {
  text.append(name.view()).append("{").append(label.view()).append("=\"");
  for (const char c : of) {
    if (c == '\\' || c == '"') text += '\\';
    c == '\n' ? text.append("\\n") : text.append(1, c);
  }
  text.append("\"} ").append(std::to_string(value)).append("\n");
}

}  // namespace assent

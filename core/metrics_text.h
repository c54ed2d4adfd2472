#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/static_text.h"

// The text format of Prometheus, as much of it as our programs speak. Thread-safe.
namespace assent {

// Before the samples of a series: "gauge" or "counter".
void append_metric_type(std::string& text, StaticText name, StaticText type);
// One sample with one label, whose value may be any text.
void append_sample(std::string& text, StaticText name, StaticText label, std::string_view of,
                   std::uint64_t value);

}  // namespace assent

#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "core/log.h"
#include "core/static_text.h"

namespace assent {

// A file of metrics (metrics_text.h) for a collector of such files, replaced when a number changes;
// each part of a program keeps a section of its own. When the disk refuses, that is logged once
// ("metrics.not_kept") and tried again with the next change. Thread-safe.
class MetricsFile {
 public:
  // `log` outlives it. An empty path: nothing is kept.
  MetricsFile(std::filesystem::path file, Log& log) : file_(std::move(file)), log_(log) {}

  // `section` orders the sections and is not written.
  void put(StaticText section, std::string text);

 private:
  const std::filesystem::path file_;
  Log& log_;
  std::mutex mutex_;
  std::map<std::string_view, std::string> sections_;
  std::string written_;
  bool is_unwritable_ = false;
};

}  // namespace assent

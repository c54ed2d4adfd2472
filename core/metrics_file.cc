#include "core/metrics_file.h"

#include "core/file.h"

namespace assent {

void MetricsFile::put(StaticText section, std::string text) {
  if (file_.empty()) return;
  const std::lock_guard hold(mutex_);
  sections_[section.view()] = std::move(text);
  std::string all;
  for (const auto& [name, of_section] : sections_) all += of_section;
  if (all == written_) return;
  const auto kept = replace_file(file_, all, 0644);
  if (!kept.ok() && !is_unwritable_) {
    log_.warning("metrics.not_kept", {{"code", kept.error().code}});
  }
  is_unwritable_ = !kept.ok();
  if (kept.ok()) written_ = std::move(all);
}

}  // namespace assent

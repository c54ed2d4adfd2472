#include "core/live_keyring.h"

#include <sys/stat.h>

namespace assent {
namespace {

// How long a keyring that could not be opened is left alone.
constexpr std::int64_t kPauseUs = 10 * kSecondUs;

}  // namespace

LiveKeyring::Mark LiveKeyring::mark_of(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

Result<std::unique_ptr<LiveKeyring>> LiveKeyring::open(std::filesystem::path file, Open open,
                                                       std::unique_ptr<const Clock> steady) {
  const Mark mark = mark_of(file);  // First: a file that is replaced meanwhile is noticed.
  auto keyring = open();
  if (!keyring.ok()) return keyring.error();
  auto opened = std::make_shared<const Keyring>(*std::move(keyring));
  return std::unique_ptr<LiveKeyring>(new LiveKeyring(std::move(file), std::move(open),
                                                      std::move(steady), std::move(opened), mark));
}

std::shared_ptr<const Keyring> LiveKeyring::now() {
  const std::lock_guard lock(mutex_);
  const Mark mark = mark_of(file_);
  if (mark == mark_ && !is_retry_due()) return keyring_;
  auto opened = open_();
  // A file root takes its final name a moment after the keyring that it wraps.
  if (!opened.ok() && opened.error().code != ErrorCode::kDenied) opened = open_();
  mark_ = mark;
  if (opened.ok()) {
    keyring_ = std::make_shared<const Keyring>(*std::move(opened));
    failure_.reset();
  } else {
    failure_ = opened.error();
    tried_at_ = steady_->now();
  }
  return keyring_;
}

bool LiveKeyring::is_retry_due() const {
  return failure_ && failure_->code != ErrorCode::kDenied &&
         steady_->now().us - tried_at_.us >= kPauseUs;
}

std::optional<Error> LiveKeyring::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace assent

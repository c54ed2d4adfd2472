#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "core/clock.h"
#include "core/keyring.h"

namespace assent {

// The keyring of a running process, as its file has it now: when the file was replaced (an epoch
// was added or burned, the root was rotated) it is opened again, and the keys of epochs that are
// gone leave the slab with their last user. Thread-safe. Source: decisions/0030.
//
// What a wrap needs is in the file before the wrap is in the safe. So whoever asks now() *after*
// reading a wrap has its epoch, or the wrap has been replaced since and is to be read again.
class LiveKeyring {
 public:
  using Open = std::function<Result<Keyring>()>;

  // The errors of `open`, which reads `file` each time it is called.
  static Result<std::unique_ptr<LiveKeyring>> open(
      std::filesystem::path file, Open open,
      std::unique_ptr<const Clock> steady = std::make_unique<SteadyClock>());

  // One stat(2) when nothing changed. A file that does not open leaves the keyring of before in
  // place; it is tried again after a while, but a root that refuses us (a device counts its PINs)
  // only when the file changes again.
  std::shared_ptr<const Keyring> now();
  // Why the file as it is now could not be opened; nullopt: it was.
  std::optional<Error> failure() const;
  KeySlab& slab() const { return slab_; }

 private:
  // Tells one file of this name from the next.
  struct Mark {
    std::uint64_t inode = 0;
    std::int64_t bytes = 0, seconds = 0, nanoseconds = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  static Mark mark_of(const std::filesystem::path& file);
  LiveKeyring(std::filesystem::path file, Open open, std::unique_ptr<const Clock> steady,
              std::shared_ptr<const Keyring> keyring, const Mark& mark)
      : file_(std::move(file)),
        open_(std::move(open)),
        steady_(std::move(steady)),
        slab_(keyring->slab()),
        keyring_(std::move(keyring)),
        mark_(mark) {}
  bool is_retry_due() const;

  const std::filesystem::path file_;
  const Open open_;
  const std::unique_ptr<const Clock> steady_;
  KeySlab& slab_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Keyring> keyring_;
  Mark mark_;  // Of the file that was tried last.
  std::optional<Error> failure_;
  Timestamp tried_at_;
};

}  // namespace assent

#pragma once

#include <filesystem>
#include <string>

#include "api/services.h"
#include "core/root_share.h"

namespace assent {

// What is done to the root key of a running installation, by the server's own terminal. Each act is
// in the installation's log before it is done.

struct RotatedRoot {
  RootRotation rotation;
  EventId leaf;  // Nil when an earlier call had done it.
};
// rotate_root with its entry ROOT_ROTATED. `at` as there.
Result<RotatedRoot> rotate_root_logged(
    Services& services, const FaultPoint& at = [](StaticText) {});

struct SplitOrder {
  int shares = 0;
  int threshold = 0;
  std::filesystem::path directory;  // Made with mode 0700 when it is missing.
};
struct SplitRoot {
  std::vector<std::filesystem::path> files;  // One a share, mode 0400.
  std::string set;                           // Its name, as the files have it.
  EventId leaf;
};
// Splits the root that wraps the keyring now, after trying that the shares give it back.
// kInvalid   numbers that cannot be.
// kConflict  a file of that name exists; the root is inside a device.
Result<SplitRoot> split_root_to_files(Services& services, const SplitOrder& order);

}  // namespace assent

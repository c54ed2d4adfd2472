#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/root_provider.h"

namespace assent {

// A root key inside a device that speaks PKCS#11 (OASIS, 2.40 or newer): an AES key of 256 bits
// that is sensitive and not extractable. Epoch keys are sealed by the device with AES-256-GCM:
//
//   0x01 | 0x03 | generation 4 | nonce 12 | encrypted key 32 | tag 16, 66 bytes
//
// AAD: "cdp.rwk.v1" 0x00 | those first 6 bytes | installation 16 | epoch 4 | commitment 32.
// p11-kit and the module are used by root_pkcs11.cc alone.
struct Pkcs11Place {
  std::filesystem::path module;  // Shared library of the device's maker.
  std::string token;             // Label of the token.
  std::string key;               // Label of the key.
  friend bool operator==(const Pkcs11Place&, const Pkcs11Place&) = default;
};

enum class MissingKey { kRefuse, kGenerate };

// Logs in with `pin` and finds the key; with kGenerate one is made inside the device when there is
// none. The session ends with the provider.
// kNotFound     no such module, token or key.
// kDenied       the PIN is wrong or locked; the key may leave the device.
// kConflict     several tokens or keys of that label.
// kUnavailable  the device does not answer, or cannot do AES-GCM.
Result<std::unique_ptr<RootProvider>> open_pkcs11_root(const Pkcs11Place& place,
                                                       const Plaintext& pin, MissingKey missing);

}  // namespace assent

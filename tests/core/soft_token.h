#pragma once

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "core/custody.h"

namespace assent {

// A PKCS#11 device in software (SoftHSM) with its tokens in a directory.
class SoftToken {
 public:
  static constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";

  explicit SoftToken(const std::filesystem::path& directory) : directory_(directory / "softhsm") {
    std::filesystem::create_directories(directory_ / "tokens");
    std::ofstream(directory_ / "softhsm2.conf")
        << "directories.tokendir = " << (directory_ / "tokens").string()
        << "\nobjectstore.backend = file\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (directory_ / "softhsm2.conf").c_str(), 1);
    init("assent");
    std::ofstream(pin_file()) << "1234\n";
    std::filesystem::permissions(pin_file(), std::filesystem::perms::owner_read);
  }
  ~SoftToken() { ::unsetenv("SOFTHSM2_CONF"); }
  SoftToken(const SoftToken&) = delete;
  SoftToken& operator=(const SoftToken&) = delete;

  // One more token of that label.
  static void init(const std::string& label) {
    run("softhsm2-util --init-token --free --so-pin 5678 --pin 1234 --label " + label);
  }
  // An AES key that may be read out again, as a careless administrator makes it.
  static void make_extractable_key(std::string label) {
    CK_FUNCTION_LIST* const calls = p11_kit_module_load(kModule, 0);
    must(p11_kit_module_initialize(calls));
    CK_SLOT_ID slots[8] = {};  // The token's first; the one for the next token is last.
    CK_ULONG count = std::size(slots);
    must(calls->C_GetSlotList(CK_TRUE, slots, &count));
    CK_SESSION_HANDLE session = 0;
    must(calls->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                              &session));
    std::string pin = "1234";
    must(calls->C_Login(session, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin.data()), pin.size()));
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG bytes = 32;
    CK_ATTRIBUTE wanted[] = {{CKA_LABEL, label.data(), label.size()},
                             {CKA_VALUE_LEN, &bytes, sizeof bytes},
                             {CKA_TOKEN, &yes, sizeof yes},
                             {CKA_SENSITIVE, &yes, sizeof yes},
                             {CKA_EXTRACTABLE, &yes, sizeof yes}};
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE key = 0;
    must(calls->C_GenerateKey(session, &mechanism, wanted, std::size(wanted), &key));
    p11_kit_module_finalize(calls);
    p11_kit_module_release(calls);
  }
  std::filesystem::path pin_file() const { return directory_ / "pin"; }
  Pkcs11RootPlace place(const std::string& key = "root") const {
    return {{kModule, "assent", key}, pin_file(), ""};
  }

 private:
  static void must(CK_RV result) {
    if (result != CKR_OK) throw std::runtime_error("the soft token refuses");
  }
  static void run(const std::string& command) {
    if (std::system((command + " > /dev/null").c_str()) != 0) {
      throw std::runtime_error("softhsm2-util failed: run scripts/install-deps");
    }
  }
  std::filesystem::path directory_;
};

}  // namespace assent

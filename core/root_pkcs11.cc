#include "core/root_pkcs11.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace assent {
namespace {

constexpr std::uint8_t kFormat = 0x01;
constexpr std::uint8_t kSuiteAesGcm = 0x03;
constexpr std::size_t kHeaderBytes = 6;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kWrapBytes = kHeaderBytes + kNonceBytes + kKeyBytes + kTagBytes;
constexpr CK_ULONG kObjectsMax = 2;  // One is wanted, a second one is a fault.

Error error_of(CK_RV result) {
  switch (result) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
      return {ErrorCode::kDenied, "the token refuses the PIN; a few more times may lock it"};
    case CKR_PIN_LOCKED:
      return {ErrorCode::kDenied, "the PIN of the token is locked"};
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
      return {ErrorCode::kNotFound, "there is no token of that label"};
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
      return {ErrorCode::kUnavailable, "the token cannot do AES-GCM, or not as it is needed"};
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_USER_NOT_LOGGED_IN:
      return {ErrorCode::kDenied, "the token does not let its key encrypt and decrypt"};
    default:
      return {ErrorCode::kUnavailable, "the token does not answer as it should"};
  }
}

std::string padded(const CK_UTF8CHAR* label, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(label), size);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
  return text;
}

template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return {type, &value, sizeof value};
}
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, std::string& text) {
  return {type, text.data(), text.size()};
}

// A module that is loaded and initialised; p11-kit counts who uses it.
class Module {
 public:
  static Result<std::unique_ptr<Module>> load(const std::filesystem::path& file) {
    CK_FUNCTION_LIST* calls = p11_kit_module_load(file.c_str(), 0);
    if (calls == nullptr) {
      return Error{ErrorCode::kNotFound, "the PKCS#11 module cannot be loaded"};
    }
    if (const CK_RV result = p11_kit_module_initialize(calls); result != CKR_OK) {
      p11_kit_module_release(calls);
      return error_of(result);
    }
    return std::unique_ptr<Module>(new Module(calls));
  }
  ~Module() {
    p11_kit_module_finalize(calls_);
    p11_kit_module_release(calls_);
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  CK_FUNCTION_LIST* operator->() const { return calls_; }

  Result<CK_SLOT_ID> slot_of(const std::string& label) const {
    CK_ULONG count = 0;
    CK_RV result = calls_->C_GetSlotList(CK_TRUE, nullptr, &count);
    std::vector<CK_SLOT_ID> slots(count);
    if (result == CKR_OK) result = calls_->C_GetSlotList(CK_TRUE, slots.data(), &count);
    if (result != CKR_OK) return error_of(result);
    slots.resize(count);
    std::optional<CK_SLOT_ID> found;
    for (const CK_SLOT_ID slot : slots) {
      CK_TOKEN_INFO info{};
      if (calls_->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
      if (padded(info.label, sizeof info.label) != label) continue;
      if (found) return Error{ErrorCode::kConflict, "there are several tokens of that label"};
      found = slot;
    }
    if (!found) return Error{ErrorCode::kNotFound, "there is no token of that label"};
    return *found;
  }

 private:
  explicit Module(CK_FUNCTION_LIST* calls) : calls_(calls) {}
  CK_FUNCTION_LIST* calls_;
};

class Pkcs11Root final : public RootProvider {
 public:
  static Result<std::unique_ptr<Pkcs11Root>> open(const Pkcs11Place& place, const Plaintext& pin) {
    auto module = Module::load(place.module);
    if (!module.ok()) return module.error();
    const auto slot = (*module)->slot_of(place.token);
    if (!slot.ok()) return slot.error();
    std::unique_ptr<Pkcs11Root> root(new Pkcs11Root(std::move(*module)));
    if (auto begun = root->begin(*slot, pin); !begun.ok()) return begun.error();
    return root;
  }
  ~Pkcs11Root() override {
    if (session_ == CK_INVALID_HANDLE) return;
    (*module_)->C_Logout(session_);
    (*module_)->C_CloseSession(session_);
  }
  Pkcs11Root(const Pkcs11Root&) = delete;
  Pkcs11Root& operator=(const Pkcs11Root&) = delete;

  RootKind kind() const override { return RootKind::kPkcs11; }

  // False: there is none of that label.
  Result<bool> find(std::string label) {
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    std::array wanted{attribute(CKA_CLASS, kind), attribute(CKA_KEY_TYPE, type),
                      attribute(CKA_LABEL, label)};
    CK_RV result = (*module_)->C_FindObjectsInit(session_, wanted.data(), wanted.size());
    if (result != CKR_OK) return error_of(result);
    std::array<CK_OBJECT_HANDLE, kObjectsMax> found{};
    CK_ULONG count = 0;
    result = (*module_)->C_FindObjects(session_, found.data(), found.size(), &count);
    (*module_)->C_FindObjectsFinal(session_);
    if (result != CKR_OK) return error_of(result);
    if (count == 0) return false;
    if (count > 1) return Error{ErrorCode::kConflict, "the token has several keys of that label"};
    key_ = found[0];
    return true;
  }

  Status generate(std::string label) {
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_ULONG bytes = kKeyBytes;
    std::array wanted{attribute(CKA_LABEL, label),   attribute(CKA_VALUE_LEN, bytes),
                      attribute(CKA_TOKEN, yes),     attribute(CKA_PRIVATE, yes),
                      attribute(CKA_SENSITIVE, yes), attribute(CKA_EXTRACTABLE, no),
                      attribute(CKA_ENCRYPT, yes),   attribute(CKA_DECRYPT, yes)};
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    const CK_RV result =
        (*module_)->C_GenerateKey(session_, &mechanism, wanted.data(), wanted.size(), &key_);
    if (result != CKR_OK) return error_of(result);
    return Unit{};
  }

  // A key that can be read out protects nothing that a file would not.
  Status check_confined() {
    CK_BBOOL sensitive = CK_FALSE;
    CK_BBOOL extractable = CK_TRUE;
    std::array asked{attribute(CKA_SENSITIVE, sensitive), attribute(CKA_EXTRACTABLE, extractable)};
    const CK_RV result =
        (*module_)->C_GetAttributeValue(session_, key_, asked.data(), asked.size());
    if (result != CKR_OK) return error_of(result);
    if (sensitive == CK_TRUE && extractable == CK_FALSE) return Unit{};
    return Error{ErrorCode::kDenied,
                 "the key may leave its token: make one that is sensitive and not extractable"};
  }

  Result<Bytes> wrap(const EpochName& name, const SecretKey& key, Random& random) override {
    Bytes out{kFormat, kSuiteAesGcm};
    put_u32(out, name.generation);
    Bytes aad = aad_of(out, name, key_commitment(key, name.key_name()));
    out.resize(kWrapBytes);
    std::uint8_t* const nonce = out.data() + kHeaderBytes;
    random.fill({nonce, kNonceBytes});  // A token that insists on its own writes it here.
    CK_GCM_PARAMS parameters = gcm(nonce, aad);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    CK_RV result = (*module_)->C_EncryptInit(session_, &mechanism, key_);
    Hash32 plain{};
    std::ranges::copy(key.bytes(), plain.begin());
    CK_ULONG size = kKeyBytes + kTagBytes;
    if (result == CKR_OK) {
      result =
          (*module_)->C_Encrypt(session_, plain.data(), plain.size(), nonce + kNonceBytes, &size);
    }
    wipe(plain.data(), plain.size());
    if (result != CKR_OK) return error_of(result);
    if (size != kKeyBytes + kTagBytes) return error_of(CKR_MECHANISM_PARAM_INVALID);
    return out;
  }

  Result<SecretKey> unwrap(const EpochName& name, ByteView wrapped,
                           const Hash32& commitment) override {
    const Error corrupt{ErrorCode::kCorrupt, "the token does not open the wrapped key"};
    if (wrapped.size() != kWrapBytes || wrapped[0] != kFormat || wrapped[1] != kSuiteAesGcm ||
        get_u32(wrapped.data() + 2) != name.generation) {
      return corrupt;
    }
    Bytes sealed(wrapped.begin(), wrapped.end());
    Bytes aad = aad_of(wrapped.first(kHeaderBytes), name, commitment);
    std::uint8_t* const nonce = sealed.data() + kHeaderBytes;
    CK_GCM_PARAMS parameters = gcm(nonce, aad);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    const CK_RV begun = (*module_)->C_DecryptInit(session_, &mechanism, key_);
    if (begun != CKR_OK) return error_of(begun);
    // Tokens may want room for the tag too.
    std::array<std::uint8_t, kKeyBytes + kTagBytes> plain{};
    CK_ULONG size = plain.size();
    const CK_RV result = (*module_)->C_Decrypt(session_, nonce + kNonceBytes, kKeyBytes + kTagBytes,
                                               plain.data(), &size);
    std::optional<SecretKey> key;
    if (result == CKR_OK && size == kKeyBytes) {
      key.emplace(ByteView(plain).first(kKeyBytes));
    }
    wipe(plain.data(), plain.size());
    if (is_gone(result)) return error_of(result);
    if (!key || !equal_constant_time(key_commitment(*key, name.key_name()), commitment)) {
      return corrupt;
    }
    return std::move(*key);
  }

  Result<SecretKey> secret() override {
    return Error{ErrorCode::kConflict,
                 "the root key never leaves its token: use the backup of the device's maker"};
  }

 private:
  explicit Pkcs11Root(std::unique_ptr<Module> module) : module_(std::move(module)) {}

  Status begin(CK_SLOT_ID slot, const Plaintext& pin) {
    CK_RV result = (*module_)->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr,
                                             nullptr, &session_);
    if (result != CKR_OK) return error_of(result);
    Plaintext copy = pin.duplicate();
    auto* const text = reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(copy.reveal().data()));
    result = (*module_)->C_Login(session_, CKU_USER, text, copy.reveal().size());
    if (result != CKR_OK) return error_of(result);
    return Unit{};
  }

  // The device is away, which is no word about the bytes.
  static bool is_gone(CK_RV result) {
    return result == CKR_DEVICE_ERROR || result == CKR_DEVICE_REMOVED ||
           result == CKR_DEVICE_MEMORY || result == CKR_SESSION_HANDLE_INVALID ||
           result == CKR_USER_NOT_LOGGED_IN || result == CKR_KEY_FUNCTION_NOT_PERMITTED;
  }

  static CK_GCM_PARAMS gcm(std::uint8_t* nonce, Bytes& aad) {
    return {nonce, kNonceBytes, kNonceBytes * 8, aad.data(), aad.size(), kTagBytes * 8};
  }

  static Bytes aad_of(ByteView header, const EpochName& name, const Hash32& commitment) {
    Bytes aad;
    put(aad, std::string_view("cdp.rwk.v1"));
    aad.push_back(0);
    put(aad, header);
    put(aad, name.installation.view());
    put_u32(aad, name.epoch);
    put(aad, commitment);
    return aad;
  }

  std::unique_ptr<Module> module_;
  CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
};

}  // namespace

Result<std::unique_ptr<RootProvider>> open_pkcs11_root(const Pkcs11Place& place,
                                                       const Plaintext& pin, MissingKey missing) {
  auto root = Pkcs11Root::open(place, pin);
  if (!root.ok()) return root.error();
  const auto found = (*root)->find(place.key);
  if (!found.ok()) return found.error();
  if (!*found) {
    if (missing == MissingKey::kRefuse) {
      return Error{ErrorCode::kNotFound, "the token has no AES key of that label"};
    }
    if (auto made = (*root)->generate(place.key); !made.ok()) return made.error();
  }
  if (auto confined = (*root)->check_confined(); !confined.ok()) return confined.error();
  return std::unique_ptr<RootProvider>(std::move(*root));
}

}  // namespace assent

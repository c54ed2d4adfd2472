#include "core/sealed.h"

#include <sodium.h>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::uint8_t kFormat = 0x01;
constexpr std::size_t kHeaderBytes = 6;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kOverheadBytes = kHeaderBytes + kNonceBytes + kTagBytes;
constexpr std::size_t kCommittingTagBytes = 32;
constexpr std::string_view kFieldKeyContext = "cdpfld01";
constexpr std::string_view kCommittingCipherContext = "cdpfld2e";
constexpr std::string_view kCommittingTagContext = "cdpfld2m";

void put_label(Bytes& out, std::string_view label) {
  put(out, label);
  out.push_back(0);
}

Bytes wrap_aad(ByteView header, const KeyName& name, const Hash32& commitment) {
  Bytes aad;
  aad.reserve(86);
  put_label(aad, "cdp.wdk.v1");
  put(aad, header);
  put(aad, name.tenant.view());
  put(aad, name.subject.view());
  put_u32(aad, name.version);
  aad.push_back(static_cast<std::uint8_t>(name.purpose));
  put(aad, commitment);
  return aad;
}

Bytes field_aad(ByteView header, const FieldPlace& place) {
  Bytes aad;
  aad.reserve(69);
  put_label(aad, "cdp.fld.v1");
  put(aad, header);
  put(aad, place.tenant.view());
  put(aad, place.subject.view());
  put_u16(aad, place.field_id);
  put(aad, place.row.view());
  put_u16(aad, place.schema_version);
  return aad;
}

Bytes header_of(KeyUse use) {
  Bytes header{kFormat, static_cast<std::uint8_t>(use.suite)};
  put_u32(header, use.version);
  return header;
}

// header | nonce | ciphertext | tag
Bytes seal(ByteView key, Bytes header, ByteView aad, ByteView plain, Random& random) {
  Bytes out = std::move(header);
  out.resize(kHeaderBytes + kNonceBytes + plain.size() + kTagBytes);
  std::uint8_t* nonce = out.data() + kHeaderBytes;
  random.fill({nonce, kNonceBytes});
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, plain.data(),
                                             plain.size(), aad.data(), aad.size(), nullptr, nonce,
                                             key.data());
  return out;
}

constexpr std::size_t overhead_of(Suite suite) {
  return suite == Suite::kCommitting ? kHeaderBytes + kNonceBytes + kCommittingTagBytes
                                     : kOverheadBytes;
}

// The suite of a field record; nullopt: it is none.
std::optional<Suite> suite_of(ByteView record) {
  if (record.size() < kHeaderBytes || record[0] != kFormat) return std::nullopt;
  for (const Suite suite : {Suite::kPoly1305, Suite::kCommitting}) {
    if (record[1] != static_cast<std::uint8_t>(suite)) continue;
    if (record.size() >= overhead_of(suite)) return suite;
  }
  return std::nullopt;
}

bool is_wrap(ByteView wrapped) {
  return wrapped.size() == kWrappedKeyBytes && suite_of(wrapped) == Suite::kPoly1305;
}

// Opens into `plain`, which the caller wipes.
bool open(ByteView key, ByteView aad, ByteView record, Bytes& plain) {
  plain.resize(record.size() - kOverheadBytes);
  const std::uint8_t* nonce = record.data() + kHeaderBytes;
  return crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr,
                                                    nonce + kNonceBytes,
                                                    record.size() - kHeaderBytes - kNonceBytes,
                                                    aad.data(), aad.size(), nonce, key.data()) == 0;
}

// The committing suite: header | nonce | ciphertext | BLAKE2b-256 over all that and the place. Both
// keys are derived from the record's, for this suite and field alone.
struct CommittingKeys {
  CommittingKeys(const SecretKey& dek, std::uint16_t field)
      : cipher(derive_key(dek.bytes(), field, kCommittingCipherContext)),
        tag(derive_key(dek.bytes(), field, kCommittingTagContext)) {}
  SecretKey cipher;
  SecretKey tag;
};

void xchacha20(const SecretKey& key, const std::uint8_t* nonce, ByteView in, std::uint8_t* out) {
  crypto_stream_xchacha20_xor(out, in.data(), in.size(), nonce, key.bytes().data());
}

Bytes seal_committing(const CommittingKeys& keys, Bytes header, ByteView aad, ByteView plain,
                      Random& random) {
  Bytes out = std::move(header);
  out.resize(kHeaderBytes + kNonceBytes + plain.size());
  std::uint8_t* nonce = out.data() + kHeaderBytes;
  random.fill({nonce, kNonceBytes});
  xchacha20(keys.cipher, nonce, plain, nonce + kNonceBytes);
  put(out, blake2b_keyed(keys.tag.bytes(), aad, ByteView(out).subspan(kHeaderBytes)));
  return out;
}

bool open_committing(const CommittingKeys& keys, ByteView aad, ByteView record, Bytes& plain) {
  const ByteView body = record.first(record.size() - kCommittingTagBytes).subspan(kHeaderBytes);
  const Hash32 tag = blake2b_keyed(keys.tag.bytes(), aad, body);
  if (!equal_constant_time(tag, record.last(kCommittingTagBytes))) return false;
  plain.resize(body.size() - kNonceBytes);
  xchacha20(keys.cipher, body.data(), body.subspan(kNonceBytes), plain.data());
  return true;
}

std::size_t padded_size(std::size_t size) {
  const std::size_t step = size > 1024 ? 256 : size > 128 ? 64 : 32;
  return (size + 1 + step - 1) / step * step;
}

constexpr Error kNoFieldRecord{ErrorCode::kCorrupt, "not a field record of format 1"};

struct WipedBytes {
  Bytes bytes;
  ~WipedBytes() { wipe(bytes.data(), bytes.size()); }
};

// The length before the 0x80 marker; nullopt when the padding is not canonical.
std::optional<std::size_t> unpadded_size(ByteView padded) {
  std::size_t size = padded.size();
  while (size > 0 && padded[size - 1] == 0) --size;
  if (size < 2 || padded[size - 1] != 0x80 || padded_size(size - 1) != padded.size()) {
    return std::nullopt;
  }
  return size - 1;
}

}  // namespace

Hash32 key_commitment(const SecretKey& key, const KeyName& name) {
  Bytes message;
  put_label(message, "cdp.commit.v1");
  put(message, name.tenant.view());
  put(message, name.subject.view());
  put_u32(message, name.version);
  return blake2b_keyed(key.bytes(), message);
}

Bytes wrap_key(const SecretKey& kek, std::uint32_t kek_epoch, const KeyName& name,
               const SecretKey& key, Random& random) {
  Bytes header = header_of(kek_epoch);
  const Bytes aad = wrap_aad(header, name, key_commitment(key, name));
  return seal(kek.bytes(), std::move(header), aad, key.bytes(), random);
}

Result<SecretKey> unwrap_key(const SecretKey& kek, const KeyName& name, ByteView wrapped,
                             const Hash32& commitment) {
  if (!is_wrap(wrapped)) {
    return Error{ErrorCode::kCorrupt, "not a wrapped key of format 1"};
  }
  WipedBytes plain;
  if (!open(kek.bytes(), wrap_aad(wrapped.first(kHeaderBytes), name, commitment), wrapped,
            plain.bytes)) {
    return Error{ErrorCode::kCorrupt, "the wrapped key does not open under this key and name"};
  }
  SecretKey key{ByteView(plain.bytes)};
  if (!equal_constant_time(key_commitment(key, name), commitment)) {
    return Error{ErrorCode::kCorrupt, "the key does not match its commitment"};
  }
  return key;
}

Result<std::uint32_t> wrapped_epoch(ByteView wrapped) {
  if (!is_wrap(wrapped)) {
    return Error{ErrorCode::kCorrupt, "not a wrapped key of format 1"};
  }
  return get_u32(wrapped.data() + 2);
}

Bytes seal_field(const SecretKey& dek, KeyUse use, const FieldPlace& place, FieldType type,
                 ByteView value, Random& random) {
  WipedBytes plain;
  plain.bytes.reserve(padded_size(value.size() + 1));
  plain.bytes.push_back(static_cast<std::uint8_t>(type));
  put(plain.bytes, value);
  const std::size_t padded = padded_size(plain.bytes.size());
  plain.bytes.push_back(0x80);
  plain.bytes.resize(padded, 0);
  Bytes header = header_of(use);
  const Bytes aad = field_aad(header, place);
  if (use.suite == Suite::kCommitting) {
    return seal_committing({dek, place.field_id}, std::move(header), aad, plain.bytes, random);
  }
  const SecretKey key = derive_key(dek.bytes(), place.field_id, kFieldKeyContext);
  return seal(key.bytes(), std::move(header), aad, plain.bytes, random);
}

Result<OpenedField> open_field(const SecretKey& dek, const FieldPlace& place, ByteView record) {
  const auto suite = suite_of(record);
  if (!suite) return kNoFieldRecord;
  const Bytes aad = field_aad(record.first(kHeaderBytes), place);
  WipedBytes plain;
  const bool is_open = *suite == Suite::kCommitting
                           ? open_committing({dek, place.field_id}, aad, record, plain.bytes)
                           : open(derive_key(dek.bytes(), place.field_id, kFieldKeyContext).bytes(),
                                  aad, record, plain.bytes);
  if (!is_open) {
    return Error{ErrorCode::kCorrupt, "the field record does not open at this place"};
  }
  const auto size = unpadded_size(plain.bytes);
  if (!size || plain.bytes[0] > static_cast<std::uint8_t>(FieldType::kBytes)) {
    return Error{ErrorCode::kCorrupt, "the field record is not canonical"};
  }
  return OpenedField{static_cast<FieldType>(plain.bytes[0]),
                     Plaintext(as_text(ByteView(plain.bytes).subspan(1, *size - 1)))};
}

Result<KeyUse> field_key_use(ByteView record) {
  const auto suite = suite_of(record);
  if (!suite) return kNoFieldRecord;
  return KeyUse(get_u32(record.data() + 2), *suite);
}

Result<std::uint32_t> field_key_version(ByteView record) {
  const auto use = field_key_use(record);
  if (!use.ok()) return use.error();
  return use->version;
}

}  // namespace assent

#include "core/sealed_stream.h"

#include <sodium.h>

#include <algorithm>
#include <istream>
#include <ostream>

namespace assent {
namespace {

constexpr std::string_view kMagic = "assent.backup.v1\n";
constexpr std::string_view kRecipient = "assent-backup-1:";
constexpr std::size_t kBoxBytes = 32 + crypto_box_SEALBYTES;
constexpr std::size_t kStreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t kFrameBytesMax = 64 * 1024;
constexpr std::size_t kOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;

constexpr unsigned char kMessage = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
constexpr unsigned char kEndOfSection = crypto_secretstream_xchacha20poly1305_TAG_PUSH;
constexpr unsigned char kEndOfFile = crypto_secretstream_xchacha20poly1305_TAG_FINAL;

using State = crypto_secretstream_xchacha20poly1305_state;
static_assert(sizeof(State) == 52);

State* state_of(std::array<std::uint8_t, 52>& bytes) {
  return reinterpret_cast<State*>(bytes.data());
}

void put_out(std::ostream& out, ByteView bytes) {
  out.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
}

bool get_in(std::istream& in, std::span<std::uint8_t> bytes) {
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return static_cast<std::size_t>(in.gcount()) == bytes.size();
}

Error damaged() {
  return {ErrorCode::kCorrupt, "the backup was changed or is cut off"};
}

}  // namespace

std::string BackupRecipient::text() const {
  return std::string(kRecipient) + to_base64url(key);
}

std::optional<BackupRecipient> BackupRecipient::parse(std::string_view text) {
  if (!text.starts_with(kRecipient)) return std::nullopt;
  const auto bytes = from_base64url(text.substr(kRecipient.size()));
  if (!bytes || bytes->size() != sizeof(Hash32)) return std::nullopt;
  BackupRecipient recipient;
  std::copy(bytes->begin(), bytes->end(), recipient.key.begin());
  return recipient;
}

BackupRecipient BackupRecipient::of(const SecretKey& identity) {
  BackupRecipient recipient;
  crypto_scalarmult_base(recipient.key.data(), identity.bytes().data());
  return recipient;
}

SealedWriter::SealedWriter(std::ostream& out, const BackupRecipient& recipient, Random& random)
    : out_(out) {
  const SecretKey key = new_secret_key(random);
  std::array<std::uint8_t, kBoxBytes> box;
  if (crypto_box_seal(box.data(), key.bytes().data(), key.bytes().size(), recipient.key.data()) !=
      0) {
    out_.setstate(std::ios::badbit);  // No such recipient can be: a point of small order.
    return;
  }
  std::array<std::uint8_t, kStreamHeaderBytes> header;
  crypto_secretstream_xchacha20poly1305_init_push(state_of(state_), header.data(),
                                                  key.bytes().data());
  put_out(out_, as_bytes(kMagic));
  put_out(out_, recipient.key);
  put_out(out_, box);
  put_out(out_, header);
}

SealedWriter::~SealedWriter() {
  wipe(state_.data(), state_.size());
}

// Length (u32, big-endian) of the sealed frame, then the frame; the length is bound to it.
void SealedWriter::frame(ByteView plain, unsigned char tag) {
  Bytes length;
  put_u32(length, static_cast<std::uint32_t>(plain.size() + kOverhead));
  Bytes sealed(plain.size() + kOverhead);
  crypto_secretstream_xchacha20poly1305_push(state_of(state_), sealed.data(), nullptr, plain.data(),
                                             plain.size(), length.data(), length.size(), tag);
  put_out(out_, length);
  put_out(out_, sealed);
}

void SealedWriter::begin_section(std::string_view name) {
  end_section();
  frame(as_bytes(name.substr(0, kSectionNameBytesMax)), kMessage);
  is_in_section_ = true;
}

void SealedWriter::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView part = bytes.first(std::min(bytes.size(), kFrameBytesMax));
    frame(part, kMessage);
    bytes = bytes.subspan(part.size());
  }
}

void SealedWriter::end_section() {
  if (is_in_section_) frame({}, kEndOfSection);
  is_in_section_ = false;
}

void SealedWriter::finish() {
  end_section();
  frame({}, kEndOfFile);
  out_.flush();
}

SealedReader::~SealedReader() {
  wipe(state_.data(), state_.size());
  wipe(plain_.data(), plain_.size());
}

Status SealedReader::open(const SecretKey& identity) {
  std::array<std::uint8_t, kMagic.size()> magic{};
  if (!get_in(in_, magic) || as_text(magic) != kMagic) {
    return Error{ErrorCode::kInvalid, "this file is no backup of ours"};
  }
  const BackupRecipient ours = BackupRecipient::of(identity);
  BackupRecipient recipient;
  std::array<std::uint8_t, kBoxBytes> box{};
  std::array<std::uint8_t, kStreamHeaderBytes> header{};
  if (!get_in(in_, recipient.key) || !get_in(in_, box) || !get_in(in_, header)) return damaged();
  if (recipient != ours) {
    return Error{ErrorCode::kDenied, "the backup is sealed for another backup key"};
  }
  Hash32 key{};
  const bool opened = crypto_box_seal_open(key.data(), box.data(), box.size(), ours.key.data(),
                                           identity.bytes().data()) == 0;
  if (opened) {
    crypto_secretstream_xchacha20poly1305_init_pull(state_of(state_), header.data(), key.data());
  }
  wipe(key.data(), key.size());
  return opened ? Status(Unit{}) : Status(damaged());
}

Result<SealedReader::Frame> SealedReader::frame() {
  std::array<std::uint8_t, 4> length{};
  if (!get_in(in_, length)) return damaged();
  const std::size_t size = get_u32(length.data());
  if (size < kOverhead || size > kFrameBytesMax + kOverhead) return damaged();
  sealed_.resize(size);
  plain_.resize(size - kOverhead);
  unsigned char tag = 0;
  if (!get_in(in_, sealed_) || crypto_secretstream_xchacha20poly1305_pull(
                                   state_of(state_), plain_.data(), nullptr, &tag, sealed_.data(),
                                   sealed_.size(), length.data(), length.size()) != 0) {
    return damaged();
  }
  return Frame{plain_, tag};
}

Result<std::optional<std::string>> SealedReader::next_section() {
  while (is_in_section_) {
    if (const auto rest = read(); !rest.ok()) return rest.error();
  }
  const auto next = frame();
  if (!next.ok()) return next.error();
  if (next->tag == kEndOfFile) {
    if (in_.peek() != std::istream::traits_type::eof()) return damaged();
    return std::optional<std::string>{};
  }
  if (next->tag != kMessage || next->plain.size() > kSectionNameBytesMax) return damaged();
  is_in_section_ = true;
  return std::optional(std::string(as_text(next->plain)));
}

Result<ByteView> SealedReader::read() {
  if (!is_in_section_) return ByteView{};
  const auto next = frame();
  if (!next.ok()) return next.error();
  if (next->tag == kMessage) return next->plain;
  if (next->tag != kEndOfSection || !next->plain.empty()) return damaged();
  is_in_section_ = false;
  return ByteView{};
}

}  // namespace assent

#pragma once

#include <array>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/plaintext.h"
#include "core/random.h"
#include "core/result.h"

// A file of named sections, sealed for one recipient: who writes it cannot read it again. By
// libsodium: a sealed box (X25519) holds the file's own key, secretstream (XChaCha20-Poly1305) the
// rest, so a frame that is changed, moved, left out or cut off does not open. docs/operations.md,
// section backup, has the bytes.
namespace assent {

// The public half of a backup key.
struct BackupRecipient {
  Hash32 key{};
  // "assent-backup-1:" and base64url.
  std::string text() const;
  static std::optional<BackupRecipient> parse(std::string_view text);
  static BackupRecipient of(const SecretKey& identity);
  friend bool operator==(const BackupRecipient&, const BackupRecipient&) = default;
};

// Not thread-safe. The stream's own state tells whether the bytes were taken.
class SealedWriter {
 public:
  // `out` must outlive the writer.
  SealedWriter(std::ostream& out, const BackupRecipient& recipient, Random& random);
  ~SealedWriter();
  SealedWriter(const SealedWriter&) = delete;
  SealedWriter& operator=(const SealedWriter&) = delete;

  // At most kNameBytesMax. Ends the section before it.
  void begin_section(std::string_view name);
  void write(ByteView bytes);
  // Ends the file: without this it counts as cut off.
  void finish();

 private:
  void end_section();
  void frame(ByteView plain, unsigned char tag);

  std::ostream& out_;
  std::array<std::uint8_t, 52> state_;
  bool is_in_section_ = false;
};

inline constexpr std::size_t kSectionNameBytesMax = 4'096;

// Not thread-safe.
class SealedReader {
 public:
  // `in` must outlive the reader.
  explicit SealedReader(std::istream& in) : in_(in) {}
  ~SealedReader();
  SealedReader(const SealedReader&) = delete;
  SealedReader& operator=(const SealedReader&) = delete;

  // kInvalid not such a file; kDenied sealed for another key; kCorrupt cut off or changed.
  Status open(const SecretKey& identity);
  // The next section, whatever is left of the one before; nullopt after the last.
  // kCorrupt the file was changed or cut off.
  Result<std::optional<std::string>> next_section();
  // The next bytes of the section, at most 64 KiB; empty at its end. Valid until the next call.
  Result<ByteView> read();

 private:
  struct Frame {
    ByteView plain;
    unsigned char tag;
  };
  Result<Frame> frame();

  std::istream& in_;
  std::array<std::uint8_t, 52> state_{};
  Bytes sealed_;
  Bytes plain_;
  bool is_in_section_ = false;
};

}  // namespace assent

#include "core/root_share.h"

extern "C" {
#include <libgfshare.h>
}

#include <sodium.h>

#include <algorithm>
#include <memory>
#include <new>
#include <numeric>
#include <string>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::uint8_t kFormat = 0x01;
constexpr std::size_t kSetAt = 1;
constexpr std::size_t kSharesAt = 6;
constexpr std::size_t kGenerationAt = 9;
constexpr std::size_t kKeyAt = 13;
constexpr std::size_t kChecksumAt = 45;
constexpr std::size_t kShareBytes = 50;
constexpr std::size_t kGroup = 4;
constexpr std::size_t kGroupsOfALine = 5;
constexpr unsigned kSecretBytes = 32;

// The library draws its coefficients, and overwrites its memory, by what this points to.
void use_our_randomness() {
  static const bool once = [] {
    gfshare_fill_rand = [](unsigned char* to, unsigned int size) { randombytes_buf(to, size); };
    return true;
  }();
  static_cast<void>(once);
}

struct FreeContext {
  void operator()(gfshare_ctx* context) const { gfshare_ctx_free(context); }
};
using Context = std::unique_ptr<gfshare_ctx, FreeContext>;

Context checked(gfshare_ctx* context) {
  if (context == nullptr) throw std::bad_alloc();
  return Context(context);
}

struct WipedHash {
  Hash32 bytes{};
  ~WipedHash() { wipe(bytes.data(), bytes.size()); }
};

struct WipedBytes {
  Bytes bytes;
  ~WipedBytes() { wipe(bytes.data(), bytes.size()); }
};

ByteView checksum_of(const Hash32& hash) {
  return ByteView(hash).first(kShareBytes - kChecksumAt);
}

// The hexadecimal characters of a share; nullopt when there is something else.
std::optional<Plaintext> digits_of(std::string_view text) {
  Plaintext kept(text);  // As long as it can become; its memory is wiped.
  std::vector<char, WipingAllocator<char>> digits;
  digits.reserve(text.size());
  bool comment = false;
  for (const char c : kept.reveal()) {
    if (c == '\n') {
      comment = false;
    } else if (c == '#') {
      comment = true;
    }
    if (comment || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-') continue;
    digits.push_back(c);
  }
  if (digits.size() != kShareBytes * 2) return std::nullopt;
  return Plaintext({digits.data(), digits.size()});
}

bool is_sound(const RootShare& share) {
  return share.threshold >= 2 && share.threshold <= share.shares && share.number >= 1 &&
         share.number <= share.shares;
}

}  // namespace

Result<std::vector<RootShare>> split_root(const SecretKey& root, std::uint32_t generation,
                                          int shares, int threshold, Random& random) {
  if (threshold < 2 || threshold > shares || shares > kSharesMax) {
    return Error{ErrorCode::kInvalid,
                 "a root is split into at most 255 shares, of which at least 2 are needed"};
  }
  use_our_randomness();
  std::vector<unsigned char> numbers(static_cast<std::size_t>(shares));
  std::iota(numbers.begin(), numbers.end(), static_cast<unsigned char>(1));
  const Context context =
      checked(gfshare_ctx_init_enc(numbers.data(), static_cast<unsigned>(shares),
                                   static_cast<unsigned char>(threshold), kSecretBytes));
  WipedHash secret;
  std::ranges::copy(root.bytes(), secret.bytes.begin());
  gfshare_ctx_enc_setsecret(context.get(), secret.bytes.data());
  std::array<std::uint8_t, 5> set{};
  random.fill(set);
  std::vector<RootShare> out;
  for (const unsigned char number : numbers) {
    WipedHash share;
    gfshare_ctx_enc_getshare(context.get(), static_cast<unsigned char>(number - 1),
                             share.bytes.data());
    out.push_back({set, static_cast<std::uint8_t>(shares), static_cast<std::uint8_t>(threshold),
                   number, generation, SecretKey(share.bytes)});
  }
  return out;
}

Plaintext share_text(const RootShare& share) {
  WipedBytes out;
  out.bytes.reserve(kShareBytes);
  out.bytes.push_back(kFormat);
  put(out.bytes, ByteView(share.set));
  for (const std::uint8_t number : {share.shares, share.threshold, share.number}) {
    out.bytes.push_back(number);
  }
  put_u32(out.bytes, share.generation);
  put(out.bytes, share.key.bytes());
  put(out.bytes, checksum_of(sha256(out.bytes)));
  std::string hex = to_hex(out.bytes);
  std::string text;
  text.reserve(hex.size() * 2);
  for (std::size_t at = 0; at < hex.size(); at += kGroup) {
    const std::size_t group = at / kGroup;
    if (group > 0) text += group % kGroupsOfALine == 0 ? '\n' : ' ';
    text.append(hex, at, kGroup);
  }
  text += '\n';
  Plaintext told(text);
  wipe(hex.data(), hex.size());
  wipe(text.data(), text.size());
  return told;
}

Result<RootShare> parse_share(std::string_view text) {
  const auto digits = digits_of(text);
  WipedBytes share;
  if (digits) {
    if (auto bytes = from_hex(digits->reveal())) share.bytes = std::move(*bytes);
  }
  const ByteView bytes(share.bytes);
  if (bytes.size() != kShareBytes || bytes[0] != kFormat) {
    return Error{ErrorCode::kInvalid,
                 "not a share: it has 25 groups of four of the characters 0-9 and a-f"};
  }
  if (!equal_constant_time(checksum_of(sha256(bytes.first(kChecksumAt))),
                           bytes.subspan(kChecksumAt))) {
    return Error{ErrorCode::kCorrupt, "a character of the share is wrong: its checksum says so"};
  }
  RootShare out{{},
                bytes[kSharesAt],
                bytes[kSharesAt + 1],
                bytes[kSharesAt + 2],
                get_u32(bytes.data() + kGenerationAt),
                SecretKey(bytes.subspan(kKeyAt, kSecretBytes))};
  std::ranges::copy(bytes.subspan(kSetAt, out.set.size()), out.set.begin());
  if (!is_sound(out)) return Error{ErrorCode::kCorrupt, "the share names numbers that cannot be"};
  return out;
}

Status ShareSet::add(RootShare share) {
  for (const RootShare& other : shares_) {
    if (!same_set(other, share)) {
      return Error{ErrorCode::kConflict, "the share is of another split than the first one"};
    }
    if (other.number == share.number) {
      return Error{ErrorCode::kConflict, "the same share is here already"};
    }
  }
  shares_.push_back(std::move(share));
  return Unit{};
}

std::size_t ShareSet::missing() const {
  if (shares_.empty()) return 1;
  const std::size_t needed = shares_.front().threshold;
  return needed > shares_.size() ? needed - shares_.size() : 0;
}

Result<SecretKey> ShareSet::join() const {
  if (missing() > 0) return Error{ErrorCode::kInvalid, "there are too few shares"};
  use_our_randomness();
  std::vector<unsigned char> numbers;
  for (const RootShare& share : shares_) numbers.push_back(share.number);
  const Context context = checked(
      gfshare_ctx_init_dec(numbers.data(), static_cast<unsigned>(numbers.size()), kSecretBytes));
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    WipedHash copy;
    std::ranges::copy(shares_[i].key.bytes(), copy.bytes.begin());
    gfshare_ctx_dec_giveshare(context.get(), static_cast<unsigned char>(i), copy.bytes.data());
  }
  WipedHash secret;
  gfshare_ctx_dec_extract(context.get(), secret.bytes.data());
  return SecretKey(secret.bytes);
}

}  // namespace assent

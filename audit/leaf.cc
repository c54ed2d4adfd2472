#include "audit/leaf.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::string_view kMagic = "CDPL";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLastNumberBytes = 4 + 8;
constexpr std::size_t kBurnCountsBytes = 4 * 8;
constexpr std::size_t kRecoveredLogBytes = 2 * 8;
constexpr std::size_t kForkedLogBytes = 2 * 8 + 32;
constexpr std::size_t kRetentionTermsBytes = 2 * 4;
constexpr std::size_t kPrunedRangeBytes = 4 * 8;

Error corrupt(StaticText reason) {
  return Error{ErrorCode::kCorrupt, reason};
}

template <class E>
std::uint16_t number(E value) {
  return static_cast<std::uint16_t>(value);
}

// An entry of these without its extension says nothing.
bool needs_ext(AuditEvent event) {
  return event == AuditEvent::kLogRecovered || event == AuditEvent::kFork ||
         event == AuditEvent::kLogRetentionAnnounced || event == AuditEvent::kLogPruned;
}

bool ext_belongs(AuditEvent event, const LeafExt& ext) {
  if (std::holds_alternative<ReplacedWriter>(ext)) return event == AuditEvent::kWriterOpened;
  if (std::holds_alternative<BurnCounts>(ext)) return event == AuditEvent::kKekEpochBurned;
  if (const auto* named = std::get_if<NamedWriters>(&ext)) {
    const bool fits = !named->writers.empty() && named->writers.size() <= NamedWriters::kMax;
    return event == AuditEvent::kHeartbeat && fits;
  }
  if (std::holds_alternative<RecoveredLog>(ext)) return event == AuditEvent::kLogRecovered;
  if (std::holds_alternative<ForkedLog>(ext)) return event == AuditEvent::kFork;
  if (std::holds_alternative<RetentionTerms>(ext)) {
    return event == AuditEvent::kLogRetentionAnnounced;
  }
  if (std::holds_alternative<PrunedRange>(ext)) return event == AuditEvent::kLogPruned;
  return !needs_ext(event);
}

void put_last_number(Bytes& out, const LastNumber& last) {
  put_u32(out, last.writer);
  put_u64(out, last.last_seq);
}

LastNumber get_last_number(const std::uint8_t* at) {
  return {get_u32(at), get_u64(at + 4)};
}

void put_ext(Bytes& out, const LeafExt& ext) {
  if (const auto* replaced = std::get_if<ReplacedWriter>(&ext)) {
    put_u16(out, kLastNumberBytes);
    put_last_number(out, *replaced);
  } else if (const auto* burn = std::get_if<BurnCounts>(&ext)) {
    put_u16(out, kBurnCountsBytes);
    for (auto count : {burn->epoch, burn->rewrapped, burn->destroyed, burn->left}) {
      put_u64(out, count);
    }
  } else if (const auto* named = std::get_if<NamedWriters>(&ext)) {
    put_u16(out, static_cast<std::uint16_t>(named->writers.size() * kLastNumberBytes));
    for (const LastNumber& last : named->writers) put_last_number(out, last);
  } else if (const auto* terms = std::get_if<RetentionTerms>(&ext)) {
    put_u16(out, kRetentionTermsBytes);
    put_u32(out, terms->days);
    put_u32(out, terms->notice_days);
  } else if (const auto* pruned = std::get_if<PrunedRange>(&ext)) {
    put_u16(out, kPrunedRangeBytes);
    for (auto number : {pruned->minimum, pruned->size, pruned->announced}) put_u64(out, number);
    put_u64(out, static_cast<std::uint64_t>(pruned->newest.us));
  } else if (const auto* recovered = std::get_if<RecoveredLog>(&ext)) {
    put_u16(out, kRecoveredLogBytes);
    for (auto size : {recovered->database_size, recovered->recovered_size}) put_u64(out, size);
  } else if (const auto* fork = std::get_if<ForkedLog>(&ext)) {
    put_u16(out, kForkedLogBytes);
    for (auto size : {fork->kept_size, fork->old_size}) put_u64(out, size);
    put(out, fork->old_root);
  } else {
    put_u16(out, 0);
  }
}

std::optional<LeafExt> get_named_writers(ByteView ext) {
  const std::size_t count = ext.size() / kLastNumberBytes;
  if (ext.size() % kLastNumberBytes != 0 || count > NamedWriters::kMax) return std::nullopt;
  NamedWriters named;
  for (std::size_t i = 0; i < count; ++i) {
    named.writers.push_back(get_last_number(ext.data() + i * kLastNumberBytes));
  }
  return named;
}

std::optional<LeafExt> get_ext(AuditEvent event, ByteView ext) {
  if (ext.empty()) return needs_ext(event) ? std::nullopt : std::optional(LeafExt{});
  const std::uint8_t* at = ext.data();
  if (event == AuditEvent::kWriterOpened && ext.size() == kLastNumberBytes) {
    return ReplacedWriter{get_last_number(at)};
  }
  if (event == AuditEvent::kHeartbeat) return get_named_writers(ext);
  if (event == AuditEvent::kKekEpochBurned && ext.size() == kBurnCountsBytes) {
    return BurnCounts{get_u64(at), get_u64(at + 8), get_u64(at + 16), get_u64(at + 24)};
  }
  if (event == AuditEvent::kLogRetentionAnnounced && ext.size() == kRetentionTermsBytes) {
    return RetentionTerms{get_u32(at), get_u32(at + 4)};
  }
  if (event == AuditEvent::kLogPruned && ext.size() == kPrunedRangeBytes) {
    const auto newest = static_cast<std::int64_t>(get_u64(at + 24));
    if (newest < 0) return std::nullopt;
    return PrunedRange{get_u64(at), get_u64(at + 8), get_u64(at + 16), {newest}};
  }
  if (event == AuditEvent::kLogRecovered && ext.size() == kRecoveredLogBytes) {
    return RecoveredLog{get_u64(at), get_u64(at + 8)};
  }
  if (event == AuditEvent::kFork && ext.size() == kForkedLogBytes) {
    ForkedLog fork{get_u64(at), get_u64(at + 8), {}};
    std::copy_n(at + 16, fork.old_root.size(), fork.old_root.begin());
    return fork;
  }
  return std::nullopt;
}

// Reads the fixed part in order. The caller has checked that all 225 bytes are there.
class Cursor {
 public:
  explicit Cursor(const std::uint8_t* at) : at_(at) {}
  const std::uint8_t* take(std::size_t size) {
    const std::uint8_t* here = at_;
    at_ += size;
    return here;
  }
  std::uint8_t u8() { return *take(1); }
  std::uint16_t u16() { return get_u16(take(2)); }
  std::uint32_t u32() { return get_u32(take(4)); }
  std::uint64_t u64() { return get_u64(take(8)); }
  Uuid uuid() { return Uuid::from_bytes({take(16), 16}); }
  Hash32 hash() {
    Hash32 out{};
    std::copy_n(take(out.size()), out.size(), out.begin());
    return out;
  }
  // Stores a known number in `out`; remembers that an unknown one was met.
  template <class E>
  void enumerated(E& out, std::uint16_t wire) {
    const auto value = from_wire<E>(wire);
    known_ = known_ && value.has_value();
    if (value) out = *value;
  }
  bool all_known() const { return known_; }

 private:
  const std::uint8_t* at_;
  bool known_ = true;
};

}  // namespace

Bytes encode(const Leaf& leaf) {
  if (!ext_belongs(leaf.event, leaf.ext)) {
    throw std::invalid_argument("leaf extension does not belong to the event");
  }
  if (leaf.time.us < 0) throw std::invalid_argument("leaf time before 1970");
  Bytes out;
  out.reserve(kLeafBytesMax);
  put(out, kMagic);
  out.push_back(kVersion);
  put_u16(out, number(leaf.event));
  put(out, leaf.tenant.view());
  put(out, leaf.id.view());
  put_u64(out, static_cast<std::uint64_t>(leaf.time.us));
  out.push_back(static_cast<std::uint8_t>(leaf.actor_kind));
  put(out, leaf.actor.view());
  put(out, leaf.on_behalf_of.view());
  put_u16(out, number(leaf.purpose));
  put_u16(out, number(leaf.basis));
  put(out, leaf.subject.view());
  put_u16(out, number(leaf.object_kind));
  put(out, leaf.object.view());
  out.push_back(static_cast<std::uint8_t>(leaf.outcome));
  put_u64(out, leaf.field_mask);
  put_u32(out, leaf.result_count);
  put_u32(out, leaf.writer);
  put_u64(out, leaf.writer_seq);
  put(out, leaf.detail_hash);
  put(out, leaf.record_hash);
  put(out, leaf.request.view());
  put_ext(out, leaf.ext);
  return out;
}

Result<Leaf> decode(ByteView bytes) {
  if (bytes.size() < kLeafFixedBytes) return corrupt("leaf is too short");
  if (bytes.size() > kLeafBytesMax) return corrupt("leaf is too long");
  Cursor in(bytes.data());
  if (as_text({in.take(4), 4}) != kMagic) return corrupt("leaf does not start with its mark");
  if (in.u8() != kVersion) return corrupt("leaf has an unknown version");
  Leaf leaf;
  in.enumerated(leaf.event, in.u16());
  leaf.tenant = {in.uuid()};
  leaf.id = {in.uuid()};
  leaf.time.us = static_cast<std::int64_t>(in.u64());
  in.enumerated(leaf.actor_kind, in.u8());
  leaf.actor = {in.uuid()};
  leaf.on_behalf_of = {in.uuid()};
  in.enumerated(leaf.purpose, in.u16());
  in.enumerated(leaf.basis, in.u16());
  leaf.subject = {in.uuid()};
  in.enumerated(leaf.object_kind, in.u16());
  leaf.object = in.uuid();
  in.enumerated(leaf.outcome, in.u8());
  leaf.field_mask = in.u64();
  leaf.result_count = in.u32();
  leaf.writer = in.u32();
  leaf.writer_seq = in.u64();
  leaf.detail_hash = in.hash();
  leaf.record_hash = in.hash();
  leaf.request = {in.uuid()};
  const std::size_t ext_size = in.u16();
  if (!in.all_known()) return corrupt("leaf has an unknown event, kind, purpose, basis or outcome");
  if (leaf.time.us < 0) return corrupt("leaf time is out of range");
  if (ext_size != bytes.size() - kLeafFixedBytes) return corrupt("leaf extension length is wrong");
  const auto ext = get_ext(leaf.event, bytes.subspan(kLeafFixedBytes));
  if (!ext) return corrupt("leaf extension does not belong to the event");
  leaf.ext = *ext;
  return leaf;
}

Hash32 detail_hash(const Hash32& salt, ByteView payload) {
  constexpr std::string_view kDomain("cdp.detail.v1\0", 14);
  return sha256(as_bytes(kDomain), salt, payload);
}

}  // namespace assent

#include "tests/audit/sample_log.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace assent {
namespace {

constexpr std::uint32_t kWriters[] = {7, 9};
constexpr std::size_t kHeaderLines = 6;

Uuid uuid_of(std::uint64_t high, std::uint64_t low) {
  Bytes bytes;
  put_u64(bytes, high);
  put_u64(bytes, low);
  return Uuid::from_bytes(bytes);
}

}  // namespace

SampleLog::SampleLog(std::size_t acts, std::uint8_t key_seed)
    : key(signing_key_from_seed(Bytes(32, key_seed))) {
  if (acts == 0) return;
  for (std::uint32_t writer : kWriters) add(open_writer(writer));
  leaves.resize(std::min(acts, leaves.size()));
  for (std::size_t i = 0; leaves.size() < acts; ++i) {
    add(act(kWriters[i % 2], 1 + i / 2, kStartUs + static_cast<std::int64_t>(i) * 1000));
  }
}

Leaf SampleLog::open_writer(std::uint32_t writer) const {
  Leaf leaf = act(writer, 0, kStartUs);
  leaf.event = AuditEvent::kWriterOpened;
  leaf.subject = {};
  return leaf;
}

Leaf SampleLog::act(std::uint32_t writer, std::uint64_t seq, std::int64_t at_us) const {
  Leaf leaf;
  leaf.event = AuditEvent::kRecordRead;
  leaf.tenant = {uuid_of(1, 1)};
  leaf.id = {uuid_of(writer, seq)};
  leaf.time = {at_us};
  leaf.actor_kind = ActorKind::kToken;
  leaf.purpose = PurposeCode::kService;
  leaf.basis = LegalBasis::kContract;
  leaf.subject = {uuid_of(2, seq)};
  leaf.result_count = 1;
  leaf.writer = writer;
  leaf.writer_seq = seq;
  return leaf;
}

LeafHashTiles SampleLog::tiles() const {
  std::vector<Hash32> hashes;
  for (const Bytes& leaf : leaves) hashes.push_back(leaf_hash(leaf));
  return LeafHashTiles(std::move(hashes));
}

Checkpoint SampleLog::head(std::uint64_t size) const {
  CompactRange tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(leaf_hash(leaves[i]));
  return {origin, size, tree.root()};
}

std::string SampleLog::bundle(std::uint64_t first, std::uint64_t end, std::uint64_t tree_size,
                              std::optional<std::uint64_t> old_size) const {
  std::ostringstream out;
  BundleWriter writer(out, {origin, first, end, tree_size, Timestamp{kStartUs}});
  for (std::uint64_t i = first; i < end; ++i) writer.add(leaves[i]);
  LeafHashTiles hashes = tiles();
  BundleTrailer trailer;
  trailer.first_path = *inclusion_path(hashes, first, tree_size);
  trailer.last_path = *inclusion_path(hashes, end - 1, tree_size);
  if (old_size) {
    trailer.extension = BundleExtension{*old_size, head(*old_size).root,
                                        *consistency_path(hashes, *old_size, tree_size)};
  }
  trailer.checkpoint = checkpoint(tree_size);
  if (!writer.finish(trailer).ok()) throw std::logic_error("sample bundle");
  return out.str();
}

std::string SampleLog::policy_text() const {
  return "log " + format_vkey(verifier_key(origin, kEd25519Type, key.public_key)) +
         "\nquorum none\n";
}

LogPolicy SampleLog::policy() const {
  return *LogPolicy::parse(policy_text());
}

BundleReport verify(const SampleLog& log, const std::string& bundle,
                    std::optional<std::string_view> since) {
  std::istringstream in(bundle);
  const LogPolicy policy = log.policy();
  return verify_bundle(in, &policy, since);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1);
    lines.push_back(text.substr(at, end + 1 - at));
    at = end + 1;
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::size_t line_of_entry(std::size_t index) {
  return kHeaderLines + index + index / kBundleGroup;
}

std::optional<std::uint64_t> first_bad_entry(const Report& report) {
  for (const Finding& finding : report.findings) {
    if (finding.entry) return finding.entry;
  }
  return std::nullopt;
}

std::string read_golden(const std::string& path) {
  std::ifstream in(std::string(ASSENT_SOURCE_DIR "/tests/golden/crypto/") + path, std::ios::binary);
  if (!in) throw std::runtime_error("golden file is missing: " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::uint64_t Sequence::below(std::uint64_t bound) {  // xorshift64
  state_ ^= state_ << 13;
  state_ ^= state_ >> 7;
  state_ ^= state_ << 17;
  return state_ % bound;
}

}  // namespace assent

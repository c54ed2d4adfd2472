#include "tests/audit/sample_papers.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "audit/commitments.h"
#include "audit/release_evidence.h"
#include "audit/tlog_proof.h"
#include "core/digest.h"
#include "core/json_text.h"

namespace assent {
namespace {

Uuid sixteen(std::uint8_t byte) {
  return Uuid::from_bytes(Bytes(16, byte));
}
Hash32 thirty_two(std::uint8_t byte) {
  Hash32 hash{};
  hash.fill(byte);
  return hash;
}

const Uuid kRequest = sixteen(0x51);
const Uuid kRelease = sixteen(0x52);
const Hash32 kSalt = thirty_two(0x5A);
const Hash32 kPolicies = thirty_two(0xAA);
constexpr const char* kReleaseKey = "cdp.example/acme/log1/release";
constexpr const char* kTerms =
    R"("purpose":"direct_marketing","channel":"email","recipient":"mailhouse",)";
constexpr const char* kFields = R"("fields":["contact","first_name"],)";

std::string quoted(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// Two units with three keys; all of a certificate but its last key, `log`.
std::string certificate_text(const std::string& destroyed_at, const std::string& stages) {
  return R"({"schema":"assent-erasure-certificate/1","request":")" + kRequest.text() +
         R"(","received_at":"2026-02-02T02:39:58Z","operator":{"name":"acme","country":"RU"},)" +
         R"("subjects":[{"number":")" + sixteen(0x61).text() + R"("}],"destroyed_at":")" +
         destroyed_at + R"(",)" + stages +
         R"("rows_deleted":{"record_versions":2,"identifiers":3},)" +
         R"("keys_destroyed":[{"unit":")" + sixteen(0x61).text() + R"(","commitments":[")" +
         to_hex(thirty_two(1)) + R"(",")" + to_hex(thirty_two(2)) + R"("]},{"unit":")" +
         sixteen(0x62).text() + R"(","commitments":[")" + to_hex(thirty_two(3)) +
         R"("]}],"kept":[{"what":"suppression","why":"what the person refused binds the )" +
         R"(address","until":null}],"recipients":[],"salt":")" + to_hex(kSalt) + "\"";
}

}  // namespace

SamplePapers::SamplePapers(const std::string& stages)
    : log(4), release_key(signing_key_from_seed(Bytes(32, 7))) {
  const VerifierKey key = verifier_key(kReleaseKey, kEd25519Type, release_key.public_key);
  policy = log.policy_text();
  policy.insert(policy.find("quorum"), "log " + format_vkey(key) + "\n");
  erase(stages);
  release();
  bundle = log.bundle();
}

Leaf SamplePapers::next(AuditEvent event, ObjectKind kind, const Uuid& object) {
  const auto place = static_cast<std::int64_t>(log.size());
  // Entries 0 and 1 open the writers 7 and 9, which then take turns.
  const std::uint32_t writer = place % 2 == 0 ? 7 : 9;
  Leaf leaf =
      log.act(writer, static_cast<std::uint64_t>(place / 2), SampleLog::kStartUs + place * 1000);
  leaf.event = event;
  leaf.subject = {};
  leaf.object_kind = kind;
  leaf.object = object;
  return leaf;
}

void SamplePapers::erase(const std::string& stages) {
  Leaf destroyed = next(AuditEvent::kKeyDestroyed, ObjectKind::kRequest, kRequest);
  const std::string text = certificate_text(to_rfc3339(destroyed.time), stages);
  const std::vector<Hash32> keys{thirty_two(1), thirty_two(2), thirty_two(3)};
  destroyed.result_count = 3;
  destroyed.record_hash = keys_destroyed_hash(keys);
  destroyed.detail_hash = detail_hash(kSalt, as_bytes(text + "}"));
  const std::uint64_t index = log.size();
  log.add(destroyed);
  LeafHashTiles tiles = log.tiles();
  const std::string proof = format_tlog_proof(
      {std::nullopt, index, *inclusion_path(tiles, index, log.size()), log.checkpoint()});
  certificate = text + R"(,"log":{"origin":")" + SampleLog::kOrigin + R"(","event":")" +
                destroyed.id.text() + R"(","leaf":")" + to_base64(log.leaves[index]) +
                R"(","proof":)" + quoted(proof) + "}}";
  Leaf closed = next(AuditEvent::kRequestClosed, ObjectKind::kRequest, kRequest);
  closed.detail_hash = detail_hash(kSalt, as_bytes(certificate));
  log.add(closed);
}

void SamplePapers::release() {
  std::vector<EvidenceMember> members;
  for (std::uint8_t i = 1; i <= 3; ++i) members.push_back({sixteen(i), thirty_two(i), i != 2});
  CompactRange permitted;
  CompactRange left;
  delivered = "member_ref,contact,first_name\r\n";
  for (const EvidenceMember& one : members) {
    const Hash32 leaf = leaf_hash(release_member_hash(kRelease, one.ref, one.facts, kPolicies));
    permitted.append(leaf);
    if (!*one.was_delivered) continue;
    left.append(leaf);
    delivered += one.ref.text() + ",who@example.com,\"Anna, or\r\n\"\"Anya\"\"\"\r\n";
  }
  const std::vector<ReasonCount> reasons{{1, 100, 4}, {1, 250, 2}, {2, 20, 1}};
  opening = sign_note(
      R"({"format":"assent.release.opening.v1","release":")" + kRelease.text() +
          R"(","opened_at":"2026-02-02T02:41:00Z",)" + kTerms + kFields + R"("policy_hash":")" +
          to_hex(kPolicies) +
          R"(","matched":9,"permitted":3,"denied":{"SUPPRESSED":4,"CONSENT_WITHDRAWN":2},)" +
          R"("commitment":")" + to_hex(permitted.root()) + "\"}\n",
      kReleaseKey, release_key);
  closing = sign_note(R"({"format":"assent.release.closing.v1","release":")" + kRelease.text() +
                          R"(","opening_sha256":")" + to_hex(sha256(as_bytes(opening))) +
                          R"(","delivered_at":"2026-02-02T02:42:00Z",)" + kTerms +
                          R"("encoding":"csv",)" + kFields + R"("delivered":2,"commitment":")" +
                          to_hex(left.root()) + R"(","reasons_commitment":")" +
                          to_hex(release_reasons_hash(kRelease, kSalt, reasons)) + R"(","bytes":)" +
                          std::to_string(delivered.size()) + R"(,"content_sha256":")" +
                          to_hex(sha256(as_bytes(delivered))) + "\"}\n",
                      kReleaseKey, release_key);
  std::ostringstream out;
  write_evidence(out, {opening, closing, kSalt, reasons});
  for (const EvidenceMember& one : members) write_member(out, one);
  evidence = out.str();
  Leaf opened = next(AuditEvent::kReleaseOpened, ObjectKind::kRelease, kRelease);
  opened.record_hash = sha256(as_bytes(opening));
  log.add(opened);
  Leaf done = next(AuditEvent::kReleaseDelivered, ObjectKind::kRelease, kRelease);
  done.record_hash = sha256(as_bytes(closing));
  log.add(done);
}

std::string read_verify_golden(const std::string& name) {
  std::ifstream in(std::string(ASSENT_SOURCE_DIR) + "/tests/golden/verify/" + name,
                   std::ios::binary);
  if (!in) throw std::runtime_error("missing golden file " + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace assent

#include "commands.h"

#include <fstream>
#include <iostream>
#include <optional>
#include <ostream>

#include "audit/erasure_check.h"
#include "audit/leaf.h"
#include "audit/log_policy.h"
#include "audit/merkle.h"
#include "audit/release_check.h"
#include "audit/stamp_check.h"
#include "audit/state_check.h"
#include "audit/verifier.h"
#include "core/text.h"
#include "explain.h"
#include "report_json.h"
#include "report_text.h"

namespace assent {
namespace {

constexpr std::size_t kSmallFileBytesMax = std::size_t{256} * 1024;
// A person has at most some thousand records, each a line of the certificate.
constexpr std::size_t kCertificateBytesMax = std::size_t{16} << 20;
constexpr int kCannotTellExit = static_cast<int>(LogVerdict::kCannotTell);

// nullopt when the file cannot be read or is over the limit.
std::optional<std::string> read_small(const std::string& name,
                                      std::size_t bytes_max = kSmallFileBytesMax) {
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  std::istream& in = name == "-" ? std::cin : file;
  std::string text(bytes_max + 1, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(text.size())) && !in.eof()) {
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > bytes_max) return std::nullopt;
  return text;
}

// A file of any size. `stream()` is null when none was named.
class OptionalFile {
 public:
  explicit OptionalFile(const std::string& name) : is_named_(!name.empty()) {
    if (is_named_) file_.open(name, std::ios::binary);
  }
  bool readable() const { return !is_named_ || file_.is_open(); }
  std::istream* stream() { return is_named_ ? &file_ : nullptr; }

 private:
  bool is_named_;
  std::ifstream file_;
};

int unreadable(std::ostream& out, StaticText what, const std::string& name) {
  out << tr("RESULT  {1}", tr("CANNOT TELL")) << "   " << tr(what) << ": " << printable(name)
      << "\n";
  return kCannotTellExit;
}

// A policy that cannot be read is told apart from none: the second is the user's choice.
struct PolicyFile {
  std::optional<LogPolicy> policy;
  bool readable = true;
  const LogPolicy* get() const { return policy ? &*policy : nullptr; }
};

PolicyFile read_policy(const std::string& name, std::ostream& out) {
  if (name.empty()) return {};
  const auto text = read_small(name);
  if (!text) {
    unreadable(out, "the policy cannot be read", name);
    return {std::nullopt, false};
  }
  auto policy = LogPolicy::parse(*text);
  if (!policy.ok()) {
    const Error& error = policy.error();
    out << printable(name) << ":" << (error.position ? error.position->line : 0) << ": "
        << tr(error.reason) << "\n";
    unreadable(out, "the policy cannot be read", name);
    return {std::nullopt, false};
  }
  return {std::move(*policy), true};
}

// A time stamp with the certificates it is trusted by. What cannot be read has been said.
struct StampInput {
  std::string answer;
  std::optional<TsaCertificates> trusted;
  StampEvidence evidence() const { return {answer, trusted ? &*trusted : nullptr}; }
};

std::optional<StampInput> read_stamp(const std::string& stamp, const std::string& tsa_ca,
                                     std::ostream& out) {
  auto answer = read_small(stamp);
  if (!answer) {
    unreadable(out, "the time stamp cannot be read", stamp);
    return std::nullopt;
  }
  StampInput input{std::move(*answer), std::nullopt};
  if (tsa_ca.empty()) return input;
  if (const auto pem = read_small(tsa_ca)) {
    auto trusted = TsaCertificates::parse(*pem);
    if (trusted.ok()) input.trusted = std::move(*trusted);
  }
  if (input.trusted) return input;
  unreadable(out, "the certificates of the time stamping authority cannot be read", tsa_ca);
  return std::nullopt;
}

// Bytes of a leaf from a file that holds them plain or as one line of base64.
std::optional<Bytes> read_leaf(const std::string& name) {
  const auto content = read_small(name);
  if (!content || content->empty()) return std::nullopt;
  if (content->starts_with("CDPL")) return Bytes(content->begin(), content->end());
  const std::size_t end = content->find_last_not_of(" \r\n\t");
  auto decoded = from_base64(std::string_view(*content).substr(0, end + 1));
  return decoded ? decoded : Bytes(content->begin(), content->end());
}

int conclude(const Report& report, Format format, std::ostream& out) {
  if (format == Format::kJson) {
    out << to_json(report) << "\n";
  } else {
    print(report, out);
  }
  return static_cast<int>(report.verdict);
}

// Of the reports that hold one beside facts of their own.
template <class OneReport>
int conclude(const OneReport& report, Format format, std::ostream& out) {
  if (format == Format::kJson) {
    out << to_json(report) << "\n";
  } else {
    print(report, out);
  }
  return static_cast<int>(report.report.verdict);
}

}  // namespace

int run(const BundleCommand& command, std::ostream& out) {
  const PolicyFile policy = read_policy(command.policy, out);
  if (!policy.readable) return kCannotTellExit;
  std::optional<std::string> since;
  if (!command.since.empty()) {
    since = read_small(command.since);
    if (!since) return unreadable(out, "the older checkpoint cannot be read", command.since);
  }
  std::optional<StampInput> stamp;
  std::optional<StampEvidence> evidence;
  if (!command.stamp.empty()) {
    stamp = read_stamp(command.stamp, command.tsa_ca, out);
    if (!stamp) return kCannotTellExit;
    evidence = stamp->evidence();
  }
  std::ifstream file;
  if (command.bundle != "-") {
    file.open(command.bundle, std::ios::binary);
    if (!file) return unreadable(out, "the bundle cannot be read", command.bundle);
  }
  std::istream& in = command.bundle == "-" ? std::cin : file;
  return conclude(verify_bundle(in, policy.get(), since, evidence ? &*evidence : nullptr),
                  command.format, out);
}

int run(const EntryCommand& command, std::ostream& out) {
  const PolicyFile policy = read_policy(command.policy, out);
  if (!policy.readable) return kCannotTellExit;
  const auto proof = read_small(command.proof);
  if (!proof) return unreadable(out, "the proof cannot be read", command.proof);
  const auto leaf = read_leaf(command.leaf);
  if (!leaf) return unreadable(out, "the leaf cannot be read", command.leaf);
  return conclude(verify_entry(*proof, *leaf, policy.get()), command.format, out);
}

int run(const CompareCommand& command, std::ostream& out) {
  const PolicyFile policy = read_policy(command.policy, out);
  if (!policy.readable) return kCannotTellExit;
  const auto older = read_small(command.older);
  if (!older) return unreadable(out, "the checkpoint cannot be read", command.older);
  const auto newer = read_small(command.newer);
  if (!newer) return unreadable(out, "the checkpoint cannot be read", command.newer);
  std::optional<std::string> proof;
  if (!command.proof.empty()) {
    proof = read_small(command.proof);
    if (!proof) return unreadable(out, "the proof cannot be read", command.proof);
  }
  return conclude(compare_checkpoints(*older, *newer, proof, policy.get()), command.format, out);
}

int run(const ErasureCommand& command, std::ostream& out) {
  const PolicyFile policy = read_policy(command.policy, out);
  if (!policy.readable) return kCannotTellExit;
  const auto certificate = read_small(command.certificate, kCertificateBytesMax);
  if (!certificate) {
    return unreadable(out, "the certificate cannot be read", command.certificate);
  }
  OptionalFile bundle(command.bundle);
  if (!bundle.readable()) return unreadable(out, "the bundle cannot be read", command.bundle);
  std::optional<BurnEvidence> burn;
  if (!command.burn.empty()) {
    auto proof = read_small(command.burn);
    if (!proof) return unreadable(out, "the proof cannot be read", command.burn);
    auto leaf = read_leaf(command.burn_leaf);
    if (!leaf) return unreadable(out, "the leaf cannot be read", command.burn_leaf);
    burn = {std::move(*proof), std::move(*leaf)};
  }
  return conclude(
      verify_erasure(*certificate, policy.get(), bundle.stream(), burn ? &*burn : nullptr),
      command.format, out);
}

int run(const ReleaseCommand& command, std::ostream& out) {
  const PolicyFile policy = read_policy(command.policy, out);
  if (!policy.readable) return kCannotTellExit;
  OptionalFile evidence(command.evidence);
  if (!evidence.readable()) {
    return unreadable(out, "the evidence cannot be read", command.evidence);
  }
  OptionalFile delivered(command.delivered);
  if (!delivered.readable()) return unreadable(out, "the file cannot be read", command.delivered);
  OptionalFile bundle(command.bundle);
  if (!bundle.readable()) return unreadable(out, "the bundle cannot be read", command.bundle);
  const ReleaseFiles files{delivered.stream(), bundle.stream()};
  return conclude(verify_release(*evidence.stream(), policy.get(), files), command.format, out);
}

int run(const StateCommand& command, std::ostream& out) {
  const PolicyFile policy = read_policy(command.policy, out);
  if (!policy.readable) return kCannotTellExit;
  std::ifstream bundle(command.bundle, std::ios::binary);
  if (!bundle) return unreadable(out, "the bundle cannot be read", command.bundle);
  std::ifstream dump(command.dump, std::ios::binary);
  if (!dump) return unreadable(out, "the dump cannot be read", command.dump);
  return conclude(verify_state(dump, bundle, policy.get()), command.format, out);
}

int run(const StampCommand& command, std::ostream& out) {
  const PolicyFile policy = read_policy(command.policy, out);
  if (!policy.readable) return kCannotTellExit;
  const auto checkpoint = read_small(command.checkpoint);
  if (!checkpoint) {
    return unreadable(out, "the checkpoint cannot be read", command.checkpoint);
  }
  const auto stamp = read_stamp(command.stamp, command.tsa_ca, out);
  if (!stamp) return kCannotTellExit;
  return conclude(verify_stamp(*checkpoint, stamp->evidence(), policy.get()), command.format, out);
}

int explain_file(const std::string& name, std::ostream& out) {
  const auto bytes = read_leaf(name);
  if (!bytes) return unreadable(out, "the leaf cannot be read", name);
  const auto leaf = decode(*bytes);
  if (!leaf.ok()) return unreadable(out, leaf.error().reason, name);
  explain(*leaf, leaf_hash(*bytes), out);
  return 0;
}

}  // namespace assent

#include "audit/log_policy.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "audit/origin.h"

namespace assent {
namespace {

constexpr std::size_t kPolicyBytesMax = std::size_t{64} * 1024;
constexpr std::string_view kNone = "none";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == line.npos) return words;
    const std::size_t end = std::min(line.find_first_of(" \t", start), line.size());
    words.push_back(line.substr(start, end - start));
    line.remove_prefix(end);
  }
}

bool has_only_allowed_bytes(std::string_view line) {
  return std::ranges::all_of(line,
                             [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

// The same key under the name with which it signs checkpoints of `origin`.
VerifierKey named(const VerifierKey& key, const std::string& origin) {
  Hash32 material{};
  if (key.name == origin || key.material.size() != material.size()) return key;
  std::ranges::copy(key.material, material.begin());
  return verifier_key(origin, key.type, material);
}

}  // namespace

class LogPolicyParser {
 public:
  Result<LogPolicy> parse(std::string_view text) {
    if (text.size() > kPolicyBytesMax) return Error{ErrorCode::kTooLarge, "policy is over 64 KiB"};
    while (!text.empty()) {
      ++line_;
      const std::size_t end = text.find('\n');
      if (end == text.npos) return invalid("policy does not end in a newline");
      if (auto done = take_line(text.substr(0, end)); !done.ok()) return done.error();
      text.remove_prefix(end + 1);
    }
    if (!has_quorum_) return invalid("policy has no quorum line");
    policy_.groups_.push_back(std::move(quorum_));
    return std::move(policy_);
  }

 private:
  using Words = std::vector<std::string_view>;

  Error invalid(StaticText reason) const {
    return Error{ErrorCode::kInvalid, reason, Position{line_, 0}};
  }

  Status take_line(std::string_view line) {
    if (!has_only_allowed_bytes(line)) return invalid("control character in the policy");
    const Words words = words_of(line);
    if (words.empty() || words.front().starts_with('#')) return Unit{};
    if (words.front() == "log") return take_log(words);
    if (words.front() == "witness") return take_witness(words);
    if (words.front() == "group") return take_group(words);
    if (words.front() == "quorum") return take_quorum(words);
    return invalid("unknown word at the start of a policy line");
  }

  Result<VerifierKey> take_key(std::string_view vkey, std::uint8_t wrong_type) {
    auto key = parse_vkey(vkey);
    if (!key.ok()) return invalid(key.error().reason);
    if (key->type == wrong_type) return invalid("key type does not belong to this kind of line");
    if (!public_keys_.insert({wrong_type, key->material}).second) {
      return invalid("public key is listed twice");
    }
    return key;
  }

  Status take_log(const Words& words) {
    if (words.size() != 2 && words.size() != 3) return invalid("log line is not: log VKEY [URL]");
    auto key = take_key(words[1], kCosignatureType);
    if (!key.ok()) return key.error();
    if (policy_.logs_.size() == LogPolicy::kNamesMax) return too_many();
    policy_.logs_.push_back(std::move(*key));
    return Unit{};
  }

  Status take_witness(const Words& words) {
    if (words.size() != 3 && words.size() != 4) {
      return invalid("witness line is not: witness NAME VKEY [URL]");
    }
    auto key = take_key(words[2], kEd25519Type);
    if (!key.ok()) return key.error();
    LogPolicy::Group alone{std::string(words[1]), 1, {}, {policy_.witnesses_.size()}};
    policy_.witnesses_.push_back(
        {std::string(words[1]), std::move(*key), std::string(words.size() == 4 ? words[3] : "")});
    return define(std::move(alone));
  }

  Status take_group(const Words& words) {
    if (words.size() < 4) return invalid("group line is not: group NAME all|any|K NAME...");
    LogPolicy::Group group{std::string(words[1]), 1, {}, {}};
    for (std::size_t i = 3; i < words.size(); ++i) {
      const auto member = numbers_.find(words[i]);
      if (member == numbers_.end()) return invalid("group member is not defined above");
      if (!members_.insert(member->second).second) return invalid("group member is listed twice");
      group.members.push_back(member->second);
    }
    if (words[2] == "all") {
      group.threshold = group.members.size();
    } else if (words[2] != "any") {
      const auto threshold = parse_number(words[2]);
      if (!threshold.ok() || *threshold == 0 || *threshold > group.members.size()) {
        return invalid("group threshold is not all, any or a number up to its members");
      }
      group.threshold = *threshold;
    }
    return define(std::move(group));
  }

  Status take_quorum(const Words& words) {
    if (words.size() != 2) return invalid("quorum line is not: quorum NAME");
    if (std::exchange(has_quorum_, true)) return invalid("policy has two quorum lines");
    if (words[1] == kNone) {
      quorum_.threshold = 0;
      return Unit{};
    }
    const auto named = numbers_.find(words[1]);
    if (named == numbers_.end()) return invalid("quorum is not defined above");
    quorum_.members = {named->second};
    return Unit{};
  }

  Status define(LogPolicy::Group group) {
    if (policy_.groups_.size() == 2 * LogPolicy::kNamesMax) return too_many();
    if (group.name == kNone) return invalid("the name none is taken");
    if (!numbers_.emplace(group.name, policy_.groups_.size()).second) {
      return invalid("name is defined twice");
    }
    policy_.groups_.push_back(std::move(group));
    return Unit{};
  }

  Error too_many() const {
    return Error{ErrorCode::kTooLarge, "policy has too many names", Position{line_, 0}};
  }

  LogPolicy policy_;
  LogPolicy::Group quorum_;
  bool has_quorum_ = false;
  std::uint64_t line_ = 0;
  std::map<std::string, std::size_t, std::less<>> numbers_;
  std::set<std::size_t> members_;
  std::set<std::pair<std::uint8_t, Bytes>> public_keys_;
};

Result<LogPolicy> LogPolicy::parse(std::string_view text) {
  return LogPolicyParser().parse(text);
}

PolicyCheck LogPolicy::check(const SignedCheckpoint& signed_checkpoint, OriginRule rule) const {
  PolicyCheck result;
  const std::string& origin = signed_checkpoint.checkpoint.origin;
  for (const VerifierKey& log : logs_) {
    const bool earlier = rule == OriginRule::kEarlierToo && is_earlier_origin(origin, log.name);
    if (log.name != origin && !earlier) continue;
    const auto state = check_signature(signed_checkpoint.note, named(log, origin)).state;
    // A log may have several keys; one that holds is enough, one that is forged is too much.
    const auto verdict = state == SignatureState::kValid    ? PolicyCheck::Log::kValid
                         : state == SignatureState::kForged ? PolicyCheck::Log::kForged
                                                            : PolicyCheck::Log::kUnsigned;
    result.log = std::max(result.log, verdict);
  }
  std::vector<bool> cosigned;
  for (const PolicyWitness& witness : witnesses_) {
    const auto check = check_signature(signed_checkpoint.note, witness.key);
    cosigned.push_back(check.state == SignatureState::kValid);
    result.witnesses_valid += cosigned.back() ? 1 : 0;
    result.forged_witness = result.forged_witness || check.state == SignatureState::kForged;
    result.newest_cosigned_s = std::max(result.newest_cosigned_s, check.time_s);
  }
  result.witnesses_known = static_cast<unsigned>(witnesses_.size());
  std::vector<bool> witnessed;
  for (const Group& group : groups_) {
    const auto seen = [](const std::vector<bool>& set, const std::vector<std::size_t>& of) {
      return static_cast<std::size_t>(
          std::ranges::count_if(of, [&](std::size_t i) { return set[i]; }));
    };
    witnessed.push_back(seen(witnessed, group.members) + seen(cosigned, group.witnesses) >=
                        group.threshold);
  }
  result.quorum = witnessed.back();
  return result;
}

LogPolicy::NoteSigner LogPolicy::signer_of(const Note& note, std::string_view ending) const {
  NoteSigner signer;
  for (const VerifierKey& key : logs_) {
    if (!key.name.ends_with(ending)) continue;
    const SignatureState state = check_signature(note, key).state;
    if (state == SignatureState::kForged) return {state, key.name};
    if (state == SignatureState::kValid) signer = {state, key.name};
  }
  return signer;
}

}  // namespace assent

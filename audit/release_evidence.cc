#include "audit/release_evidence.h"

#include <algorithm>
#include <limits>
#include <ostream>
#include <string_view>

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "line_reader.h"

namespace assent {
namespace {

constexpr std::string_view kFirstLine = "assent-release-evidence/1";
constexpr std::uint64_t kNoteLinesMax = 64;
constexpr std::size_t kReasonsMax = 1'000;

std::string_view word_of(const EvidenceMember& member) {
  if (!member.was_delivered) return "permitted";
  return *member.was_delivered ? "delivered" : "left-out";
}

void write_note(std::ostream& out, std::string_view name, const std::string& note) {
  out << name << ' ' << std::count(note.begin(), note.end(), '\n') << '\n' << note;
}

// The words of a line that single spaces part.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == line.npos) return words;
    line.remove_prefix(end + 1);
  }
}

// Only as we write them: lower case.
std::optional<Hash32> hash_of(std::string_view hex) {
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() != sizeof(Hash32) || to_hex(*bytes) != hex) return std::nullopt;
  Hash32 hash{};
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::optional<std::uint16_t> small_number(std::string_view digits) {
  const auto number = parse_number(digits);
  if (!number.ok() || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

void write_evidence(std::ostream& out, const ReleaseEvidence& evidence) {
  out << kFirstLine << '\n';
  write_note(out, "opening", evidence.opening);
  if (!evidence.closing) return;
  write_note(out, "closing", *evidence.closing);
  out << "salt " << to_hex(evidence.salt) << '\n';
  for (const ReasonCount& count : evidence.reasons) {
    out << "reason " << count.stage << ' ' << count.reason << ' ' << count.profiles << '\n';
  }
}

void write_member(std::ostream& out, const EvidenceMember& member) {
  out << "member " << member.ref.text() << ' ' << to_hex(member.facts) << ' ' << word_of(member)
      << '\n';
}

struct EvidenceReader::State {
  explicit State(std::istream& in) : lines(in) { step(); }

  void step() { at = lines.next(); }
  bool is_line() const { return at == LineReader::State::kLine; }
  Error damaged(StaticText reason) const {
    return {ErrorCode::kInvalid, reason, Position{lines.number(), 0}};
  }
  // The words of the line in hand, when its first one is `name` and their number is right.
  std::optional<std::vector<std::string_view>> line(std::string_view name, std::size_t count) {
    if (!is_line()) return std::nullopt;
    auto words = words_of(lines.text());
    if (words[0] != name || words.size() != count) return std::nullopt;
    return words;
  }

  Result<std::string> note(std::string_view name) {
    const auto words = line(name, 2);
    if (!words) return damaged("a manifest is expected here");
    const auto count = parse_number((*words)[1]);
    if (!count.ok() || *count > kNoteLinesMax) return damaged("a manifest is expected here");
    std::string text;
    step();
    for (std::uint64_t i = 0; i < *count; ++i, step()) {
      if (!is_line()) return damaged("a manifest is cut off");
      text.append(lines.text()) += '\n';
    }
    return text;
  }

  Status reasons(ReleaseEvidence& to) {
    for (auto words = line("reason", 4); words; words = line("reason", 4)) {
      const auto stage = small_number((*words)[1]);
      const auto reason = small_number((*words)[2]);
      const auto profiles = parse_number((*words)[3]);
      if (!stage || !reason || !profiles.ok() || to.reasons.size() == kReasonsMax) {
        return damaged("a reason line is damaged");
      }
      to.reasons.push_back({*stage, *reason, *profiles});
      step();
    }
    return Unit{};
  }

  LineReader lines;
  LineReader::State at = LineReader::State::kEnd;
  bool is_closed = false;
};

EvidenceReader::EvidenceReader(std::istream& in) : state_(std::make_unique<State>(in)) {}
EvidenceReader::~EvidenceReader() = default;

Result<ReleaseEvidence> EvidenceReader::head() {
  State& s = *state_;
  if (!s.is_line() || s.lines.text() != kFirstLine) return s.damaged("no evidence of a release");
  s.step();
  auto opening = s.note("opening");
  if (!opening.ok()) return opening.error();
  ReleaseEvidence evidence{std::move(*opening), std::nullopt, {}, {}};
  s.is_closed = s.line("closing", 2).has_value();
  if (!s.is_closed) return evidence;
  auto closing = s.note("closing");
  if (!closing.ok()) return closing.error();
  evidence.closing = std::move(*closing);
  const auto words = s.line("salt", 2);
  const auto salt = words ? hash_of((*words)[1]) : std::nullopt;
  if (!salt) return s.damaged("the salt is expected here");
  evidence.salt = *salt;
  s.step();
  if (auto read = s.reasons(evidence); !read.ok()) return read.error();
  return evidence;
}

Result<std::optional<EvidenceMember>> EvidenceReader::next() {
  State& s = *state_;
  if (s.at == LineReader::State::kEnd) return std::optional<EvidenceMember>();
  const auto words = s.line("member", 4);
  if (!words) return s.damaged("a member is expected here");
  const auto ref = Uuid::parse((*words)[1]);
  const auto facts = hash_of((*words)[2]);
  if (!ref || ref->text() != (*words)[1] || !facts) return s.damaged("a member line is damaged");
  EvidenceMember member{*ref, *facts, std::nullopt};
  if (s.is_closed) member.was_delivered = (*words)[3] == "delivered";
  if (word_of(member) != (*words)[3]) return s.damaged("a member's state is damaged");
  s.step();
  return std::optional<EvidenceMember>(member);
}

}  // namespace assent

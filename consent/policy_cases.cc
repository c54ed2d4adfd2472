#include "consent/policy_cases.h"

#include <algorithm>
#include <istream>
#include <ostream>

#include "case_facts.h"
#include "consent/engine.h"
#include "core/nlohmann.h"
#include "core/text.h"

namespace assent {
namespace {

using Json = nlohmann::json;

Position position_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line_start = before.rfind('\n');
  const std::size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return {1 + static_cast<std::uint64_t>(std::ranges::count(before, '\n')),
          static_cast<std::uint32_t>(column + 1)};
}

Result<Json> parse_json(const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return Error{ErrorCode::kInvalid, "the table of cases is not JSON",
                 position_of(text, error.byte)};
  }
}

// Objects merge member by member; anything else, null included, replaces.
void merge(Json& into, const Json& over) {
  if (!into.is_object() || !over.is_object()) {
    into = over;
    return;
  }
  for (const auto& [key, value] : over.items()) merge(into[key], value);
}

// Text of the table for a terminal: no control characters.
std::string plain(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : std::string("?");
  std::erase_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return text;
}

std::string answer(std::string_view outcome, std::string_view reason) {
  return std::string(outcome) + " " + std::string(reason);
}

struct Case {
  std::string id;
  Json facts;
  std::string decision;
  std::string reason;  // Empty: any will do.
};

bool is_case(const Json& row) {
  return row.is_object() && row.contains("facts") && row["facts"].is_object() &&
         row.contains("expected") && row["expected"].is_object() &&
         row["expected"].contains("decision");
}

Case read_case(const Json& row, const Json& defaults) {
  Case one{plain(row.value("id", Json())), defaults, plain(row["expected"]["decision"]), ""};
  if (row["expected"].contains("reason")) one.reason = plain(row["expected"]["reason"]);
  merge(one.facts, row["facts"]);
  return one;
}

// Whether the engine's answer is the expected one; says so when not.
bool run_case(const PolicySet& policies, const Case& one, std::ostream& out) {
  std::vector<std::string> unknown;
  Facts facts;
  try {
    facts = facts_of_case(one.facts, unknown);
  } catch (const Json::exception&) {
    out << tr("FAIL {1}: its facts cannot be read", one.id) << '\n';
    return false;
  }
  for (const std::string& name : unknown) {
    out << tr("note {1}: unknown fact {2}", one.id, plain(name)) << '\n';
  }
  const Decision decision = decide(policies, facts);
  const std::string_view outcome = decision.permitted() ? "permit" : "deny";
  const std::string_view reason = reason_name(decision.reason).view();
  if (outcome == one.decision && (one.reason.empty() || reason == one.reason)) return true;
  out << tr("FAIL {1}: expected {2}, got {3}", one.id, answer(one.decision, one.reason),
            answer(outcome, reason))
      << '\n';
  return false;
}

Result<std::string> read_text(std::istream& in) {
  std::string text(kCasesBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return Error{ErrorCode::kUnavailable, "the table of cases cannot be read"};
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kCasesBytesMax) {
    return Error{ErrorCode::kTooLarge, "the table of cases is too large"};
  }
  return text;
}

}  // namespace

Result<CasesReport> run_gate_cases(const PolicySet& policies, std::istream& json,
                                   std::ostream& out) {
  Result<std::string> text = read_text(json);
  if (!text.ok()) return text.error();
  Result<Json> table = parse_json(*text);
  if (!table.ok()) return table.error();
  const Error shape{ErrorCode::kInvalid, "the table of cases has not the expected shape"};
  if (!table->is_object()) return shape;
  const Json rows = table->value("cases", Json());
  if (!rows.is_array() || rows.empty() || !std::ranges::all_of(rows, is_case)) return shape;
  const Json defaults = table->value("defaults", Json::object());
  CasesReport report;
  for (const Json& row : rows) {
    const bool passed = run_case(policies, read_case(row, defaults), out);
    ++(passed ? report.passed : report.failed);
  }
  out << tr("{1} passed, {2} failed", report.passed, report.failed) << '\n';
  return report;
}

}  // namespace assent

#include "report_text.h"

#include <algorithm>
#include <ostream>

namespace assent {
namespace {

// 4 812 337
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, " ");
  return digits;
}

StaticText signature_word(PolicyCheck::Log log) {
  switch (log) {
    case PolicyCheck::Log::kValid:
      return "signature ok";
    case PolicyCheck::Log::kForged:
      return "signature FORGED";
    case PolicyCheck::Log::kUnsigned:
    case PolicyCheck::Log::kUnknownLog:
      return "signature not checked";
  }
  return "";
}

StaticText extends_word(Extends extends) {
  switch (extends) {
    case Extends::kYes:
      return "yes";
    case Extends::kNo:
      return "NO";
    case Extends::kNotAsked:
    case Extends::kCannotTell:
      return "cannot tell";
  }
  return "";
}

void print_log(const LogFacts& log, std::ostream& out) {
  out << "log     " << printable(log.checkpoint.origin) << "   size "
      << grouped(log.checkpoint.size) << "   root " << to_base64(log.checkpoint.root) << "   "
      << signature_word(log.policy.log).view() << "   witnesses " << log.policy.witnesses_valid
      << " of " << log.policy.witnesses_known;
  if (log.policy.newest_cosigned_s != 0) {
    const auto us = static_cast<std::int64_t>(log.policy.newest_cosigned_s) * kSecondUs;
    out << "   cosigned " << to_rfc3339({us});
  }
  out << "\n";
}

void print_range(const BundleReport& report, std::ostream& out) {
  out << "range   " << grouped(report.header->first) << " ... " << grouped(report.header->end - 1)
      << "   " << grouped(report.entries) << " leaves   "
      << (report.all_hashes_match ? "all hashes match" : "hashes DO NOT MATCH") << "   writers "
      << grouped(report.writers) << "   gaps " << grouped(report.gaps) << "   "
      << (report.backwards == 0 ? "time order ok" : "time runs BACKWARDS") << "\n";
  if (report.extends != Extends::kNotAsked) {
    out << "extends the older checkpoint (size " << grouped(report.since_size)
        << "): " << extends_word(report.extends).view() << "\n";
  }
}

void print_findings(const Report& report, std::ostream& out) {
  for (const Finding& finding : report.findings) {
    out << (finding.verdict == LogVerdict::kTampered ? "BAD     " : "?       ");
    if (finding.entry) out << "entry " << *finding.entry << ": ";
    out << finding.what.view() << "\n";
    if (!finding.expected.empty()) out << "        expected  " << finding.expected << "\n";
    if (!finding.found.empty()) out << "        found     " << finding.found << "\n";
  }
  if (report.further != 0) out << "        and " << report.further << " further bad entries\n";
}

void print_result(const Report& report, Timestamp newest, std::ostream& out) {
  out << "RESULT  " << word(report.verdict).view();
  if (report.verdict == LogVerdict::kTampered) {
    const auto named =
        std::ranges::find_if(report.findings, [](const Finding& f) { return f.entry.has_value(); });
    if (named != report.findings.end()) out << "   first bad entry " << *named->entry;
  }
  out << "   (not proved: " << not_proved().view();
  if (newest.us != 0) out << " " << to_rfc3339(newest);
  out << ")\n";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

StaticText word(LogVerdict verdict) {
  switch (verdict) {
    case LogVerdict::kVerified:
      return "VERIFIED";
    case LogVerdict::kTampered:
      return "TAMPERED";
    case LogVerdict::kCannotTell:
      return "CANNOT TELL";
  }
  return "";
}

StaticText not_proved() {
  return "events that were never recorded; that what was recorded is true; anything after";
}

void print(const BundleReport& report, std::ostream& out) {
  if (report.report.log) print_log(*report.report.log, out);
  if (report.header && report.entries != 0) print_range(report, out);
  print_findings(report.report, out);
  print_result(report.report, report.newest, out);
}

void print(const Report& report, std::ostream& out) {
  if (report.log) print_log(*report.log, out);
  print_findings(report, out);
  print_result(report, {}, out);
}

void print(const ErasureReport& report, std::ostream& out) {
  if (report.report.log) print_log(*report.report.log, out);
  if (!report.request.empty()) {
    out << "erasure " << report.request << "   keys destroyed " << report.keys;
    if (report.destroyed_at.us != 0) out << "   at " << to_rfc3339(report.destroyed_at);
    out << "   closed in the log: " << (report.is_closed_in_log ? "yes" : "not checked") << "\n";
  }
  print_findings(report.report, out);
  print_result(report.report, report.destroyed_at, out);
}

void print(const ReleaseReport& report, std::ostream& out) {
  if (!report.release.empty()) {
    out << "release " << report.release << "   matched " << grouped(report.matched)
        << "   permitted " << grouped(report.permitted) << "   delivered "
        << (report.delivered ? grouped(*report.delivered) : "not completed") << "\n"
        << "        file: " << (report.is_file_checked ? "the one that left" : "not checked")
        << "   log: " << (report.is_log_checked ? "tells of it" : "not checked") << "\n";
  }
  print_findings(report.report, out);
  print_result(report.report, {}, out);
}

}  // namespace assent

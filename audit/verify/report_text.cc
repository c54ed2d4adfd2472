#include "report_text.h"

#include <algorithm>
#include <ostream>

#include "core/text.h"

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
  out << tr("log     {1}   size {2}   root {3}   {4}   witnesses {5} of {6}",
            printable(log.checkpoint.origin), grouped(log.checkpoint.size),
            to_base64(log.checkpoint.root), tr(signature_word(log.policy.log)),
            log.policy.witnesses_valid, log.policy.witnesses_known);
  if (log.policy.newest_cosigned_s != 0) {
    const auto us = static_cast<std::int64_t>(log.policy.newest_cosigned_s) * kSecondUs;
    out << "   " << tr("cosigned {1}", to_rfc3339({us}));
  }
  out << "\n";
}

void print_range(const BundleReport& report, std::ostream& out) {
  const std::string leaves =
      tr_n("{1} leaf", "{1} leaves", report.entries, grouped(report.entries));
  out << tr("range   {1} ... {2}   {3}   {4}   writers {5}   gaps {6}   {7}",
            grouped(report.header->first), grouped(report.header->end - 1), leaves,
            report.all_hashes_match ? tr("all hashes match") : tr("hashes DO NOT MATCH"),
            grouped(report.writers), grouped(report.gaps),
            report.backwards == 0 ? tr("time order ok") : tr("time runs BACKWARDS"))
      << "\n";
  if (report.extends != Extends::kNotAsked) {
    out << tr("extends the older checkpoint (size {1}): {2}", grouped(report.since_size),
              tr(extends_word(report.extends)))
        << "\n";
  }
}

void print_stamp(const StampFacts& stamp, std::ostream& out) {
  out << tr("stamp   not later than {1}   policy {2}   {3}   {4}", to_rfc3339(stamp.not_later_than),
            printable(stamp.policy), stamp.fits ? tr("of this checkpoint") : tr("of OTHER BYTES"),
            stamp.is_proved ? tr("authority proved") : tr("authority not proved"))
      << "\n"
      << tr("not shown by a time stamp: {1}", tr(not_stamped())) << "\n";
}

// What stands beside a finding is in the JSON too, where it is the same in each language.
constexpr StaticText kValues[] = {
    "number {1}",   "entry {1}",        "size {1} root {2}",    "from {1}", "no entry",
    "at least {1}", "{1}, trailer {2}", "text that is no leaf", "line {1}", "row {1}",
};

std::string said(const std::string& value) {
  return translate_like(kValues, value, spoken());
}

// What stands before the range, and whether the log says that it keeps it no more.
void print_left_edge(const BundleReport& report, std::ostream& out) {
  const std::uint64_t first = report.header->first;
  if (report.pruned) {
    out << tr("pruned  entries before {1}, the newest of {2}: entry {3} says so",
              grouped(report.pruned->range.minimum), to_rfc3339(report.pruned->range.newest),
              grouped(report.pruned->entry))
        << "\n";
  }
  if (first == 0) return;
  out << tr("unseen  0 ... {1}   {2}", grouped(first - 1),
            report.pruned && first <= report.pruned->range.minimum
                ? tr("pruned, as the log says")
                : tr("nothing here says that the log keeps them no more"))
      << "\n";
}

void print_findings(const Report& report, std::ostream& out) {
  for (const Finding& finding : report.findings) {
    out << (finding.verdict == LogVerdict::kTampered ? tr("BAD     ") : "?       ");
    if (finding.entry) out << tr("entry {1}", *finding.entry) << ": ";
    out << tr(finding.what) << "\n";
    if (!finding.expected.empty())
      out << tr("        expected  {1}", said(finding.expected)) << "\n";
    if (!finding.found.empty()) out << tr("        found     {1}", said(finding.found)) << "\n";
  }
  if (report.further != 0) {
    out << "        "
        << tr_n("and {1} further bad entry", "and {1} further bad entries", report.further,
                report.further)
        << "\n";
  }
}

void print_result(const Report& report, Timestamp newest, std::ostream& out) {
  out << tr("RESULT  {1}", tr(word(report.verdict)));
  if (report.verdict == LogVerdict::kTampered) {
    const auto named =
        std::ranges::find_if(report.findings, [](const Finding& f) { return f.entry.has_value(); });
    if (named != report.findings.end()) out << "   " << tr("first bad entry {1}", *named->entry);
  }
  out << "   ("
      << tr("not proved: {1}", tr(not_proved()) + (newest.us != 0 ? " " + to_rfc3339(newest) : ""))
      << ")\n";
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

StaticText not_stamped() {
  return "how long before it the tree was there; that no other tree was stamped; that its "
         "authority's clock is right and its key neither stolen nor revoked";
}

StaticText not_compared() {
  return "identifiers, links, profiles, flags, suppressions, permits, traits, releases; of a "
         "record "
         "its country, region, city, age band and gender; of an order its source; what a ledger "
         "row "
         "of an erased person says";
}

std::string in_words(const RecoveredLog& recovered) {
  return tr(
      "the database had gone back to {1} entries; those up to {2} were put back from the "
      "published files",
      grouped(recovered.database_size), grouped(recovered.recovered_size));
}

std::string in_words(const ForkedLog& fork) {
  return tr(
      "goes on from {1} entries that the database had; before it the log was signed up to {2} "
      "entries with root {3}, and what those had beyond {1} is not here",
      grouped(fork.kept_size), grouped(fork.old_size), to_base64(fork.old_root));
}

void print(const BundleReport& report, std::ostream& out) {
  if (report.report.log) print_log(*report.report.log, out);
  if (report.header && report.entries != 0) {
    print_range(report, out);
    print_left_edge(report, out);
  }
  if (report.stamp) print_stamp(*report.stamp, out);
  for (const ToldRecovery& one : report.recoveries) {
    out << tr("recovered") << "   " << tr("entry {1}", one.entry) << ": " << in_words(one.what)
        << "\n";
  }
  for (const ToldFork& one : report.forks) {
    out << tr("FORK") << "    " << tr("entry {1}", one.entry) << ": " << in_words(one.what) << "\n";
  }
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
    out << tr("erasure {1}   keys destroyed {2}", report.request, report.keys);
    if (report.destroyed_at.us != 0) out << "   " << tr("at {1}", to_rfc3339(report.destroyed_at));
    out << "   "
        << tr("closed in the log: {1}", report.is_closed_in_log ? tr("yes") : tr("not checked"))
        << "\n";
    if (report.epoch) {
      out << tr("epoch {1} of its keys   burned: {2}", *report.epoch,
                report.burned_at ? to_rfc3339(*report.burned_at) : tr("not checked"))
          << "\n";
    }
  }
  print_findings(report.report, out);
  print_result(report.report, report.destroyed_at, out);
}

void print(const StateReport& report, std::ostream& out) {
  if (report.report.log) print_log(*report.report.log, out);
  out << tr("state   rows {1}   removed {2}   of erased people {3}   entries that seal rows {4}",
            grouped(report.rows), grouped(report.removed), grouped(report.erased),
            grouped(report.entries))
      << "\n";
  if (report.not_checked != 0) {
    out << tr("not checked: rows of entries that were pruned {1}", grouped(report.not_checked))
        << "\n";
  }
  out << tr("not compared: {1}", tr(not_compared())) << "\n";
  print_findings(report.report, out);
  print_result(report.report, {}, out);
}

void print(const StampReport& report, std::ostream& out) {
  if (report.report.log) print_log(*report.report.log, out);
  if (report.stamp) print_stamp(*report.stamp, out);
  print_findings(report.report, out);
  print_result(report.report, report.stamp ? report.stamp->not_later_than : Timestamp{}, out);
}

void print(const ReleaseReport& report, std::ostream& out) {
  if (!report.release.empty()) {
    out << tr("release {1}   matched {2}   permitted {3}   delivered {4}", report.release,
              grouped(report.matched), grouped(report.permitted),
              report.delivered ? grouped(*report.delivered) : tr("not completed"))
        << "\n        "
        << tr("file: {1}   log: {2}",
              report.is_file_checked ? tr("the one that left") : tr("not checked"),
              report.is_log_checked ? tr("tells of it") : tr("not checked"))
        << "\n";
  }
  print_findings(report.report, out);
  print_result(report.report, {}, out);
}

}  // namespace assent

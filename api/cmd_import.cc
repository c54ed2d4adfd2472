#include <signal.h>

#include <iostream>

#include "api/command.h"
#include "api/import_file.h"
#include "api/progress_bar.h"
#include "api/source_totals.h"
#include "identity/rejected.h"

namespace assent {
namespace {

std::string rows(std::uint64_t count) {
  return tr_n("{1} row", "{1} rows", count, count);
}
std::string records(std::uint64_t count) {
  return tr_n("{1} record", "{1} records", count, count);
}
std::string organisations(std::uint64_t count) {
  return tr_n("{1} organisation", "{1} organisations", count, count);
}
std::string orders(std::uint64_t count) {
  return tr_n("{1} order", "{1} orders", count, count);
}

constexpr std::size_t kRejectsShown = 20;

std::atomic<bool> stop_import{false};

void stop_on_signal(int) {
  stop_import = true;
}

void print_rejects(Services& services, const Caller& caller, const ImportReport& report) {
  if (report.rejected == 0) return;
  auto notes =
      in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<std::vector<RejectedNote>> {
        return list_rejected(tx, report.import, 0, kRejectsShown);
      });
  if (!notes.ok()) return;
  for (const RejectedNote& note : *notes) {
    std::cout << "  " << tr("rejected line {1}", note.line);
    if (note.column != 0) std::cout << ", " << tr("column {1}", note.column);
    std::cout << ": " << translate_stored(note.reason, spoken());
    if (!note.field.empty()) std::cout << " (" << note.field << ')';
    if (note.denials_kept) std::cout << "; " << tr("what it denies is kept");
    std::cout << '\n';
  }
  if (report.rejected > notes->size()) {
    std::cout << "  "
              << tr("and {1} more: assent rejects --import {2}", report.rejected - notes->size(),
                    report.import.text())
              << '\n';
  }
}

void print_report(const ImportOrder& order, const ImportReport& report) {
  std::cout << (report.finished ? "" : tr("stopped; the same command goes on. "))
            << tr("{1}: {2}, {3} stored, {4} unchanged, {5} rejected, {6}, {7}", order.source,
                  rows(report.rows_read), report.stored, report.unchanged, report.rejected,
                  tr_n("{1} warning", "{1} warnings", report.warnings, report.warnings),
                  tr_n("{1} link", "{1} links", report.links_made, report.links_made))
            << (report.resumed ? tr(" (resumed)") : "") << "; "
            << tr("new: {1}, {2}, {3}", records(report.records_made),
                  organisations(report.organisations_made), orders(report.orders_made))
            << '\n';
  if (report.denials_kept == 0) return;
  std::cout << "  "
            << tr_n("of {1} rejected row the denials are kept",
                    "of {1} rejected rows the denials are kept", report.denials_kept,
                    report.denials_kept)
            << '\n';
}

// On standard error: the rows are stored, the report stays one line.
void print_warnings(const ImportReport& report) {
  for (const auto& [kind, seen] : report.warnings_by_kind) {
    std::cerr << "  "
              << tr("warning, line {1}, column {2}: {3} ({4})", seen.first_line, kind.column,
                    translate_stored(kind.reason, spoken()), rows(seen.rows))
              << '\n';
  }
}

int run_import(const CommandLine& line, const ImportOrder& order) {
  return with_caller(line, "import.create", [&](Services& services, const Caller& caller) {
    ::signal(SIGINT, stop_on_signal);
    ::signal(SIGTERM, stop_on_signal);
    ProgressBar bar;
    const Act act =
        act_of(caller, PurposeCode::kIngestion, {Uuid::v7(services.clock, services.random)});
    auto report = import_file(
        services, caller.tenant, act, order,
        [&bar](const ImportProgress& progress) {
          bar.show(progress.bytes_read, progress.bytes_total, rows(progress.rows_read));
        },
        stop_import);
    if (!report.ok()) return say(report.error());
    print_report(order, *report);
    print_rejects(services, caller, *report);
    print_warnings(*report);
    return report->finished ? kDone : kFailed;
  });
}

// 250031563 → "2,500,315.63"; every currency that the samples know has two digits.
std::string money(std::int64_t minor) {
  std::string whole = std::to_string(minor / 100);
  for (int at = static_cast<int>(whole.size()) - 3; at > 0; at -= 3) {
    whole.insert(static_cast<std::size_t>(at), ",");
  }
  const std::string cents = std::to_string(minor % 100 + 100).substr(1);
  return whole + "." + cents;
}

int run_sources(const CommandLine& line) {
  return with_caller(line, "import.read", [](Services& services, const Caller& caller) {
    Tx tx(services.data, caller.tenant);
    for (const SourceTotals& source : source_totals(tx)) {
      std::cout << tr("{1}: {2}, {3}, {4}", source.name, records(source.records),
                      organisations(source.organisations), orders(source.orders));
      if (source.orders != 0) {
        std::cout << ' '
                  << tr_n("of {1} customer, {2} {3}", "of {1} customers, {2} {3}", source.customers,
                          source.customers, money(source.total_minor), source.currency);
      }
      std::cout << '\n';
    }
    return kDone;
  });
}

int run_rejects(const CommandLine& line, const std::string& import) {
  return with_caller(line, "import.rejects", [&](Services& services, const Caller& caller) {
    const auto id = Uuid::parse(import);
    if (!id) return say("an import is named by its id");
    std::uint64_t after = 0;
    for (bool more = true; more;) {
      auto page =
          in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<std::vector<RejectedNote>> {
            return list_rejected(tx, *id, after, 1000);
          });
      if (!page.ok()) return say(page.error());
      for (const RejectedNote& note : *page) {
        std::cout << note.line << '\t' << note.column << '\t'
                  << translate_stored(note.reason, spoken()) << '\t' << note.field << '\t'
                  << (note.denials_kept ? tr("denials kept") : "") << '\n';
        after = note.line;
      }
      more = page->size() == 1000;
    }
    return kDone;
  });
}

}  // namespace

void add_import_command(Command& app, CommandLine& line) {
  auto order = std::make_shared<ImportOrder>();
  Command* read = app.add_subcommand(
      "import",
      tr("Read a file of contacts or orders. Every row is stored, unchanged or rejected with "
         "line,\n"
         "column and reason. Repeating a file changes nothing; a broken-off import goes on."));
  read->add_option("FILE", order->file, tr("CSV or XLSX; encoding and delimiter are detected"))
      ->required();
  read->add_option("--source", order->source, tr("Name of the feeding system, such as crm"))
      ->required();
  read->add_option("--mapping", order->mapping,
                   tr("How it writes: a file of policies/sources [that of the source]"));
  read->add_option("--customers-of", order->customers_of,
                   tr("Orders: the source whose customer ids they name [their own]"));
  read->callback([order, &line] { line.exit_code = run_import(line, *order); });
  app.add_subcommand("sources",
                     tr("What each source has fed: records, organisations, orders and their sum"))
      ->callback([&line] { line.exit_code = run_sources(line); });
  auto id = std::make_shared<std::string>();
  Command* rejects = app.add_subcommand(
      "rejects", tr("List an import's rejected rows: where and why, never what"));
  rejects->add_option("--import", *id, tr("The import's id"))->required();
  rejects->callback([id, &line] { line.exit_code = run_rejects(line, *id); });
}

}  // namespace assent

#include <algorithm>
#include <iostream>
#include <map>
#include <span>

#include "api/cmd_audit.h"
#include "api/entry_query.h"
#include "api/entry_text.h"

// assent audit entries, and trail: the log for people and their tools.
namespace assent {
namespace {

struct ViewOptions {
  std::map<std::string, std::string> values;  // By the names of kEntryQueryNames.
  std::string record;
  std::string format = "text";
};

Result<EntryQuery> query_of(const ViewOptions& options) {
  return read_entry_query([&](StaticText name) -> std::optional<std::string_view> {
    const auto value = options.values.find(std::string(name.view()));
    if (value == options.values.end() || value->second.empty()) return std::nullopt;
    return value->second;
  });
}

void print(const EntryPage& page, const ViewOptions& options, const Services& services) {
  const FieldCatalogue& fields = services.catalogues->fields;
  if (options.format == "json") {
    std::cout << entries_json(page, fields) << '\n';
  } else if (options.format == "csv") {
    std::cout << entries_csv(page, fields);
  } else {
    for (const ViewedEntry& entry : page.entries) std::cout << entry_line(entry) << '\n';
  }
  std::cerr << tr("entries: {1}; a view, not evidence", page.entries.size());
  if (page.next) std::cerr << "; " << tr("more with --after {1}", page.next->text());
  std::cerr << '\n';
  if (page.begins) {
    std::cerr << tr("older entries were pruned: the log begins with entry {1} of {2}",
                    page.begins->index, to_rfc3339({page.begins->time_us}))
              << '\n';
  }
}

// Pages that are empty because nothing fitted among what one look reaches are not shown.
template <class Look>
int show(const CommandLine& line, Services& services, TenantId tenant, EntryQuery query,
         const ViewOptions& options, Look look) {
  while (true) {
    auto page =
        in_tx(services.data, tenant, [&](Tx& tx) -> Result<EntryPage> { return look(tx, query); });
    if (!page.ok()) return say(page.error());
    if (!page->entries.empty() || !page->next) {
      print(*page, options, services);
      return keep_receipt(line, services, tenant, page->leaf);
    }
    query.after = *page->next;
  }
}

int run_entries(const CommandLine& line, const ViewOptions& options) {
  return with_caller(line, "audit.entries", [&](Services& services, const Caller& caller) {
    const auto query = query_of(options);
    if (!query.ok()) return say(query.error());
    const Act act =
        act_of(caller, PurposeCode::kAudit, {Uuid::v7(services.clock, services.random)});
    return show(
        line, services, caller.tenant, *query, options, [&](Tx& tx, const EntryQuery& asked) {
          return view_entries(tx, services.journal, act, asked.filter, asked.after, asked.limit);
        });
  });
}

int run_trail(const CommandLine& line, const ViewOptions& options) {
  return with_caller(line, "audit.trail", [&](Services& services, const Caller& caller) {
    const auto query = query_of(options);
    if (!query.ok()) return say(query.error());
    const auto record = RecordId::parse(options.record);
    if (!record) return say("a record is named by its id, as 'assent rights find' shows it");
    const Act act =
        act_of(caller, PurposeCode::kRightsRequest, {Uuid::v7(services.clock, services.random)});
    return show(line, services, caller.tenant, *query, options,
                [&](Tx& tx, const EntryQuery& asked) {
                  return view_trail(tx, services.journal, act, *record, asked.after, asked.limit);
                });
  });
}

struct Shown {
  StaticText name;
  StaticText about;
};
constexpr Shown kFilters[] = {
    {"from", "Time from which on (RFC 3339 or a day)"},
    {"to", "Time before which"},
    {"actor", "Who acted: the reference in the entry"},
    {"on_behalf_of", "For whom: the reference in the entry"},
    {"act", "What: such as RECORD_READ"},
    {"purpose", "What for: such as rights_request"},
    {"object_kind", "The kind of its object: such as release"},
    {"object", "The id of its object"},
    {"outcome", "done, refused or failed"},
    {"subject", "The reference of the record that it concerns"},
};
constexpr Shown kPages[] = {
    {"after", "The place after which to go on"},
    {"limit", "Most entries [100]"},
};

void add_values(Command& command, ViewOptions& options, std::span<const Shown> shown) {
  for (const Shown& one : shown) {
    std::string flag(one.name.view());
    std::ranges::replace(flag, '_', '-');
    command.add_option("--" + flag, options.values[std::string(one.name.view())], tr(one.about));
  }
}

void add_pages(Command& command, ViewOptions& options) {
  add_values(command, options, kPages);
  command.add_option("--format", options.format, tr("text, json or csv"))
      ->one_of({"text", "json", "csv"})
      ->capture_default_str();
}

}  // namespace

void add_audit_view_commands(Command& audit, CommandLine& line) {
  auto options = std::make_shared<ViewOptions>();
  Command* entries =
      audit.add_subcommand("entries", tr("Look entries up by what they say: a view, not evidence"));
  add_values(*entries, *options, kFilters);
  Command* trail = audit.add_subcommand(
      "trail", tr("What the log tells of one record, for the person's access answer"));
  trail->add_option("--record", options->record, tr("Its id"))->required();
  for (Command* one : {entries, trail}) {
    add_pages(*one, *options);
    add_receipt_option(*one, line);
  }
  entries->callback([options, &line] { line.exit_code = run_entries(line, *options); });
  trail->callback([options, &line] { line.exit_code = run_trail(line, *options); });
}

}  // namespace assent

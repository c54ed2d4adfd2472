#include "core/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "core/text.h"

namespace assent {
namespace {

constexpr std::size_t kIndent = 2;  // That CLI11 puts before a name.

// Bytes of UTF-8 that take no column of their own.
std::size_t continuation_bytes(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }));
}

// CLI11 counts bytes where it aligns; a Cyrillic letter has two. Of the group of --help it keeps
// the English name, whatever the program's other options are told.
class SpokenFormatter : public CLI::Formatter {
 public:
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return Formatter::make_group(group == "Options" ? tr("Options") : group, is_positional,
                                 std::move(options));
  }

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    const std::string name = make_option_name(option, is_positional) + make_option_opts(option);
    const std::size_t extra = continuation_bytes(name);
    const bool fits = name.size() - extra + kIndent < get_column_width();
    std::stringstream out;
    CLI::detail::format_help(out, name, make_option_desc(option),
                             get_column_width() + (fits ? extra : 0));
    return out.str();
  }
};

// What CLI11 says of wrong arguments; the first that fits is the one.
constexpr StaticText kComplaints[] = {
    "A subcommand is required",
    "{1} is required",
    "The following argument was not expected: {1}",
    "The following arguments were not expected: {1}",
    "Could not convert: {1} = {2}",
    "{1}: 1 required {2} missing",
    "{1}: Value {2} not in range {3} to {4}",
    "{1}: {2} not in {3}",
};

void speak_help(CLI::App& app) {
  auto formatter = std::make_shared<SpokenFormatter>();
  formatter->label("Usage", tr("Usage"));
  formatter->label("Positionals", tr("Positionals"));
  formatter->label("OPTIONS", tr("OPTIONS"));
  formatter->label("SUBCOMMAND", tr("SUBCOMMAND"));
  formatter->label("REQUIRED", tr("REQUIRED"));
  formatter->label("TEXT", tr("TEXT"));
  formatter->label("INT", tr("INT"));
  formatter->label("UINT", tr("UINT"));
  app.formatter(formatter);
  app.fallthrough();  // Of --lang too: it may stand after a subcommand.
  app.group(tr("Subcommands"));
  app.set_help_flag("-h,--help", tr("Print this help and end"));
  app.add_option(
         "--lang", [](const CLI::results_t&) { return true; },
         tr("Language of help and messages: en or ru [that of the locale]"))
      ->type_name(tr("TEXT"))
      ->check(CLI::IsMember({"en", "ru"}));
}

}  // namespace

void choose_language(int argc, char** argv) {
  const std::array<const char*, 3> locale = {std::getenv("LC_ALL"), std::getenv("LC_MESSAGES"),
                                             std::getenv("LANG")};
  speak(terminal_language({argv, static_cast<std::size_t>(argc)}, locale));
}

// --- CommandOption ------------------------------------------------------------------------------

CommandOption* CommandOption::required() {
  option_.required();
  return this;
}

CommandOption* CommandOption::capture_default_str() {
  option_.capture_default_str();
  return this;
}

CommandOption* CommandOption::delimiter(char between_values) {
  option_.delimiter(between_values);
  return this;
}

CommandOption* CommandOption::type_name(const std::string& shown) {
  option_.type_name(shown);
  return this;
}

CommandOption* CommandOption::one_of(const std::vector<std::string>& words) {
  option_.check(CLI::IsMember(words));
  return this;
}

CommandOption* CommandOption::between(int lowest, int highest) {
  CLI::Range range(lowest, highest);
  range.description(std::to_string(lowest) + "-" + std::to_string(highest));  // In any language.
  option_.check(range);
  return this;
}

CommandOption* CommandOption::needs(CommandOption* other) {
  option_.needs(&other->option_);
  return this;
}

CommandOption* CommandOption::excludes(CommandOption* other) {
  option_.excludes(&other->option_);
  return this;
}

// --- Command ------------------------------------------------------------------------------------

Command::Command(std::shared_ptr<CLI::App> app) : app_(std::move(app)) {}
Command::~Command() = default;

Command* Command::add_subcommand(const std::string& name, const std::string& about) {
  app_->add_subcommand(name, about);
  commands_.push_back(std::make_unique<Command>(app_->get_subcommand_ptr(name)));
  return commands_.back().get();
}

template <class Value>
CommandOption* Command::add_option(const std::string& name, Value& value,
                                   const std::string& about) {
  CLI::Option& option = *app_->add_option(name, value, about);
  options_.push_back(std::make_unique<CommandOption>(option));
  return options_.back().get();
}

#define ASSENT_OPTION_OF(...)                                                      \
  template CommandOption* Command::add_option(const std::string&, __VA_ARGS__& to, \
                                              const std::string&);
ASSENT_OPTION_OF(std::string)
ASSENT_OPTION_OF(std::optional<std::string>)
ASSENT_OPTION_OF(std::vector<std::string>)
ASSENT_OPTION_OF(std::filesystem::path)
ASSENT_OPTION_OF(std::vector<std::filesystem::path>)
ASSENT_OPTION_OF(int)
ASSENT_OPTION_OF(std::uint64_t)
ASSENT_OPTION_OF(std::optional<std::uint64_t>)
#undef ASSENT_OPTION_OF

CommandOption* Command::add_flag(const std::string& name, bool& value, const std::string& about) {
  options_.push_back(std::make_unique<CommandOption>(*app_->add_flag(name, value, about)));
  return options_.back().get();
}

void Command::require_subcommand(int how_many) {
  app_->require_subcommand(how_many);
}

void Command::callback(std::function<void()> work) {
  app_->callback(std::move(work));
}

// --- Program ------------------------------------------------------------------------------------

Program::Program(const std::string& about, const std::string& name)
    : Command(std::make_shared<CLI::App>(about, name)) {
  speak_help(*app_);
}

void Program::footer(const std::string& text) {
  app_->footer(text);
}

void Program::set_config(const std::string& option, const std::string& about) {
  app_->set_config(option, "", about);
}

std::optional<int> Program::parse(int argc, char** argv, int usage_exit) {
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_->exit(error);
    // The message quotes arguments, in which personal data never stands.
    std::cerr << translate_like(kComplaints, error.what(), spoken()) << '\n'
              << tr("What to do: the same command with --help tells what it takes.") << '\n';
    return usage_exit;
  }
}

bool Program::got_subcommand(const std::string& name) const {
  return app_->got_subcommand(name);
}

}  // namespace assent

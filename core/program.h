#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The command line of our programs: their commands and options, and help and complaints in the
// terminal's language (core/text.h). CLI11 does the work and is included by program.cc alone, for
// it takes longer to compile than what most commands do. Not thread-safe.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace assent {

// Sets the language of the terminal by --lang, else LC_ALL, LC_MESSAGES or LANG. main() calls it
// before anything is said.
void choose_language(int argc, char** argv);

// One option or positional argument. Lives as long as its command.
class CommandOption {
 public:
  explicit CommandOption(CLI::Option& option) : option_(option) {}
  CommandOption* required();
  CommandOption* capture_default_str();  // The help tells the value that the variable has now.
  CommandOption* delimiter(char between_values);
  CommandOption* type_name(const std::string& shown);
  CommandOption* one_of(const std::vector<std::string>& words);
  CommandOption* between(int lowest, int highest);
  CommandOption* needs(CommandOption* other);
  CommandOption* excludes(CommandOption* other);

 private:
  CLI::Option& option_;
};

// A command and what is below it. What is bound to an option must live until the program has run.
class Command {
 public:
  explicit Command(std::shared_ptr<CLI::App> app);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  Command* add_subcommand(const std::string& name, const std::string& about);
  // Of text, path, whole numbers, lists of the first two, and optionals: program.cc has the list.
  template <class Value>
  CommandOption* add_option(const std::string& name, Value& value, const std::string& about);
  CommandOption* add_flag(const std::string& name, bool& value, const std::string& about);
  void require_subcommand(int how_many);
  // What the command does. Runs while the arguments are parsed, once they are all known to be
  // right.
  void callback(std::function<void()> work);

 protected:
  std::shared_ptr<CLI::App> app_;

 private:
  std::vector<std::unique_ptr<Command>> commands_;
  std::vector<std::unique_ptr<CommandOption>> options_;
};

// The program itself. It has --help, and --lang, which choose_language() has read already: it
// stands here to be explained and checked.
class Program : public Command {
 public:
  explicit Program(const std::string& about, const std::string& name = "");

  // What stands below the help.
  void footer(const std::string& text);
  // An option that names a file of options, one a line.
  void set_config(const std::string& option, const std::string& about);
  // Reads the arguments and runs the command's callback. A value: the program is over, for the help
  // was asked for (0), or something is wrong (`usage_exit`); then what, and what to do, is said.
  std::optional<int> parse(int argc, char** argv, int usage_exit);
  bool got_subcommand(const std::string& name) const;
};

}  // namespace assent

#pragma once

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace assent {

// Sets the language of the terminal by --lang, else LC_ALL, LC_MESSAGES or LANG. main() calls it
// before anything is said.
void choose_language(int argc, char** argv);

// Makes the help of `app` speak the terminal's language (core/text.h) and adds --lang, which main()
// has read already: it stands here to be explained and checked. To be called on the program itself,
// before its subcommands are added, for they take over what it has.
void speak_help(CLI::App& app);

// Prints the help that was asked for, or what is wrong with the arguments and what to do next.
// Answers 0 for the former, `usage_exit` for the latter.
int conclude_usage(const CLI::App& app, const CLI::ParseError& error, int usage_exit);

}  // namespace assent

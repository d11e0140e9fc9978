// What a program can say about its own command line: its version, a manual page, completion for three shells, and the
// definition as JSON.
//
// All of it is made from the CLI::App that parses the arguments, so none of it can disagree with the program.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace sediment::shell {

/// One option, flag or positional argument, as CLI11 knows it.
struct OptionDefinition {
  std::vector<std::string> names;  // "--limit"; of a positional argument its name: "DIR"
  std::string purpose;
  std::string value;                 // what help calls the value: "N", "FILE"; empty for a flag
  std::vector<std::string> choices;  // the words that it takes; empty: any value
  bool is_positional = false;
  bool is_required = false;
  bool is_many = false;  // takes several values

  bool is_flag() const { return !is_positional && value.empty(); }
};

struct CommandDefinition {
  std::string name;
  std::string purpose;
  std::vector<OptionDefinition> options;  // in the order of their definition
  std::string footer;                     // examples, exit codes
};

struct ProgramDefinition {
  CommandDefinition program;  // what the program takes without a command, or before one
  std::vector<CommandDefinition> commands;
};

ProgramDefinition definition_of(const CLI::App& app);

std::string bash_completion(const ProgramDefinition& definition);
std::string zsh_completion(const ProgramDefinition& definition);
std::string fish_completion(const ProgramDefinition& definition);
/// Section 1, in the language of man(7). `version` stands at its foot.
std::string manual_page(const ProgramDefinition& definition, const std::string& version);
/// {"program": ..., "options": [...], "commands": [{"name": ..., "options": [...]}]}
std::string definition_as_json(const ProgramDefinition& definition);

/// Adds --version to the program and all its commands, and --completion, --man and --definition to the program. Call it
/// when all commands are defined. When one of them is given, parsing ends with a PageWanted. `version` is what --version
/// prints, and `app` must outlive the parsing.
void add_pages(CLI::App& app, const std::string& version);

/// A wish for text in place of work: print what() and end with exit code 0.
class PageWanted : public CLI::Success {
 public:
  explicit PageWanted(const std::string& text) : CLI::Success("PageWanted", text, CLI::ExitCodes::Success) {}
};

/// What to print when parsing ended with a CLI::Success: the help of the command that was given, or the page.
std::string text_of(const CLI::App& app, const CLI::Success& wish);

/// What to print when these arguments could not be parsed. For an unknown command, it names the one that was probably
/// meant: "there is no command \"delete\"; did you mean del?".
std::string text_of(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments);

}  // namespace sediment::shell

#include "engine/shell/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

namespace sediment::shell {

namespace {

// ---- the definition

OptionDefinition definition_of(const CLI::Option& option) {
  OptionDefinition definition;
  definition.purpose = option.get_description();
  definition.is_required = option.get_required();
  definition.is_positional = option.get_positional();
  definition.is_many = option.get_items_expected_max() > 1;
  if (definition.is_positional) definition.names.push_back(option.get_name(true));
  for (const std::string& name : option.get_snames()) definition.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) definition.names.push_back("--" + name);
  if (option.get_items_expected_max() == 0) return definition;

  // "WORD:{auto,off}": what help calls the value, and the words that its checks name.
  std::string value = option.get_type_name();
  const std::size_t open = value.find(":{");
  const std::size_t close = value.find('}', open == std::string::npos ? 0 : open);
  if (open != std::string::npos && close != std::string::npos) {
    std::istringstream words(value.substr(open + 2, close - open - 2));
    for (std::string word; std::getline(words, word, ',');) definition.choices.push_back(word);
    value.resize(open);
  }
  definition.value = definition.is_positional ? definition.names.front() : value.substr(0, value.find(':'));
  return definition;
}

CommandDefinition definition_of_command(const CLI::App& app) {
  CommandDefinition definition{app.get_name(), app.get_description(), {}, app.get_footer()};
  for (const CLI::Option* option : app.get_options()) definition.options.push_back(definition_of(*option));
  return definition;
}

// ---- what all completions need

enum class Kind : std::uint8_t { kNothing, kWords, kFile, kDirectory };

Kind kind_of(const OptionDefinition& option) {
  if (!option.choices.empty()) return Kind::kWords;
  if (option.value == "DIR" || option.value == "NEWDIR" || option.value == "FOLDER") return Kind::kDirectory;
  if (option.value == "FILE" || option.value == "SCENARIO" || option.value == "TRACE") return Kind::kFile;
  return Kind::kNothing;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(separator)) + word;
  return text;
}

std::vector<std::string> option_names(const CommandDefinition& command) {
  std::vector<std::string> names;
  for (const OptionDefinition& option : command.options) {
    if (!option.is_positional) names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

std::vector<std::string> command_names(const ProgramDefinition& definition) {
  std::vector<std::string> names;
  for (const CommandDefinition& command : definition.commands) names.push_back(command.name);
  return names;
}

// A name for a shell function: sediment_sim.
std::string identifier(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string first_sentence(const std::string& text) {
  const std::size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

// In single quotes, for any shell.
std::string shell_quoted(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

// ---- bash

void bash_words(const CommandDefinition& command, std::string* text) {
  for (const OptionDefinition& option : command.options) {
    if (option.is_positional || option.is_flag()) continue;
    for (const std::string& name : option.names) {
      *text += fmt::format("    {}) ", shell_quoted(command.name + " " + name));
      switch (kind_of(option)) {
        case Kind::kWords: *text += "COMPREPLY=($(compgen -W " + shell_quoted(joined(option.choices, " ")); break;
        case Kind::kFile: *text += "COMPREPLY=($(compgen -f"; break;
        case Kind::kDirectory: *text += "COMPREPLY=($(compgen -d"; break;
        case Kind::kNothing: *text += "COMPREPLY=($(true"; break;
      }
      *text += " -- \"$current\")); return ;;\n";
    }
  }
}

// ---- zsh

// "[" and "]" end a description there, and ":" ends a name.
std::string zsh_text(const std::string& text) {
  return replaced(replaced(replaced(text, "[", "("), "]", ")"), ":", "\\:");
}

std::string zsh_action(const OptionDefinition& option) {
  switch (kind_of(option)) {
    case Kind::kWords: return "(" + joined(option.choices, " ") + ")";
    case Kind::kFile: return "_files";
    case Kind::kDirectory: return "_files -/";
    case Kind::kNothing: return " ";
  }
  return " ";
}

std::string zsh_arguments(const CommandDefinition& command) {
  std::string text;
  int position = 0;
  for (const OptionDefinition& option : command.options) {
    if (option.is_positional) {
      const std::string place = option.is_many ? "*" : std::to_string(++position);
      text += " " + shell_quoted(fmt::format("{}:{}:{}", place, option.value, zsh_action(option)));
      continue;
    }
    for (const std::string& name : option.names) {
      std::string line = name + "[" + zsh_text(option.purpose) + "]";
      if (!option.is_flag()) line += ":" + option.value + ":" + zsh_action(option);
      text += " " + shell_quoted(line);
    }
  }
  return text;
}

// ---- fish

std::string fish_option(const std::string& program, const std::string& condition, const OptionDefinition& option) {
  std::string line = "complete -c " + program;
  if (!condition.empty()) line += " -n " + shell_quoted(condition);
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  switch (option.is_flag() ? Kind::kNothing : kind_of(option)) {
    case Kind::kWords: line += " -x -a " + shell_quoted(joined(option.choices, " ")); break;
    case Kind::kFile: line += " -r -F"; break;
    case Kind::kDirectory: line += " -x -a '(__fish_complete_directories)'"; break;
    case Kind::kNothing: line += option.is_flag() ? "" : " -x"; break;
  }
  return line + " -d " + shell_quoted(option.purpose) + "\n";
}

// ---- man

std::string roff(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\\') {
      line += "\\e";
    } else if (c == '-') {
      line += "\\-";
    } else if (c == '\'') {
      line += "\\(aq";
    } else {
      line += c;
    }
    if (c == '\n') line += "\\&";  // a dot at the start of a line would be a command
  }
  return "\\&" + line;
}

std::string roff_synopsis(const std::string& program, const CommandDefinition& command, bool is_program) {
  std::string text = "\\fB" + roff(program) + "\\fR";
  if (!is_program) text += " \\fB" + roff(command.name) + "\\fR";
  bool has_options = false;
  for (const OptionDefinition& option : command.options) {
    if (option.is_positional) continue;
    if (option.is_required) {
      text += " \\fB" + roff(option.names.front()) + "\\fR \\fI" + roff(option.value) + "\\fR";
    } else {
      has_options = true;
    }
  }
  if (has_options) text += " [\\fIoption\\fR ...]";
  for (const OptionDefinition& option : command.options) {
    if (!option.is_positional) continue;
    std::string name = "\\fI" + roff(option.value) + "\\fR" + (option.is_many ? " ..." : "");
    text += option.is_required ? " " + name : " [" + name + "]";
  }
  return text;
}

std::string roff_options(const CommandDefinition& command) {
  std::string text;
  for (const OptionDefinition& option : command.options) {
    if (option.is_positional && option.purpose.empty()) continue;
    text += ".TP\n";
    const bool has_value = !option.is_positional && !option.is_flag();
    text += option.is_positional ? "\\fI" : "\\fB";
    text += roff(joined(option.names, ", ")) + "\\fR" + (has_value ? " \\fI" + roff(option.value) + "\\fR" : "") + "\n";
    std::string purpose = roff(option.purpose);
    if (!option.choices.empty()) purpose += " One of: " + roff(joined(option.choices, ", ")) + ".";
    text += purpose + "\n";
  }
  return text;
}

std::string roff_footer(std::string footer) {
  while (!footer.empty() && footer.front() == '\n') footer.erase(0, 1);
  return footer.empty() ? "" : ".PP\n.nf\n" + roff(footer) + "\n.fi\n";
}

// ---- JSON

nlohmann::ordered_json json_of(const CommandDefinition& command) {
  nlohmann::ordered_json options = nlohmann::ordered_json::array();
  for (const OptionDefinition& option : command.options) {
    nlohmann::ordered_json entry{{"names", option.names}, {"purpose", option.purpose}};
    if (!option.value.empty()) entry["value"] = option.value;
    if (!option.choices.empty()) entry["choices"] = option.choices;
    entry["positional"] = option.is_positional;
    entry["required"] = option.is_required;
    entry["many"] = option.is_many;
    options.push_back(std::move(entry));
  }
  return {{"name", command.name}, {"purpose", command.purpose}, {"options", options}};
}

// How many insertions, deletions and changes of one letter, and swaps of two neighbours, make `from` into `to`.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> steps(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      std::size_t& best = steps[i][j];
      best = i == 0 ? j : j == 0 ? i : steps[i - 1][j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      if (i == 0 || j == 0) continue;
      best = std::min({best, steps[i - 1][j] + 1, steps[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) best = std::min(best, steps[i - 2][j - 2] + 1);
    }
  }
  return steps[from.size()][to.size()];
}

// Words for a command of ours in other programs.
std::string_view other_word(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"delete", "del"},  {"remove", "del"},   {"rm", "del"},         {"set", "put"},
      {"insert", "put"},  {"add", "put"},      {"read", "get"},       {"list", "keys"},
      {"ls", "keys"},     {"check", "verify"}, {"repair", "salvage"}, {"compact", "merge"},
      {"copy", "backup"}, {"replay", "run"},   {"search", "explore"}, {"minimize", "shrink"}};
  for (const auto& [other, ours] : kOthers) {
    if (other == word) return ours;
  }
  return {};
}

// What is wrong with the first word that stands where a command should, with the command that was probably meant. Empty if
// that is a command, or if there is none.
std::string unknown_command(const std::vector<std::string>& names, const std::vector<std::string>& arguments) {
  const auto word = std::find_if(arguments.begin(), arguments.end(),
                                 [](const std::string& argument) { return !argument.starts_with("-"); });
  if (word == arguments.end()) return {};
  if (std::find(names.begin(), names.end(), *word) != names.end()) return {};
  std::string text = "there is no command \"" + word->substr(0, 40) + "\"";
  std::string meant(other_word(*word));
  if (std::find(names.begin(), names.end(), meant) == names.end()) meant.clear();
  const bool is_guess = meant.empty() && word->size() <= 40;
  std::size_t nearest = 3;  // a word that differs more is another word
  for (const std::string& name : names) {
    const std::size_t steps = is_guess ? distance(*word, name) : nearest;
    if (steps >= nearest || steps >= name.size()) continue;
    nearest = steps;
    meant = name;
  }
  return text + (meant.empty() ? "; there are " + joined(names, ", ") : "; did you mean " + meant + "?");
}

}  // namespace

ProgramDefinition definition_of(const CLI::App& app) {
  ProgramDefinition definition{definition_of_command(app), {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    definition.commands.push_back(definition_of_command(*command));
  }
  return definition;
}

std::string bash_completion(const ProgramDefinition& definition) {
  const std::string& program = definition.program.name;
  std::string text = fmt::format(
      "# Completion of {0} for bash, made by `{0} --completion bash`.\n"
      "_{1}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command='' word "
      "options=''\n"
      "  COMPREPLY=()\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD - 1}}\"; do\n"
      "    case $word in\n",
      program, identifier(program));
  if (!definition.commands.empty()) {
    text += fmt::format("      {}) command=$word; break ;;\n", joined(command_names(definition), " | "));
  }
  text += "      *) ;;\n    esac\n  done\n  case \"$command $previous\" in\n";
  CommandDefinition without_command = definition.program;
  without_command.name.clear();
  bash_words(without_command, &text);
  for (const CommandDefinition& command : definition.commands) bash_words(command, &text);
  text += "    *) ;;\n  esac\n  case $command in\n";
  for (const CommandDefinition& command : definition.commands) {
    text += fmt::format("    {}) options={} ;;\n", command.name, shell_quoted(joined(option_names(command), " ")));
  }
  text += fmt::format("    *) options={} ;;\n  esac\n", shell_quoted(joined(option_names(definition.program), " ")));
  text += "  if [[ $current == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n";
  if (!definition.commands.empty()) {
    text += fmt::format("  elif [[ -z $command ]]; then\n    COMPREPLY=($(compgen -W {} -- \"$current\"))\n",
                        shell_quoted(joined(command_names(definition), " ")));
  }
  text += fmt::format(
      "  else\n    COMPREPLY=($(compgen -f -- \"$current\"))\n  fi\n}}\n"
      "complete -o filenames -F _{} {}\n",
      identifier(program), program);
  return text;
}

std::string zsh_completion(const ProgramDefinition& definition) {
  const std::string& program = definition.program.name;
  const std::string function = "_" + identifier(program);
  std::string text = fmt::format(
      "#compdef {0}\n# Completion of {0} for zsh, made by `{0} --completion zsh`.\n{1}() {{\n", program, function);
  if (definition.commands.empty()) {
    text += "  _arguments -s" + zsh_arguments(definition.program) + "\n";
  } else {
    text += "  local -a commands=(";
    for (const CommandDefinition& command : definition.commands) {
      text += " " + shell_quoted(command.name + ":" + zsh_text(first_sentence(command.purpose)));
    }
    text += " )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    _arguments -s" +
            zsh_arguments(definition.program) +
            "\n    return\n  fi\n"
            "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
    for (const CommandDefinition& command : definition.commands) {
      text += fmt::format("    {}) _arguments -s{} ;;\n", command.name, zsh_arguments(command));
    }
    text += "  esac\n";
  }
  return text + "}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n  " + function + " \"$@\"\nelse\n  compdef " +
         function + " " + program + "\nfi\n";
}

std::string fish_completion(const ProgramDefinition& definition) {
  const std::string& program = definition.program.name;
  std::string text = fmt::format("# Completion of {0} for fish, made by `{0} --completion fish`.\n", program);
  const std::string none = definition.commands.empty() ? "" : "__fish_use_subcommand";
  for (const CommandDefinition& command : definition.commands) {
    text += fmt::format("complete -c {} -n {} -f -a {} -d {}\n", program, none, command.name,
                        shell_quoted(first_sentence(command.purpose)));
  }
  for (const OptionDefinition& option : definition.program.options) {
    if (!option.is_positional) text += fish_option(program, none, option);
  }
  for (const CommandDefinition& command : definition.commands) {
    for (const OptionDefinition& option : command.options) {
      if (!option.is_positional) text += fish_option(program, "__fish_seen_subcommand_from " + command.name, option);
    }
  }
  return text;
}

std::string manual_page(const ProgramDefinition& definition, const std::string& version) {
  const CommandDefinition& program = definition.program;
  std::string title = program.name;
  std::transform(title.begin(), title.end(), title.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string text =
      fmt::format("'\\\" -*- coding: utf-8 -*-\n.TH {} 1 \"\" \"{}\" \"Sediment\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n",
                  roff(title).substr(2), version, roff(program.name).substr(2), roff(program.purpose));
  if (definition.commands.empty()) {
    text += roff_synopsis(program.name, program, true) + "\n";
  } else {
    text += "\\fB" + roff(program.name) + "\\fR \\fIcommand\\fR [\\fIargument\\fR ...]\n";
  }
  text += ".SH OPTIONS\n" + roff_options(program);
  if (!definition.commands.empty()) text += ".SH COMMANDS\n";
  for (const CommandDefinition& command : definition.commands) {
    text += ".SS " + roff_synopsis(program.name, command, false) + "\n" + roff(command.purpose) + "\n" +
            roff_options(command) + roff_footer(command.footer);
  }
  return text + ".SH NOTES\n" + roff_footer(program.footer);
}

std::string definition_as_json(const ProgramDefinition& definition) {
  nlohmann::ordered_json object = json_of(definition.program);
  object["commands"] = nlohmann::ordered_json::array();
  for (const CommandDefinition& command : definition.commands) object["commands"].push_back(json_of(command));
  return object.dump(2) + "\n";
}

void add_pages(CLI::App& app, const std::string& version) {
  app.set_version_flag("--version", version, "Print the version, and exit");
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->set_version_flag("--version", version, "Print the version, and exit");
  }
  const CLI::App* const program = &app;
  app.add_option_function<std::string>(
         "--completion",
         [program](const std::string& name) {
           const ProgramDefinition definition = definition_of(*program);
           throw PageWanted(name == "bash"  ? bash_completion(definition)
                            : name == "zsh" ? zsh_completion(definition)
                                            : fish_completion(definition));
         },
         "Print the completion script for a shell, and exit. For bash: source <(" + app.get_name() +
             " --completion bash)")
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "fish", "zsh"}))
      ->type_name("SHELL");
  app.add_flag_callback(
      "--man", [program, version] { throw PageWanted(manual_page(definition_of(*program), version)); },
      "Print the manual page, for man(1), and exit");
  app.add_flag_callback(
      "--definition", [program] { throw PageWanted(definition_as_json(definition_of(*program))); },
      "Print all commands and options as JSON, and exit");
}

std::string text_of(const CLI::App& app, const CLI::Success& wish) {
  if (wish.get_name() == "PageWanted") return wish.what();
  std::ostringstream text;
  (void)app.exit(wish, text, text);
  return text.str();
}

std::string text_of(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const bool no_command = error.get_name() == "RequiredError" || error.get_name() == "ExtrasError";
  const std::string unknown =
      no_command && app.get_subcommands().empty() ? unknown_command(command_names(definition_of(app)), arguments) : "";
  return unknown.empty() ? error.what() : unknown;
}

}  // namespace sediment::shell

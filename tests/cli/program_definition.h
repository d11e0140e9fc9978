// What a program says of its own command line (--definition), for tests that try every command and every option of it.
#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/cli/run_process.h"

namespace sediment::test {

/// The programs that this build makes: without the visualizer, there is no sediment-viz.
inline std::vector<std::string> built_programs() {
#ifdef SEDIMENT_HAS_VIZ
  return {"sediment", "sediment-sim", "sediment-viz"};
#else
  return {"sediment", "sediment-sim"};
#endif
}

struct OptionOnTrial {
  std::string name;     // the longest: "--limit"; of a positional argument: "DIR"
  std::string value;    // what help calls the value; empty for a flag
  std::string purpose;  // ends with the range of a number: "(0 to 100)"
  std::vector<std::string> choices;
  bool is_positional = false;
  bool is_required = false;

  bool is_flag() const { return !is_positional && value.empty(); }
};

struct CommandOnTrial {
  std::string name;  // empty: the program without a command
  std::vector<OptionOnTrial> options;
};

inline std::string program_path(const std::string& program) { return std::string(SEDIMENT_BIN_DIR) + "/" + program; }

inline CommandOnTrial command_of(const nlohmann::json& definition, bool is_program) {
  CommandOnTrial command;
  if (!is_program) command.name = definition["name"];
  for (const nlohmann::json& entry : definition["options"]) {
    OptionOnTrial option;
    option.name = entry["names"].back();
    option.value = entry.value("value", "");
    option.purpose = entry["purpose"];
    option.choices = entry.value("choices", std::vector<std::string>());
    option.is_positional = entry["positional"];
    option.is_required = entry["required"];
    command.options.push_back(option);
  }
  return command;
}

/// The program without a command comes first.
inline std::vector<CommandOnTrial> commands_of(const std::string& program, const std::string& scratch) {
  const ProcessResult result = run_process({program_path(program), "--definition"}, scratch, "");
  if (result.exit_code != 0) throw std::runtime_error(program + " --definition: " + result.errors);
  const nlohmann::json definition = nlohmann::json::parse(result.output);
  if (definition["name"] != program) throw std::runtime_error(program + " calls itself " + definition["name"].dump());
  std::vector<CommandOnTrial> commands{command_of(definition, true)};
  for (const nlohmann::json& command : definition["commands"]) commands.push_back(command_of(command, false));
  return commands;
}

}  // namespace sediment::test

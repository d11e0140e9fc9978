// The command line of `sediment`: which commands exist, what each takes, and which function carries it out.
//
// The definitions are CLI11's own objects, so help, parser, completion, manual page and tests use the same definitions:
// the tests try every command and every option (tests/cli/command_line_test.cc).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "engine/cli/console.h"
#include "engine/cli/load.h"
#include "engine/cli/open_store.h"
#include "engine/cli/pair_commands.h"

namespace sediment::cli {

/// One command line: it is built, parsed and carried out once. Each add_... function defines some commands. The
/// callback of the chosen command sets the action.
class CommandLine {
 public:
  CommandLine();

  /// Parses the arguments and does what they say. May throw exceptions that no command handles, such as std::bad_alloc.
  ExitCode run(int argument_count, const char* const* arguments);

  /// The commands and their options.
  const CLI::App& definition() const { return app_; }

 private:
  template <typename Arguments>
  using Run = ExitCode (*)(const Arguments&, Console&);

  // A command that runs with these arguments, which live as long as the command's callback. It still lacks its DIR.
  template <typename Arguments>
  CLI::App* add_command(const std::string& name, const std::string& purpose, const std::string& examples,
                        const std::shared_ptr<Arguments>& arguments, Run<Arguments> run_command);
  // The same with DIR, --wait and --json.
  template <typename Arguments>
  CLI::App* add(const std::string& name, const std::string& purpose, const std::string& examples,
                const std::shared_ptr<Arguments>& arguments, Run<Arguments> run_command);
  void add_directory(CLI::App* command, std::string* directory);
  void add_json(CLI::App* command);

  void add_put_get_del();
  void add_ranges();
  void add_load();
  void add_export_and_import();
  void add_segment_commands();
  void add_examination_commands();
  void add_copy_commands();

  CLI::App app_{"Sediment: a log-structured key-value store, written to be read, watched and broken on purpose.",
                "sediment"};
  bool json_ = false;
  std::function<ExitCode(Console&)> action_;
};

/// What main() does. Reports an exception that gets this far like any other failure, with an exit code.
ExitCode run_command_line(int argument_count, const char* const* arguments) noexcept;

}  // namespace sediment::cli

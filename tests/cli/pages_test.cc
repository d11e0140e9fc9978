// The pages that a program makes of its own definition: completion for three shells, the manual page, the version; and
// what it says of a command that it does not have.
#include <algorithm>
#include <sstream>

#include "tests/cli/cli_fixture.h"
#include "tests/cli/program_definition.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;

class Pages : public Cli, public testing::WithParamInterface<std::string> {
 protected:
  Pages() {
    fs::create_directory(path("folder"));
    write_text(path("folder/pairs.tsv"), "");
  }
  ProcessResult run_program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program_path(GetParam()));
    return run_process(arguments, path("run"), "");
  }
  /// What a shell proposes for the last of these words.
  std::vector<std::string> proposals(const std::vector<std::string>& words) {
    const std::string script =
        "set -u; cd \"$1\"; PATH=\"$2:$PATH\"; program=$3; shift 3\n"
        "source <(\"$program\" --completion bash)\n"
        "COMP_WORDS=(\"$program\" \"$@\"); COMP_CWORD=$#\n"
        "\"_${program//-/_}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    std::vector<std::string> arguments{"/bin/bash", "-c", script, "bash", path("folder"), SEDIMENT_BIN_DIR, GetParam()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    const ProcessResult result = run_process(arguments, path("bash"), "");
    EXPECT_EQ(result.errors, "");
    std::vector<std::string> proposed;
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) proposed.push_back(line);
    }
    std::sort(proposed.begin(), proposed.end());
    return proposed;
  }
  static bool has(const std::string& tool) { return fs::exists("/usr/bin/" + tool) || fs::exists("/bin/" + tool); }
};

using Words = std::vector<std::string>;

// Every command, every option of each, and every word that an option takes.
TEST_P(Pages, BashCompletesEveryCommandOptionAndWord) {
  const std::vector<CommandOnTrial> commands = commands_of(GetParam(), path("definition"));
  int choices = 0;
  Words names;
  for (const CommandOnTrial& command : commands) {
    Words before;
    if (!command.name.empty()) {
      names.push_back(command.name);
      before.push_back(command.name);
    }
    const auto with = [&](const Words& more) {
      Words words = before;
      words.insert(words.end(), more.begin(), more.end());
      return words;
    };
    const Words options = proposals(with({"--"}));
    for (const OptionOnTrial& option : command.options) {
      if (option.is_positional) continue;
      EXPECT_EQ(std::count(options.begin(), options.end(), option.name), 1) << command.name << " " << option.name;
      if (option.choices.empty()) continue;
      Words words = option.choices;
      std::sort(words.begin(), words.end());
      EXPECT_EQ(proposals(with({option.name, ""})), words) << command.name << " " << option.name;
      ++choices;
    }
  }
  if (!names.empty()) {
    std::sort(names.begin(), names.end());
    EXPECT_EQ(proposals({""}), names);
    EXPECT_EQ(proposals({names[0].substr(0, names[0].size() - 1)}), Words{names[0]});
  }
  EXPECT_GE(choices, 1);
}

TEST_P(Pages, ZshAndFishUnderstandTheirCompletion) {
  if (!has("zsh") && !has("fish")) GTEST_SKIP() << "neither zsh nor fish is installed";
  for (const auto& [shell, check] : std::vector<std::pair<std::string, Words>>{
           {"zsh", {"/usr/bin/zsh", "-n"}}, {"fish", {"/usr/bin/fish", "--no-execute"}}}) {
    if (!has(shell)) continue;
    write_text(path("script"), run_program({"--completion", shell}).output);
    Words arguments = check;
    arguments.push_back(path("script"));
    const ProcessResult result = run_process(arguments, path("shell"), "");
    EXPECT_EQ(result.exit_code, 0) << shell << "\n" << result.errors;
    EXPECT_EQ(result.errors, "") << shell;
  }
  if (!has("fish")) return;
  const std::string script =
      "source (" + program_path(GetParam()) + " --completion fish | psub); complete -C '" + GetParam() + " --'";
  const ProcessResult proposed = run_process({"/usr/bin/fish", "--no-config", "-c", script}, path("shell"), "");
  EXPECT_NE(proposed.output.find("--man"), std::string::npos) << proposed.output << proposed.errors;
}

// groff reads it without a warning, and every option is in it.
TEST_P(Pages, TheManualPageHasEveryOption) {
  const ProcessResult page = run_program({"--man"});
  EXPECT_EQ(page.exit_code, 0);
  write_text(path("page.1"), page.output);
  std::string text = page.output;
  if (has("groff")) {
    const ProcessResult formatted =
        run_process({"/usr/bin/groff", "-k", "-man", "-Tutf8", "-ww", "-P-cbou", path("page.1")}, path("groff"), "");
    EXPECT_EQ(formatted.exit_code, 0) << formatted.errors;
    EXPECT_EQ(formatted.errors, "");
  }
  text.erase(std::remove(text.begin(), text.end(), '\\'), text.end());
  int options = 0;
  for (const CommandOnTrial& command : commands_of(GetParam(), path("definition"))) {
    if (!command.name.empty()) {
      EXPECT_NE(text.find("fB&" + command.name + "fR"), std::string::npos) << command.name;
    }
    for (const OptionOnTrial& option : command.options) {
      EXPECT_NE(text.find(option.name), std::string::npos) << command.name << " " << option.name;
      ++options;
    }
  }
  EXPECT_GE(options, 10);
}

TEST_P(Pages, EveryCommandTellsItsVersion) {
  const std::string version = run_program({"--version"}).output;
  EXPECT_TRUE(version.starts_with(GetParam() + " 1.")) << version;
  for (const CommandOnTrial& command : commands_of(GetParam(), path("definition"))) {
    if (command.name.empty()) continue;
    const ProcessResult result = run_program({command.name, "--version"});
    EXPECT_EQ(result.exit_code, 0) << command.name << "\n" << result.errors;
    EXPECT_EQ(result.output, version) << command.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Pages, testing::ValuesIn(built_programs()), [](const auto& program) {
  std::string name = program.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST_F(Cli, BashCompletesFiles) {
  std::filesystem::create_directory(path("folder"));
  write_text(path("folder/pairs.tsv"), "");
  const std::string script = "cd \"$1\"; source <(" SEDIMENT_BIN_DIR
                             "/sediment --completion bash)\n"
                             "COMP_WORDS=(sediment load store pa); COMP_CWORD=3; _sediment; echo \"${COMPREPLY[@]}\"";
  EXPECT_EQ(run_process({"/bin/bash", "-c", script, "bash", path("folder")}, path("bash"), "").output, "pairs.tsv\n");
}

// ---- a command that does not exist

TEST_F(Cli, AnUnknownCommandIsNamedWithTheOneThatWasMeant) {
  const std::vector<std::pair<std::string, std::string>> meant{
      {"delete", "did you mean del?"},  {"sacn", "did you mean scan?"}, {"ls", "did you mean keys?"},
      {"mrege", "did you mean merge?"}, {"gett", "did you mean get?"},  {"verfy", "did you mean verify?"},
      {"xyzzy", "there are put, get"}};
  for (const auto& [command, advice] : meant) {
    const ProcessResult result = run({command, store(), "k"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.errors.find("there is no command \"" + command + "\""), std::string::npos) << result.errors;
    EXPECT_NE(result.errors.find(advice), std::string::npos) << result.errors;
  }
  EXPECT_EQ(run_process(command({"sacn", "--json"}), path("run"), "").output.substr(0, 25),
            "{\"error\":{\"code\":\"usage\",");
}

}  // namespace
}  // namespace sediment::test

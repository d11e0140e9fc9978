// Tries every command and every option of the command line with absurd values, without a reader for the output, and
// without memory. Whatever happens, the result is an exit code and a message, never a signal.
//
// The commands come from the definitions themselves (engine/cli/command_line.h), so a new one is tried too.
#include "engine/cli/command_line.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include "tests/cli/cli_fixture.h"
#include "tests/support/search_budget.h"

namespace sediment::test {
namespace {

const std::vector<std::string>& odd_values() {
  static const std::vector<std::string> values{
      "",
      "0",
      "-1",
      "+1",
      "1.5",
      "1e400",
      "nan",
      "-inf",
      "0x10",
      "18446744073709551615",
      "18446744073709551616",
      "9223372036854775808",
      "999999999999999999999999999999",
      "17179869184g",
      "18014398509481984k",
      "1..0",
      "0..18446744073709551615",
      "18446744073709551615..18446744073709551616",
      "..",
      "two words",
      "\x1b[31m\xff\xfe\x80",
      "{}",
      "%s%n",
      std::string(100'000, '7'),
  };
  return values;
}

std::vector<std::string> odd_paths() {
  return {"",
          ".",
          "/dev/null",
          "/proc/self/mem",
          "/nonexistent/a/b",
          std::string(5'000, 'p'),
          "\xff\xfe",
          "a\nb",
          "-",
          "--",
          std::string(300, 'n') + "/x",
          "//",
          "/proc/self/fd/0"};
}

// A value for each name with which a command does its job. A missing name fails the test.
const std::map<std::string, std::string>& good_values() {
  static const std::map<std::string, std::string> values{
      {"KEY", "a"},      {"VALUE", "1"},         {"--from", "a"},       {"--to", "z"},
      {"--limit", "3"},  {"--format", "tsv"},    {"--sync", "every"},   {"--merge", "off"},
      {"--run", "1..1"}, {"--interval", "0.01"}, {"--sync-every", "2"}, {"--segment-size", "64k"},
      {"--wait", "0"},   {"--prefix", "a"},
  };
  return values;
}

struct Command {
  std::string name;
  std::vector<std::string> positionals;  // the required ones, in their order
  std::vector<std::string> required;     // options with a value that must be given
  std::vector<std::string> valued;       // all options with a value
  std::vector<std::string> flags;
};

std::vector<Command> all_commands() {
  std::vector<Command> commands;
  const cli::CommandLine line;
  for (const CLI::App* app : line.definition().get_subcommands([](const CLI::App*) { return true; })) {
    Command command;
    command.name = app->get_name();
    for (const CLI::Option* option : app->get_options()) {
      const std::string name = option->get_name();
      if (name == "--help" || name == "--json" || name == "--version") continue;
      if (option->get_positional()) {
        // put needs a value, if not here then from a file.
        const bool needed = option->get_required() || option->get_name(true) == "VALUE";
        if (needed) command.positionals.push_back(option->get_name(true));
      } else if (option->get_items_expected_max() == 0) {
        command.flags.push_back(name);
      } else {
        command.valued.push_back(name);
        if (option->get_required()) command.required.push_back(name);
      }
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

Command command_named(const std::string& name) {
  for (Command& command : all_commands()) {
    if (command.name == name) return command;
  }
  throw std::runtime_error("there is no command " + name);
}

class EveryCommand : public Cli, public testing::WithParamInterface<std::string> {
 protected:
  EveryCommand() : command_(command_named(GetParam())) {
    write_text(path("pairs.tsv"), "a\t1\nb\t2\n");
    write_text(path("pairs.jsonl"), "{\"key\":\"a\",\"value\":\"1\"}\n");
    run_ok({"load", store(), path("pairs.tsv"), "--format", "tsv", "--merge", "off"});
    run_ok({"put", store(), "c", "3"});
  }

  std::string value_for(const std::string& name) {
    if (name == "DIR") return store();
    if (name == "NEWDIR") return path("new" + std::to_string(++new_directories_));
    if (name == "FILE") return path(command_.name == "import" ? "pairs.jsonl" : "pairs.tsv");
    if (name == "--value-file") return path("pairs.tsv");
    const auto found = good_values().find(name);
    if (found == good_values().end()) throw std::runtime_error("add a value for " + name + " to good_values()");
    return found->second;
  }
  /// The command with a good value for everything that it requires; `changes` replaces or adds values by name.
  std::vector<std::string> arguments(const std::map<std::string, std::string>& changes = {}) {
    std::vector<std::string> arguments{command_.name};
    const auto value = [&](const std::string& name) {
      const auto change = changes.find(name);
      return change != changes.end() ? change->second : value_for(name);
    };
    std::set<std::string> given(command_.required.begin(), command_.required.end());
    for (const auto& [name, ignored] : changes) {
      if (name.starts_with("--")) given.insert(name);
    }
    for (const std::string& name : given) {
      arguments.push_back(name + "=" + value(name));
    }
    // A view that is shown again and again would never end.
    if (std::count(command_.flags.begin(), command_.flags.end(), "--once") > 0) arguments.emplace_back("--once");
    arguments.emplace_back("--");
    for (const std::string& name : command_.positionals) arguments.push_back(value(name));
    return arguments;
  }

  void expect_an_answer(const std::vector<std::string>& arguments) {
    std::vector<std::string> with_json = arguments;
    with_json.insert(with_json.begin() + 1, "--json");
    const ProcessResult result = run(with_json);
    std::string shown;
    for (const std::string& argument : arguments) shown += " '" + argument.substr(0, 60) + "'";
    EXPECT_LE(result.exit_code, 5) << shown << "\n" << result.errors;
    EXPECT_TRUE(Json::parse(result.output, nullptr, false).is_object()) << shown << "\n"
                                                                        << result.output.substr(0, 400);
    if (result.exit_code != 0 && command_.name != "watch") {
      EXPECT_TRUE(result.errors.starts_with("sediment: ")) << shown << "\n" << result.errors;
    }
    ++runs_;
  }
  /// The store holds what it held, and no output has got into its files.
  void expect_a_sound_store() {
    EXPECT_EQ(run_ok({"get", store(), "b"}), "2\n");
    run_ok({"verify", store()});
    EXPECT_EQ(std::filesystem::file_size(store() + "/LOCK"), 0U);
  }

  Command command_;
  int runs_ = 0;

 private:
  int new_directories_ = 0;
};

TEST_P(EveryCommand, DoesItsJobWithTheValuesOfThisTest) {
  const ProcessResult result = run(arguments());
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  for (const std::string& option : command_.valued) {
    const ProcessResult with = run(arguments({{option, value_for(option)}}));
    EXPECT_TRUE(with.exit_code == 0 || with.exit_code == 2) << option << ": " << with.errors;
  }
  expect_a_sound_store();
}

TEST_P(EveryCommand, AnswersToOddValuesOfEveryOption) {
  for (const std::string& option : command_.valued) {
    for (const std::string& value : odd_values()) expect_an_answer(arguments({{option, value}}));
  }
  EXPECT_EQ(runs_, static_cast<int>(command_.valued.size() * odd_values().size()));
  expect_a_sound_store();
}

TEST_P(EveryCommand, AnswersToOddPathsAndKeys) {
  for (const std::string& positional : command_.positionals) {
    for (const std::string& value : odd_paths()) expect_an_answer(arguments({{positional, value}}));
  }
  EXPECT_EQ(runs_, static_cast<int>(command_.positionals.size() * odd_paths().size()));
  expect_a_sound_store();
}

TEST_F(Cli, AnIntervalThatIsNotANumberIsRefused) {
  run_ok({"put", store(), "a", "1"});
  for (const char* interval : {"nan", "NAN", "-nan", "inf", "-inf", "0", "-1", "1e400", ""}) {
    EXPECT_EQ(run({"watch", store(), "--once", std::string("--interval=") + interval}).exit_code, 2) << interval;
  }
  run_ok({"watch", store(), "--once", "--interval=0.01"});
}

TEST_P(EveryCommand, AnswersToMissingAndSuperfluousArguments) {
  const std::vector<std::string> whole = arguments();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const ProcessResult result = run({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    EXPECT_EQ(result.exit_code, 2) << size << ": " << result.errors;
  }
  for (const char* superfluous : {"--nonsense", "-x"}) {
    std::vector<std::string> more = whole;
    more.insert(more.begin() + 1, superfluous);
    EXPECT_EQ(run(more).exit_code, 2) << superfluous;
  }
  expect_a_sound_store();
}

// ---- output without a reader

// The state of a standard stream when a program starts.
enum class Stream : std::uint8_t { kFile, kClosed, kPipeWithoutReader, kFullDisk };

void become(int descriptor, Stream stream) {
  if (stream == Stream::kClosed) ::close(descriptor);
  if (stream == Stream::kFullDisk) ::dup2(::open("/dev/full", O_WRONLY), descriptor);
  if (stream != Stream::kPipeWithoutReader) return;
  int ends[2];
  if (::pipe(ends) != 0) ::_exit(126);
  ::dup2(ends[1], descriptor);
  ::close(ends[0]);
  ::close(ends[1]);
}

/// Runs with these streams. Returns 128 + signal if the process was killed. SIGPIPE is as a shell leaves it.
int run_with_streams(const std::vector<std::string>& arguments, Stream output, Stream errors, bool input) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("no process");
  if (process == 0) {
    (void)std::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
    become(STDERR_FILENO, errors);
    become(STDOUT_FILENO, output);
    if (!input) ::close(STDIN_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(process, &status, 0) != process) throw std::runtime_error("the process is gone");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_P(EveryCommand, EndsInOrderWithoutAReaderOfItsOutput) {
  const bool prints = !run(arguments()).output.empty();
  for (const Stream output : {Stream::kFile, Stream::kClosed, Stream::kPipeWithoutReader, Stream::kFullDisk}) {
    for (const Stream errors : {Stream::kFile, Stream::kClosed, Stream::kPipeWithoutReader, Stream::kFullDisk}) {
      for (const bool input : {true, false}) {
        const int code = run_with_streams(command(arguments()), output, errors, input);
        const bool lost = prints && (output == Stream::kClosed || output == Stream::kFullDisk);
        EXPECT_EQ(code, lost ? 4 : 0) << static_cast<int>(output) << " " << static_cast<int>(errors) << " " << input;
        ++runs_;
      }
    }
  }
  EXPECT_EQ(runs_, 32);
  expect_a_sound_store();
}

TEST_P(EveryCommand, FailsInOrderWithoutAReaderOfTheError) {
  for (const Stream output : {Stream::kFile, Stream::kClosed, Stream::kPipeWithoutReader, Stream::kFullDisk}) {
    for (const Stream errors : {Stream::kFile, Stream::kClosed, Stream::kPipeWithoutReader, Stream::kFullDisk}) {
      EXPECT_EQ(run_with_streams(command({command_.name, "--nonsense"}), output, errors, true), 2);
      const int code = run_with_streams(command(arguments({{"DIR", "/nonexistent/a/b"}})), output, errors, true);
      EXPECT_EQ(code, 4);
      ++runs_;
    }
  }
  EXPECT_EQ(runs_, 16);
}

// The message about a torn tail is written while the store is open; none of its files may have become standard error.
TEST_F(Cli, MessagesDoNotGetIntoAStoreWhoseCommandWasStartedWithoutStreams) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"roll", store()}, {"put", store(), "a", "1"}, {"merge", store()}}) {
    const std::string log = leave_active_log_of(numbered_lines(200), {"--sync", "every", "--segment-size", "64k"});
    const Json entries = entries_of(log);
    overwrite(log, entries.back()["offset"], "torn");
    const std::string pairs = run_ok({"scan", store()});
    const int code = run_with_streams(command(arguments), Stream::kClosed, Stream::kClosed, false);
    EXPECT_EQ(code, arguments[0] == "put" ? 0 : 4) << "the others print what they did";
    run_ok({"verify", store()});
    run_ok({"del", store(), "a"});
    EXPECT_EQ(run_ok({"scan", store()}), pairs);
    EXPECT_EQ(std::filesystem::file_size(store() + "/LOCK"), 0U);
  }
}

// ---- without memory

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitizer = true;
#elif defined(__has_feature)
constexpr bool kSanitizer = __has_feature(address_sanitizer);
#else
constexpr bool kSanitizer = false;
#endif

TEST_P(EveryCommand, SaysThatMemoryIsShort) {
  if (kSanitizer) GTEST_SKIP() << "a sanitizer takes all addresses";
  const auto run_within = [&](int kibibytes, const std::vector<std::string>& arguments) {
    const std::string script = R"(ulimit -c 0; ulimit -v "$1"; shift; exec "$@")";
    std::vector<std::string> limited{"/bin/sh", "-c", script, "sh", std::to_string(kibibytes)};
    for (const std::string& argument : command(arguments)) limited.push_back(argument);
    return run_process(limited, path("limited"));
  };
  // With less than this the program cannot be loaded or started.
  int kibibytes = 4'000;
  while (run_within(kibibytes, {"--version"}).exit_code != 0) kibibytes += 100;
  int failures = 0;
  int successes = 0;
  for (; successes < 3 && kibibytes < 4'000'000; kibibytes += 20 + kibibytes / 50) {
    const ProcessResult result = run_within(kibibytes, arguments());
    ASSERT_TRUE(result.exit_code == 0 || result.exit_code == 4) << kibibytes << " KiB\n" << result.errors;
    if (result.exit_code == 0) ++successes;
    if (result.exit_code == 0) continue;
    ASSERT_TRUE(result.errors.starts_with("sediment: ")) << kibibytes << " KiB\n" << result.errors;
    ++failures;
  }
  EXPECT_EQ(successes, 3);
  if (command_.name == "load") {
    EXPECT_GE(failures, 3) << "it maps what it reserves, and has a thread";
  }
  expect_a_sound_store();
}

TEST_P(EveryCommand, OutlivesEachFailedAllocation) {
  if (kSanitizer) GTEST_SKIP() << "a sanitizer has its own operator new";
  const std::string fired = path("fired");
  const auto run_with_failure = [&](unsigned long n, int burst) {
    std::filesystem::remove(fired);
    std::vector<std::string> preloaded{"/usr/bin/env", std::string("LD_PRELOAD=") + SEDIMENT_FAILING_NEW,
                                       "SEDIMENT_FAIL_NEW=" + std::to_string(n),
                                       "SEDIMENT_FAIL_BURST=" + std::to_string(burst), "SEDIMENT_FAIL_FILE=" + fired};
    for (const std::string& argument : command(arguments())) preloaded.push_back(argument);
    return run_process(preloaded, path("failing"));
  };
  const auto fires = [&](unsigned long n) {
    run_with_failure(n, 1);
    return std::filesystem::exists(fired);
  };
  unsigned long total = 1;  // allocations in a run
  unsigned long too_many = 2;
  for (; fires(too_many); too_many *= 2) total = too_many;
  while (too_many - total > 1) {
    const unsigned long middle = total + (too_many - total) / 2;
    (fires(middle) ? total : too_many) = middle;
  }
  ASSERT_GT(total, 500U);

  // Building the command line is the same for all of them; what a command does with the store comes at the end.
  std::uint64_t struck = 0;
  const unsigned long stride = 100 / std::clamp<unsigned long>(search_percent(), 1, 100);
  for (const int burst : {1, 1'000}) {
    for (unsigned long n = 1; n <= total; n += n + 400 < total ? 197 : 7 * stride) {
      const ProcessResult result = run_with_failure(n, burst);
      if (!std::filesystem::exists(fired)) continue;
      ASSERT_TRUE(result.exit_code == 0 || result.exit_code == 4)
          << "allocation " << n << ", burst " << burst << ": exit code " << result.exit_code << "\n"
          << result.errors;
      if (result.exit_code != 0) {
        EXPECT_TRUE(result.errors.starts_with("sediment: ")) << n << "\n" << result.errors;
      }
      ++struck;
    }
  }
  EXPECT_GT(struck, scripts(60));
  expect_a_sound_store();
}

std::vector<std::string> names_of_all_commands() {
  std::vector<std::string> names;
  for (const Command& command : all_commands()) names.push_back(command.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cli, EveryCommand, testing::ValuesIn(names_of_all_commands()),
                         [](const auto& command) { return command.param; });

TEST_F(Cli, TheHelpListsAllCommands) {
  const std::string help = run_ok({"--help"});
  const std::vector<Command> commands = all_commands();
  EXPECT_GE(commands.size(), 17U);
  for (const Command& command : commands) EXPECT_NE(help.find("\n  " + command.name + " "), std::string::npos);
}

}  // namespace
}  // namespace sediment::test

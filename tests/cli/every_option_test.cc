// Four promises that every command and every option of every program keeps:
//
//   a number that makes no sense is refused
//   a command that only reads needs no permission to write
//   where nothing was done, nothing is left behind
//   no control character from outside reaches a terminal
//
// The commands and their options come from the programs themselves (--definition), so a new one is tried too. A command
// that writes, and a kind of value that is no number, must be named here.
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/cli/cli_fixture.h"
#include "tests/cli/program_definition.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;

// What help calls a value that is no number.
const std::set<std::string>& words_for_text() {
  static const std::set<std::string> words{"DIR",      "NEWDIR", "FOLDER", "FILE",  "KEY",    "VALUE",   "TEXT",
                                           "WORD",     "NAME",   "SHELL",  "FAULT", "STORE",  "COMMAND", "GLOB",
                                           "SCENARIO", "TRACE",  "REPORT", "TIER",  "PROFILE"};
  return words;
}

// What help calls a value that is made of numbers, but is not one: these are refused by all of them.
const std::map<std::string, std::vector<std::string>>& bad_compounds() {
  static const std::map<std::string, std::vector<std::string>> values{
      {"FIRST..LAST", {"", "1", "..", "0..1", "-1..2", "2..1", "1..x", "1...2", "18446744073709551616..1"}},
      {"WxH", {"", "1280", "x", "0x0", "-1x5", "1280x", "1280x720x1", "99999999999999999999x1"}},
      {"N|failure", {"", "-1", "x", "1.5", "nan", "18446744073709551616", "Failure"}},
      {"I/N", {"", "1", "/", "1/0", "0/0", "2/2", "-1/2", "x/2", "1/2/3", "18446744073709551616/2"}},
  };
  return values;
}

struct Limits {
  std::string least;
  std::string most;  // empty: as the type allows
  bool is_whole = true;
};

Limits limits_of(const OptionOnTrial& option) {
  std::smatch match;
  if (std::regex_search(option.purpose, match, std::regex(R"(\(([-0-9.]+) to ([-0-9.]+)\)$)"))) {
    return {match[1], match[2], option.value != "SECONDS" && option.value != "HOURS"};
  }
  if (std::regex_search(option.purpose, match, std::regex(R"(\(([-0-9.]+) or more\)$)"))) {
    return {match[1], "", option.value != "SECONDS"};
  }
  throw std::runtime_error(
      option.name + " takes a " + option.value +
      ": if that is a number, define it with shell::add_number; if not, add the word to this test");
}

// Numbers that the option must refuse.
std::vector<std::string> nonsense_for(const Limits& limits) {
  std::vector<std::string> values{"",      " ",
                                  "-",     "x",
                                  "nan",   "-nan",
                                  "inf",   "-inf",
                                  "1e400", "0x10",
                                  "1x",    "x1",
                                  "1 2",   " 1",
                                  "1 ",    "+1",
                                  "1,5",   "--1",
                                  "1\n",   "٣",
                                  "1k1",   "99999999999999999999999999999999999999x"};
  const double least = std::stod(limits.least);
  values.push_back(std::to_string(least - 1));
  if (least >= 0) values.insert(values.end(), {"-1", "-0.5", "-18446744073709551615"});
  if (least > 0) values.emplace_back("0");
  if (limits.is_whole) values.insert(values.end(), {"1.5", "18446744073709551616", "1e1"});
  if (!limits.most.empty()) values.push_back(limits.most + "9");
  return values;
}

class EveryOption : public Cli, public testing::WithParamInterface<std::string> {
 protected:
  EveryOption() {
    fs::create_directory(path("empty"));
    fs::create_directory(path("temporary"));
  }

  const std::string& program() const { return GetParam(); }
  std::vector<CommandOnTrial> commands() const { return commands_of(program(), path("definition")); }

  /// Runs in the folder `empty`, with $TMPDIR beside it, for a minute at most.
  ProcessResult run_program(const CommandOnTrial& command, const std::vector<std::string>& arguments) {
    std::vector<std::string> whole{"/usr/bin/env",     "-C", path("empty"),          "TMPDIR=" + path("temporary"),
                                   "/usr/bin/timeout", "60", program_path(program())};
    if (!command.name.empty()) whole.push_back(command.name);
    whole.insert(whole.end(), arguments.begin(), arguments.end());
    return run_process(whole, path("run"), "");
  }
  /// A value for every argument that the command needs; none of them exists. `except` is left out.
  std::vector<std::string> missing_arguments(const CommandOnTrial& command, const std::string& except = {}) {
    std::vector<std::string> arguments;
    for (const OptionOnTrial& option : command.options) {
      if (!option.is_required || option.is_positional || option.name == except) continue;
      arguments.push_back(option.name + "=" + (option.choices.empty() ? input_ : option.choices.front()));
    }
    for (const OptionOnTrial& option : command.options) {
      if (option.is_required && option.is_positional && option.name != except) arguments.push_back(input_);
    }
    // What needs no argument is given one that it cannot read.
    if (!arguments.empty()) return arguments;
    const auto input = std::find_if(command.options.begin(), command.options.end(), [&](const OptionOnTrial& option) {
      return !option.is_required && option.name != except && (option.value == "FILE" || option.value == "DIR");
    });
    if (input != command.options.end()) arguments.push_back(input->name + "=" + input_);
    for (const OptionOnTrial& option : command.options) {
      if (option.name == "--headless") arguments.push_back(option.name);
    }
    return arguments;
  }

  std::string input_ = path("missing/x");

  void expect_nothing_left(const std::string& what) {
    for (const char* folder : {"empty", "temporary"}) {
      EXPECT_TRUE(fs::is_empty(path(folder))) << what << " left " << fs::directory_iterator(path(folder))->path();
    }
    EXPECT_FALSE(fs::exists(path("missing"))) << what;
  }
};

// ---- numbers

TEST_P(EveryOption, RefusesNumbersThatMakeNoSense) {
  int numbers = 0;
  input_ = path("input");  // some commands ask first whether it is there
  write_text(input_, "a word");
  for (const CommandOnTrial& command : commands()) {
    for (const OptionOnTrial& option : command.options) {
      if (option.is_flag() || option.is_positional) continue;
      const auto compound = bad_compounds().find(option.value);
      std::vector<std::string> values{"", "-1", "0", "nan", "none of the words"};
      if (compound != bad_compounds().end()) {
        values = compound->second;
      } else if (option.choices.empty()) {
        if (words_for_text().contains(option.value)) continue;
        values = nonsense_for(limits_of(option));
      }
      ++numbers;
      for (const std::string& value : values) {
        std::vector<std::string> arguments{option.name + "=" + value};
        if (value.empty()) arguments = {option.name, value};  // after = it would be the next argument
        for (const std::string& argument : missing_arguments(command, option.name)) arguments.push_back(argument);
        const ProcessResult result = run_program(command, arguments);
        const std::string shown = command.name + " " + arguments.front();
        EXPECT_EQ(result.exit_code, 2) << shown << "\n" << result.errors;
        EXPECT_NE(result.errors.find(option.name), std::string::npos) << shown << " is not named:\n" << result.errors;
        EXPECT_EQ(result.output, "") << shown;
      }
      expect_nothing_left(command.name + " " + option.name);
    }
  }
  EXPECT_GE(numbers, program() == "sediment-viz" ? 6 : 15);
}

// ---- reading without permission to write

// Commands that write into their DIR. Every other one must do without.
const std::set<std::string>& writers() {
  static const std::set<std::string> names{"put", "del", "load", "import", "roll", "merge", "backup"};
  return names;
}

TEST_F(Cli, EveryCommandThatOnlyReadsWorksInAReadOnlyDirectoryAsAnotherUser) {
  run_ok({"load", store(), "-", "--format", "tsv", "--merge", "off"}, "a\t1\nb\t2\n");
  run_ok({"put", store(), "c", "3"});
  fs::permissions(path(""), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  fs::copy_file(program_path("sediment"), path("sediment"));
  fs::create_directory(path("new"));
  fs::permissions(path("new"), fs::perms::all);
  for (const auto& file : fs::directory_iterator(store())) {
    fs::permissions(file.path(), fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  }
  const fs::perms read_only =
      fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec;
  fs::permissions(store(), read_only);
  std::vector<std::string> another_user;
  if (::geteuid() == 0) another_user = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};

  int readers = 0;
  for (const CommandOnTrial& command : commands_of("sediment", path("definition"))) {
    if (command.name.empty() || writers().contains(command.name)) continue;
    std::vector<std::string> arguments = another_user;
    arguments.insert(arguments.end(), {path("sediment"), command.name});
    for (const OptionOnTrial& option : command.options) {
      if (!option.is_required || !option.is_positional) continue;
      const std::map<std::string, std::string> values{
          {"DIR", store()}, {"NEWDIR", path("new/" + command.name)}, {"KEY", "a"}};
      ASSERT_TRUE(values.contains(option.name))
          << "add a value for " << option.name << ", or name " << command.name << " among the writers";
      arguments.push_back(values.at(option.name));
    }
    const ProcessResult result = run_process(arguments, path("run"), "");
    EXPECT_EQ(result.exit_code, 0) << command.name << "\n" << result.errors;
    EXPECT_EQ(result.errors, "") << command.name;
    ++readers;
  }
  EXPECT_GE(readers, 10);
  // The permissions do keep others from writing.
  std::vector<std::string> put = another_user;
  put.insert(put.end(), {path("sediment"), "put", store(), "d", "4"});
  EXPECT_EQ(run_process(put, path("run"), "").exit_code, 4);
  fs::permissions(store(), fs::perms::owner_all);
}

// ---- nothing is left behind

TEST_P(EveryOption, OfACommandThatDoesNothingLeavesNothing) {
  int runs = 0;
  for (const CommandOnTrial& command : commands()) {
    if (missing_arguments(command).empty()) continue;  // it reads nothing
    const ProcessResult result = run_program(command, missing_arguments(command));
    EXPECT_NE(result.exit_code, 0) << command.name;
    // A usage error may be about something else.
    const bool tells_the_path = (result.errors + result.output).find(path("missing/x")) != std::string::npos;
    EXPECT_TRUE(tells_the_path || (result.exit_code == 2 && program() != "sediment-sim"))
        << command.name << " does not say of which path it speaks:\n"
        << result.errors;
    expect_nothing_left(command.name);
    // The same with each place that it could write to.
    for (const OptionOnTrial& option : command.options) {
      if (option.is_positional || option.is_flag() || !words_for_text().contains(option.value)) continue;
      std::vector<std::string> arguments = missing_arguments(command, option.name);
      arguments.insert(arguments.begin(), option.name + "=" + "made-by-" + option.name.substr(2));
      EXPECT_NE(run_program(command, arguments).exit_code, 0) << command.name << " " << option.name;
      expect_nothing_left(command.name + " " + option.name);
      ++runs;
    }
    ++runs;
  }
  EXPECT_GE(runs, 5);
}

// Commands that could create a store, with a reason not to, and those that copy, without anything to copy.
TEST_F(Cli, NoStoreIsCreatedWhereNothingIsStored) {
  write_text(path("no-pairs"), "");
  write_text(path("bad-pairs"), "no tab\n");
  write_text(path("bad-json"), "{\"key\": 1}\n");
  write_text(path("only-a-mark"), "\xef\xbb\xbf");
  write_text(path("compressed"), "\x1f\x8b\x08 and more");
  fs::create_directory(path("empty"));
  run_ok({"put", path("damaged"), "k", "v"});
  flip_bit(path("damaged") + "/000001.log", 60);
  RunningProcess busy(command({"load", path("busy"), "-", "--format", "tsv"}), path("load"));
  busy.write("k\tv\n");
  while (!fs::exists(path("busy") + "/MANIFEST")) ::usleep(1'000);
  const std::string long_key(70'000, 'k');
  const std::vector<std::vector<std::string>> commands{
      {"put", store(), long_key, "v"},
      {"put", store(), "k", "--value-file", path("missing")},
      {"put", store(), "k", "--value-file", path("empty")},
      {"put", store(), "k"},
      {"load", store(), path("missing"), "--format", "tsv"},
      {"load", store(), path("no-pairs"), "--format", "tsv"},
      {"load", store(), path("no-pairs"), "--format", "words"},
      {"load", store(), path("no-pairs"), "--format", "words", "--resume"},
      {"load", store(), path("only-a-mark"), "--format", "words"},
      {"load", store(), path("bad-pairs"), "--format", "tsv"},
      {"load", store(), path("bad-pairs"), "--format", "tsv", "--skip-bad-lines"},
      {"load", store(), path("bad-json"), "--format", "jsonl"},
      {"load", store(), path("compressed"), "--format", "words"},
      {"load", store(), path("no-pairs"), "--format", "tsv", "--segment-size", "1"},
      {"import", store(), path("bad-json")},
      {"import", store(), path("bad-json"), "--skip-bad-lines"},
      {"import", store(), path("compressed")},
      {"backup", path("damaged"), store()},
      {"salvage", path("busy"), store()},
      {"backup", path("empty"), store()},
      {"salvage", path("empty"), store()},
      {"backup", path("missing"), store()},
      {"salvage", path("missing"), store()},
      {"get", store(), "k"},
      {"del", store(), "k"},
      {"merge", store()},
      {"roll", store()},
  };
  for (const std::vector<std::string>& arguments : commands) {
    std::string shown;
    for (const std::string& argument : arguments) shown += argument.substr(0, 60) + " ";
    run(arguments);
    EXPECT_FALSE(fs::exists(store())) << shown;
    EXPECT_TRUE(fs::is_empty(path("empty"))) << shown;
    // The same where there is a directory, with somebody's file in it.
    fs::create_directory(store());
    write_text(store() + "/letter", "dear");
    run(arguments);
    EXPECT_EQ(std::distance(fs::directory_iterator(store()), fs::directory_iterator()), 1) << shown;
    EXPECT_EQ(read_text(store() + "/letter"), "dear") << shown;
    fs::remove_all(store());
  }
}

// ---- control characters

// ESC, DEL, BEL, C1 as UTF-8 and as a single byte, a line break: what a terminal obeys, and what forges a line.
const std::string kHostile =
    "a\x1b[31m\x7f\x07\xc2\x9b"
    "31m\x9b\nb\r";

bool obeys(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == '\n' || byte == '\t') return false;
  const bool c1 = byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
  // As a part of a character of UTF-8, a byte from 0x80 on is harmless.
  return byte < 0x20 || byte == 0x7F || c1;
}

// The first place where a terminal would obey, or where a line was forged; "" if there is none.
std::string hostile_place(const std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (obeys(text, at)) return "at " + std::to_string(at) + ": " + text.substr(at > 40 ? at - 40 : 0, 80);
  }
  const std::size_t forged = text.find("\nb");
  return forged != std::string::npos && text.substr(forged, 3) != "\nby" ? "a forged line: " + text : "";
}

void expect_harmless(const ProcessResult& result, const std::string& what) {
  EXPECT_EQ(hostile_place(result.output), "") << what;
  EXPECT_EQ(hostile_place(result.errors), "") << what;
  EXPECT_LT(result.exit_code, 124) << what;  // neither killed by a signal nor stopped
}

TEST_P(EveryOption, LetsNoControlCharacterThrough) {
  int values = 0;
  for (const CommandOnTrial& command : commands()) {
    const auto has = [&](const std::string& name) {
      return std::any_of(command.options.begin(), command.options.end(),
                         [&](const OptionOnTrial& option) { return option.name == name; });
    };
    for (const OptionOnTrial& option : command.options) {
      if (option.is_flag()) continue;
      std::vector<std::string> arguments = missing_arguments(command, option.name);
      arguments.insert(arguments.begin(), option.is_positional ? kHostile : option.name + "=" + kHostile);
      expect_harmless(run_program(command, arguments), command.name + " " + option.name);
      if (has("--json")) {
        arguments.insert(arguments.begin(), "--json");
        expect_harmless(run_program(command, arguments), command.name + " --json " + option.name);
      }
      ++values;
    }
    // A command, an option and an argument that do not exist.
    expect_harmless(run_program(command, {"--" + kHostile}), command.name + " unknown option");
    expect_harmless(run_program(command, {kHostile, kHostile, kHostile, kHostile}), command.name + " unknown argument");
    for (const auto& made : fs::directory_iterator(path("empty"))) fs::remove_all(made.path());
  }
  EXPECT_GE(values, program() == "sediment-viz" ? 10 : 20);
}

// The bytes may also come from the disk: names of files, keys, values, a manifest.
TEST_F(Cli, NoCommandPrintsControlCharactersOfAStore) {
  const std::string hostile = path("h" + kHostile);
  run_ok({"put", hostile, kHostile, kHostile});
  run_ok({"put", hostile, "key", kHostile});
  write_text(hostile + "/" + kHostile, "a file of somebody else");
  for (const bool damaged : {false, true}) {
    if (damaged) {
      overwrite(hostile + "/MANIFEST", 20, kHostile);
      for (const auto& file : fs::directory_iterator(hostile)) {
        if (file.path().extension() == ".log") flip_bit(file.path().string(), 70);
      }
    }
    int commands = 0;
    for (const CommandOnTrial& command : commands_of("sediment", path("definition"))) {
      if (command.name.empty() || writers().contains(command.name)) continue;
      for (const bool json : {false, true}) {
        std::vector<std::string> arguments{command.name, hostile};
        if (command.name == "get") arguments.push_back("key");
        if (command.name == "salvage") arguments.push_back(path("n" + kHostile + std::to_string(commands)));
        if (json && command.name == "export") continue;  // it prints JSON in any case
        if (json) arguments.emplace_back("--json");
        if (command.name == "get" && !json && !damaged) continue;  // the value as it is: this is no terminal
        expect_harmless(run(arguments), command.name + (json ? " --json" : ""));
        ++commands;
      }
    }
    EXPECT_GE(commands, 18);
    expect_harmless(run({"dump", hostile, kHostile}), "dump of a foreign file");
    expect_harmless(run({"dump", hostile, "--hex"}), "dump --hex");
  }
  for (const auto& file : fs::directory_iterator(hostile)) {
    EXPECT_EQ(file.path().filename().string().starts_with("sediment"), false);
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, EveryOption, testing::ValuesIn(built_programs()), [](const auto& program) {
  std::string name = program.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace sediment::test

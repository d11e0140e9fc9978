#include "sim/strike/strike_command.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/shell/options.h"
#include "engine/tools/printable.h"
#include "sim/base/plural.h"
#include "sim/base/printable.h"
#include "sim/cli/command_line.h"
#include "sim/cli/progress_line.h"
#include "sim/strike/recorder.h"
#include "sim/strike/recording_mount.h"
#include "sim/strike/strike.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct StrikeArguments {
  std::string record;
  std::string replay;
  std::string from;
  std::string profile = "posix";
  std::string save;
  std::string into;
  std::string failures = ".";
  std::vector<std::string> volatile_patterns;
  std::vector<std::string> without;
  StrikeOptions options;
  double record_timeout = 60;
  double check_timeout = kDefaultSeconds;
  bool json = false;
};

// A folder of its own that goes away again, in memory if there is such a place. What killed runs have left goes, too.
class Scratch {
 public:
  Scratch() {
    const char* chosen = ::getenv("TMPDIR");
    const fs::path place = chosen != nullptr ? chosen : fs::exists("/dev/shm") ? "/dev/shm" : "/tmp";
    remove_leftovers(place);
    std::string name = (place / kPrefix).string() + std::to_string(::getpid()) + "-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    if (!path_.empty()) remove(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  static constexpr std::string_view kPrefix = "sediment-strike-";

  static void remove(const fs::path& folder) {
    remove_mounts_below(folder);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  // The name of a folder says which process it belongs to.
  static void remove_leftovers(const fs::path& place) {
    std::error_code ignored;
    std::vector<fs::path> old;
    for (const fs::directory_entry& entry : fs::directory_iterator(place, ignored)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(kPrefix)) continue;
      const int owner = std::atoi(name.c_str() + kPrefix.size());
      if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) old.push_back(entry.path());
    }
    for (const fs::path& each : old) remove(each);
  }

  fs::path path_;
};

// Processes that the work has left running: they have become children of this one.
void kill_stragglers() {
  const std::string file = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  for (int tries = 0; tries < 100; ++tries) {
    std::ifstream children(file);
    pid_t child = 0;
    if (!(children >> child)) return;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

std::atomic<pid_t> working{0};
void pass_on(int signal) {
  if (working > 0) ::kill(working, signal);
}

// Does the work in a process of its own, so that this one can clean up however that one ends.
int in_child(const std::function<int()>& work) {
  flush_output();
  std::fflush(nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t child = ::fork();
  if (child < 0) return usage_error(Status::io_error({}, "no process can be made"));
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(run_guarded("sediment-sim", work));
  }
  working = child;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, pass_on);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  working = 0;
  kill_stragglers();
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  print_error("strike was ended by signal {}\n", WTERMSIG(status));
  return kInternalError;
}

Result<Trace> read_trace(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Status::io_error(path, "it cannot be read");
  Result<Trace> trace = load_trace(in);
  if (!trace.ok()) return Status::invalid_argument(path + ": " + std::string(trace.status().message()));
  return trace;
}

// A recording that can be struck has a program's operations, and no crash but one at its end.
Result<StrikePoint> crash_of(const Trace& trace) {
  const auto& entries = trace.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto* crash = std::get_if<CrashEntry>(&entries[i]);
    if (crash == nullptr) continue;
    if (i + 1 == entries.size()) return StrikePoint{crash->after_operation, crash->choice};
    return Status::invalid_argument("there is more after its crash: this is not a recording of strike");
  }
  return StrikePoint{trace.operation_count(), std::nullopt};
}

std::string new_file(const std::string& folder) {
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  std::string file;
  for (std::size_t number = 1; file.empty() || fs::exists(file); ++number) {
    file = fmt::format("{}/strike-{}.jsonl", folder, number);
  }
  return file;
}

int exit_code_of(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::kRight: return kOk;
    case Verdict::Kind::kLost: return kFailed;
    case Verdict::Kind::kBroken: return kInternalError;
  }
  return kInternalError;
}

void print_broken(const Verdict& verdict) {
  print_error(
      "the check is broken: {}. It must exit with 0 if everything is right, and with 1 if something is lost. It "
      "said:\n{}\n",
      verdict.why, tools::printable(verdict.output));
}

json to_json(const StrikeReport& report) {
  json result{{"moments", report.moments},
              {"crashes", report.crashes},
              {"directories", report.directories},
              {"checked", report.checked},
              {"sampled", report.sampled}};
  if (!report.finding) return result;
  const StrikeFinding& finding = *report.finding;
  result["finding"] = {{"after", finding.point.after},
                       {"crash", finding.point.choice ? to_string(*finding.point.choice) : ""},
                       {"verdict", finding.verdict.kind == Verdict::Kind::kBroken ? "broken" : "lost"},
                       {"why", finding.verdict.why},
                       {"output", tools::printable(finding.verdict.output)}};
  return result;
}

void print_report(const StrikeReport& report, const StrikeOptions& options) {
  print_output("  crashes    {} possible at {} moments{}\n", grouped(report.crashes), grouped(report.moments),
               report.sampled ? ", of which a sample was struck: --budget 0 strikes all" : "");
  if (!options.without.names().empty()) {
    std::string names;
    for (const std::string& name : options.without.names()) names += (names.empty() ? "" : ", ") + name;
    print_output("  left out   {}\n", names);
  }
  print_output("  checked    {} different directories\n", grouped(report.checked));
}

int search(const StrikeArguments& arguments, const Trace& trace, const fs::path& scratch) {
  ProgressLine progress("directories checked");
  Result<StrikeReport> report =
      strike(trace, arguments.options, scratch, [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); });
  progress.clear();
  if (!report.ok()) return usage_error(report.status());
  std::string file;
  if (report->finding && report->finding->verdict.kind == Verdict::Kind::kLost) {
    file = new_file(arguments.failures);
    if (Status s = write_file(file, text_of(story_of(trace, report->finding->point))); !s.ok()) return usage_error(s);
  }
  if (arguments.json) {
    json result = to_json(*report);
    if (!file.empty()) result["file"] = file;
    write_output(dumped(result));
  } else {
    print_report(*report, arguments.options);
  }
  if (!report->finding) {
    if (!arguments.json) print_output("nothing was lost\n");
    return kOk;
  }
  const StrikeFinding& finding = *report->finding;
  if (finding.verdict.kind == Verdict::Kind::kBroken) {
    print_broken(finding.verdict);
  } else if (!arguments.json) {
    print_output("\n{}", printable_lines(tell(trace, finding)));
    print_output("  replay     {} strike --replay {} --check '{}'\n", program_name(), file, arguments.options.check);
    const std::string folder = program_name().substr(0, program_name().rfind('/') + 1);
    print_output("  watch      {}sediment-viz --trace {}\n", folder, file);
  }
  return exit_code_of(finding.verdict);
}

int replay(const StrikeArguments& arguments, const fs::path& scratch) {
  Result<Trace> trace = read_trace(arguments.replay);
  if (!trace.ok()) return usage_error(trace.status());
  const Result<StrikePoint> point = crash_of(*trace);
  if (!point.ok())
    return usage_error(Status::invalid_argument(arguments.replay + ": " + std::string(point.status().message())));
  if (arguments.options.check.empty() && arguments.into.empty()) {
    return usage_error(Status::invalid_argument("strike --replay needs --check 'COMMAND' or --into DIR"));
  }
  if (!arguments.into.empty()) {
    if (fs::exists(arguments.into)) {
      return usage_error(Status::invalid_argument(arguments.into + ": it is there already; choose a new name"));
    }
    const Result<DiskState> disk = disk_at(*trace, *point);
    if (!disk.ok()) return usage_error(disk.status());
    if (Status s = write_tree(*disk, arguments.into); !s.ok()) return usage_error(s);
    print_output("{} is as the crash has left it\n", tools::printable(arguments.into));
  }
  if (arguments.options.check.empty()) return kOk;
  const Result<Verdict> verdict = check_at(*trace, *point, arguments.options, scratch);
  if (!verdict.ok()) return usage_error(verdict.status());
  print_output("{}", printable_lines(tell(*trace, {*point, *verdict})));
  if (verdict->kind == Verdict::Kind::kBroken) print_broken(*verdict);
  if (verdict->kind == Verdict::Kind::kRight) print_output("nothing was lost\n");
  return exit_code_of(*verdict);
}

int record_and_search(const StrikeArguments& arguments, const fs::path& scratch) {
  const Result<Recording> recording = record({.command = arguments.record,
                                              .from = arguments.from,
                                              .volatile_patterns = arguments.volatile_patterns,
                                              .timeout = timeout_of(arguments.record_timeout)},
                                             scratch / "record");
  if (!recording.ok()) return usage_error(recording.status());
  if (!arguments.json) {
    print_output("`{}`\n  recorded   {} operations, {} bytes written, {}, {} printed\n",
                 tools::printable(arguments.record), grouped(recording->trace.operation_count()),
                 grouped(recording->bytes), plural(recording->files, "file") + " at the end",
                 plural(recording->printed.size(), "byte"));
  }
  const bool has_journal = arguments.options.profile.directory_in_order;
  const Trace trace = has_journal ? with_journal(recording->trace) : recording->trace;
  if (!arguments.save.empty()) {
    if (Status s = write_file(arguments.save, text_of(trace)); !s.ok()) return usage_error(s);
  }
  return arguments.options.check.empty() ? kOk : search(arguments, trace, scratch / "checks");
}

int strike_command(StrikeArguments& arguments) {
  const auto refuse = [](const std::string& why) { return usage_error(Status::invalid_argument(why)); };
  if (arguments.record.empty() == arguments.replay.empty()) return refuse("strike needs either --record or --replay");
  if (arguments.replay.empty() && arguments.options.check.empty() && arguments.save.empty()) {
    return refuse("strike --record needs --check 'COMMAND'; the directory is added as its last argument");
  }
  const Result<DeviceProfile> profile = profile_named(arguments.profile);
  if (!profile.ok()) return usage_error(profile.status());
  arguments.options.profile = *profile;
  for (const std::string& fault : arguments.without) {
    if (Status s = arguments.options.without.add(fault); !s.ok()) return usage_error(s);
  }
  arguments.options.timeout = timeout_of(arguments.check_timeout);
  const Scratch scratch;
  if (scratch.path().empty()) return refuse("no temporary directory can be made; $TMPDIR can name a place for it");
  return in_child([&] {
    return arguments.replay.empty() ? record_and_search(arguments, scratch.path()) : replay(arguments, scratch.path());
  });
}

}  // namespace

void add_strike(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<StrikeArguments>();
  CLI::App* command = app.add_subcommand(
      "strike", "Record what any program does to its files, and search for a crash that it does not survive.");
  command
      ->add_option("--record", arguments->record,
                   "run this in a directory that is recorded; $STRIKE_START is the present directory")
      ->type_name("COMMAND");
  command
      ->add_option(
          "--check", arguments->options.check,
          "run this on each directory that a crash may leave, which is added as its last argument; "
          "$STRIKE_OUTPUT is a file with what the program had printed. It exits with 0 if all is right, with 1 if "
          "something is lost")
      ->type_name("COMMAND");
  command->add_option("--replay", arguments->replay, "strike again as in this file, which an earlier strike has saved")
      ->type_name("FILE");
  command->add_option("--into", arguments->into, "with --replay: leave the directory here, to look at")
      ->type_name("DIR");
  command->add_option("--from", arguments->from, "the directory begins as a copy of this one, all of it durable")
      ->type_name("DIR");
  command
      ->add_option(
          "--volatile", arguments->volatile_patterns,
          "files of this name hold nothing durable: they may be mapped, and are no part of a crash; repeatable")
      ->type_name("GLOB")
      ->take_all()
      ->expected(1);
  command
      ->add_option(
          "--without", arguments->without,
          "leave out this crash, a name of `sediment-sim crash-model`, because the disk never does it; repeatable")
      ->type_name("FAULT")
      ->take_all()
      ->expected(1);
  StrikeOptions& options = arguments->options;
  shell::add_number(command, "--budget", &options.budget, shell::Range<std::uint64_t>{0, 100'000'000}, "N",
                    "maximum number of directories to check; 0: all")
      ->default_str("5000");
  shell::add_number(command, "--seed", &options.seed, shell::Range<std::uint64_t>{}, "N",
                    "decides which directories are checked where there are too many")
      ->default_str("1");
  shell::add_number(command, "--jobs", &options.jobs, shell::Range<unsigned>{1, 512}, "N",
                    "checks at a time (default: one per core)");
  command->add_option("--profile", arguments->profile, "the kind of disk: posix, ext4-ordered or nvme-4k")
      ->capture_default_str();
  shell::add_number(command, "--timeout", &arguments->check_timeout, shell::Range<double>{0.1, 86'400}, "SECONDS",
                    "how long one check may take before it counts as hanging")
      ->default_str("10");
  shell::add_number(command, "--record-timeout", &arguments->record_timeout, shell::Range<double>{0.1, 86'400},
                    "SECONDS", "how long the recorded program may take")
      ->default_str("60");
  command->add_option("--save", arguments->save, "where to keep the record of the whole run, for sediment-viz --trace")
      ->type_name("FILE");
  command->add_option("--failures", arguments->failures, "the folder for what was found")->capture_default_str();
  command->add_flag("--json", arguments->json, "one JSON object instead of text");
  command->footer(
      "Examples:\n"
      "  sediment-sim strike --record 'python3 \"$STRIKE_START\"/store.py fill' --check 'python3 store.py check'\n"
      "  sediment-sim strike --record 'sqlite3 a.db < \"$STRIKE_START\"/a.sql' --check ./check-sqlite --volatile "
      "'*-shm'\n"
      "  sediment-sim strike --replay strike-1.jsonl --into /tmp/after-the-crash\n"
      "docs/strike.md is the manual. Exit codes: 0 nothing was lost, 1 something was, 2 a usage error or a run that "
      "cannot be "
      "recorded, 3 a check that is broken.");
  command->callback([arguments, &invocation] { invocation.exit_code = strike_command(*arguments); });
}

}  // namespace sediment::sim

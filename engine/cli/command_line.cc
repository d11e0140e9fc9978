#include "engine/cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <new>
#include <sstream>
#include <string_view>
#include <vector>

#include "engine/cli/backup_command.h"
#include "engine/cli/dump.h"
#include "engine/cli/load.h"
#include "engine/cli/pair_commands.h"
#include "engine/cli/salvage_command.h"
#include "engine/cli/segment_commands.h"
#include "engine/cli/verify_command.h"
#include "engine/cli/watch_command.h"
#include "engine/format.h"

namespace sediment::cli {

namespace {

constexpr std::string_view kVersion = "1.0";
constexpr const char* kOutOfMemory =
    "out of memory, so the command stopped; what it had written is kept, and the next open recovers it";

// An option whose value is one of a few words. (CLI11's own transformers show the numbers that the words stand for in
// messages.)
template <typename Value>
CLI::Option* add_choice(CLI::App* command, const std::string& name, const std::string& purpose, Value* value,
                        const std::map<std::string, Value>& choices) {
  std::vector<std::string> words;
  words.reserve(choices.size());
  for (const auto& [word, meaning] : choices) words.push_back(word);
  const auto choose = [value, choices](const std::string& word) { *value = choices.at(word); };
  return command->add_option_function<std::string>(name, choose, purpose)
      ->check(CLI::IsMember(words))
      ->type_name("WORD");
}

// CLI::Range accepts NaN: it is neither too small nor too large.
std::string is_a_number(const std::string& text) {
  return text.find_first_of("nN") == std::string::npos ? std::string() : text + " is not a number of seconds";
}

bool asks_for_json(int argument_count, const char* const* arguments) {
  const auto is_json = [](const char* argument) { return std::string_view(argument) == "--json"; };
  return std::any_of(arguments + 1, arguments + argument_count, is_json);
}

}  // namespace

template <typename Arguments>
CLI::App* CommandLine::add(const std::string& name, const std::string& purpose, const std::string& examples,
                           const std::shared_ptr<Arguments>& arguments, std::string Arguments::*directory,
                           Run<Arguments> run_command) {
  CLI::App* command = app_.add_subcommand(name, purpose);
  command->footer("\nExample:\n  " + examples);
  command->add_option("DIR", (*arguments).*directory, "The store's directory")->required();
  command->add_flag("--json", json_, "Print one JSON object instead of text");
  command->callback([this, arguments, run_command] {
    action_ = [arguments, run_command](Console& console) { return run_command(*arguments, console); };
  });
  return command;
}

CommandLine::CommandLine() {
  app_.set_version_flag("--version", fmt::format("sediment {} (on-disk format {})", kVersion, kFormatVersion));
  app_.require_subcommand(1);  // at most one, so that a key may have the name of a command
  app_.footer(
      "\nExit codes: 0 ok, 1 not found, 2 usage or malformed input, 3 corruption, 4 I/O, 5 busy.\n"
      "Put a key or value that begins with - after --:  sediment put DIR -- -key- -value-");
  add_pair_commands();
  add_load();
  add_segment_commands();
  add_examination_commands();
  add_copy_commands();
}

void CommandLine::add_pair_commands() {
  const auto put = std::make_shared<PutArguments>();
  CLI::App* command = add("put", "Stores a value under a key. Creates the store if there is none.",
                          "sediment put /tmp/colours sky blue", put, &PutArguments::directory, run_put);
  command->add_option("KEY", put->key, "At most 65,535 bytes")->required();
  command->add_option("VALUE", put->value, "At most 1 GiB")->required();

  const auto get = std::make_shared<KeyArguments>();
  command = add("get", "Prints the value of a key as it is, then a newline. Exit code 1 if the key is not there.",
                "sediment get /tmp/colours sky", get, &KeyArguments::directory, run_get);
  command->add_option("KEY", get->key)->required();

  const auto del = std::make_shared<KeyArguments>();
  command = add("del", "Deletes a key by appending a tombstone. Deleting a missing key is not an error.",
                "sediment del /tmp/colours sky", del, &KeyArguments::directory, run_del);
  command->add_option("KEY", del->key)->required();

  const auto scan = std::make_shared<ScanArguments>();
  command = add("scan",
                "Prints key<TAB>value lines in key order. Tab, newline and backslash are written as \\t \\n \\\\, "
                "other unprintable bytes as \\xNN. Reads the whole store: a hash index cannot do better.",
                "sediment scan /tmp/colours --from a --to n --limit 10", scan, &ScanArguments::directory, run_scan);
  command->add_option("--from", scan->from, "Start at this key");
  command->add_option("--to", scan->to, "Stop before this key");
  command->add_option("--limit", scan->limit, "Maximum number of pairs");
}

void CommandLine::add_load() {
  const auto load = std::make_shared<LoadArguments>();
  CLI::App* command =
      add("load",
          "Loads text: running word counts (words), key<TAB>value lines (tsv), or {\"key\": ..., "
          "\"value\": ...} lines (jsonl; {\"hex\": \"00ff\"} for arbitrary bytes). Creates the store if there is none.",
          "sediment load /tmp/counts book.txt --format words\n"
          "  sediment load /tmp/counts book.txt --format words --resume   # after it was killed\n"
          "  zcat pairs.tsv.gz | sediment load /tmp/pairs - --format tsv --segment-size 8m",
          load, &LoadArguments::directory, run_load);
  command->add_option("FILE", load->files, "- is standard input; only --format words takes several files")->required();
  add_choice<LoadFormat>(command, "--format", "Format of the text", &load->format,
                         {{"words", LoadFormat::kWords}, {"tsv", LoadFormat::kTsv}, {"jsonl", LoadFormat::kJsonl}})
      ->required();
  command->add_option("--segment-size", load->segment_size,
                      "Size at which a segment is sealed: in bytes, or like 64k or 8m (default: 64m)");
  CLI::Option* sync =
      add_choice<SyncPolicy>(command, "--sync", "every: make each record durable before the next (default: never)",
                             &load->sync, {{"every", SyncPolicy::kEveryWrite}, {"never", SyncPolicy::kNever}});
  command->add_option("--sync-every", load->sync_every_records, "Sync every N records")->excludes(sync);
  add_choice<bool>(command, "--merge", "Whether to merge segments during the load (default: auto)",
                   &load->merge_automatically, {{"auto", true}, {"off", false}});
  command->add_flag(
      "--resume", load->resume,
      "words only: skip the words that the store has already counted. Their number is the sum of all counts: each "
      "word added 1 to exactly one count");
  command->add_flag("--quiet", load->quiet, "Print no progress");
}

void CommandLine::add_segment_commands() {
  add("roll", "Seals the active segment. It never changes again.", "sediment roll /tmp/colours",
      std::make_shared<RollArguments>(), &RollArguments::directory, run_roll);

  const auto merge = std::make_shared<MergeArguments>();
  CLI::App* command = add("merge", "Merges sealed segments, keeping only records that still count.",
                          "sediment merge /tmp/colours --run 2..4", merge, &MergeArguments::directory, run_merge);
  command->add_option("--run", merge->run,
                      "Segments FIRST..LAST by position; 1 is the oldest (see stats). Default: all");

  const auto stats = std::make_shared<StatsArguments>();
  command = add("stats", "Prints a table of the segments, oldest first, and totals.", "sediment stats /tmp/colours",
                stats, &StatsArguments::directory, run_stats);
  command->add_flag("--exact", stats->exact, "Also read everything and show what is live and what is garbage");
}

void CommandLine::add_examination_commands() {
  const auto dump = std::make_shared<DumpArguments>();
  CLI::App* command = add("dump",
                          "Shows the contents of a store's files, record by record. Takes no lock and works on damaged "
                          "stores: damage is shown "
                          "where it is, and the exit code stays 0.",
                          "sediment dump /tmp/colours 000001.log --hex\n  sediment dump /tmp/colours/000001.log", dump,
                          &DumpArguments::path, run_dump);
  command->add_option("FILE", dump->file, "One segment of the store; DIR may also be the path of a segment");
  command->add_flag("--hex", dump->hex, "Also show the bytes, 16 per line, with the field that each belongs to");

  const auto watch = std::make_shared<WatchArguments>();
  command =
      add("watch",
          "Shows the segments of a store and how they change while another process works on it. Takes no lock and "
          "changes nothing. On a terminal it runs until Ctrl-C; elsewhere it prints one view.",
          "sediment watch /tmp/colours\n"
          "  sediment watch /tmp/colours --json --interval 5    # one object per line, until stopped",
          watch, &WatchArguments::directory, run_watch);
  command->add_option("--interval", watch->interval_seconds, "Seconds between two views (default: 1)")
      ->check(CLI::Range(0.01, 86'400.0))
      ->check(is_a_number)
      ->type_name("SECONDS");
  command->add_flag("--once", watch->once, "Print one view, even on a terminal");

  add("verify",
      "Reads everything and lists each place that differs from what was written. Exit code 3 if it finds any.",
      "sediment verify /tmp/colours", std::make_shared<VerifyArguments>(), &VerifyArguments::directory, run_verify);
}

void CommandLine::add_copy_commands() {
  const auto backup = std::make_shared<BackupArguments>();
  CLI::App* command =
      add("backup",
          "Copies a store and verifies every record on the way. If any is damaged, fails and leaves no copy. "
          "The store must not be open in another process.",
          "sediment backup /tmp/colours /tmp/colours-backup", backup, &BackupArguments::directory, run_backup);
  command->add_option("NEWDIR", backup->new_directory, "Directory for the copy; must not hold a store")->required();
  command->add_flag("--quiet", backup->quiet, "Print no progress");

  const auto salvage = std::make_shared<SalvageArguments>();
  command = add("salvage",
                "Copies every record of a damaged store that still verifies into a new store, and names every loss. "
                "Does not change the damaged store. Exit code 3 if anything is lost, or if losses cannot be ruled out "
                "for lack of a usable MANIFEST.",
                "sediment salvage /tmp/colours /tmp/colours-saved", salvage, &SalvageArguments::directory, run_salvage);
  command->add_option("NEWDIR", salvage->new_directory, "Directory for the new store; must not hold one")->required();
  command->add_flag("--quiet", salvage->quiet, "Print no progress");
}

ExitCode CommandLine::run(int argument_count, const char* const* arguments) {
  if (argument_count <= 1) {
    Console console(false);
    console.write(app_.help());
    return console.finish(ExitCode::kUsage);
  }
  try {
    app_.parse(argument_count, arguments);
  } catch (const CLI::Success& wish) {  // --help, --version
    std::ostringstream text;
    (void)app_.exit(wish, text, text);
    Console console(false);
    console.write(text.str());
    return console.finish(ExitCode::kOk);
  } catch (const CLI::ParseError& error) {
    // The flag may come after the part that could not be parsed.
    Console console(json_ || asks_for_json(argument_count, arguments));
    return console.finish(console.fail_usage(error.what()));
  }
  Console console(json_);
  try {
    return console.finish(action_(console));
  } catch (const std::bad_alloc&) {  // by now everything that the command held is free again
    return console.finish(console.fail_unexpected("no_memory", kOutOfMemory));
  } catch (const std::exception& error) {
    return console.finish(console.fail_unexpected("unexpected", error.what()));
  }
}

ExitCode run_command_line(int argument_count, const char* const* arguments) noexcept {
  const char* problem = kOutOfMemory;
  try {
    return CommandLine().run(argument_count, arguments);
  } catch (const std::bad_alloc&) {
    // Without memory there is no more to say.
  } catch (...) {
    problem = "an unknown failure";
  }
  (void)std::fputs("sediment: ", stderr);
  (void)std::fputs(problem, stderr);
  (void)std::fputs("\n", stderr);
  return ExitCode::kIo;
}

}  // namespace sediment::cli

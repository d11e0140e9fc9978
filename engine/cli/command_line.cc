#include "engine/cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
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
#include "engine/shell/options.h"
#include "engine/shell/pages.h"

namespace sediment::cli {

namespace {

using shell::add_choice;
using shell::add_number;
using shell::Range;

constexpr std::string_view kVersion = "1.0";
constexpr const char* kOutOfMemory =
    "out of memory, so the command stopped; what it had written is kept, and the next open recovers it";

constexpr double kLongestWait = 86'400;  // seconds: a day
constexpr double kShortestInterval = 0.01;
constexpr Range<std::uint64_t> kSegmentSizes{64, UINT32_MAX};  // Options::segment_size_bytes

bool asks_for_json(const std::vector<std::string>& arguments) {
  return std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

// A size in bytes as an option: "4096", "64k", "8m".
CLI::Option* add_size(CLI::App* command, const std::string& name, std::optional<std::uint64_t>* target,
                      Range<std::uint64_t> range, const std::string& purpose) {
  const std::string limits = shell::text_of(range);
  const auto take = [target, range, name, limits](const std::string& text) {
    const std::optional<std::uint64_t> size = parse_size(text);
    if (!size || *size < range.least || *size > range.most) {
      throw CLI::ValidationError(
          name, "takes a number of bytes " + limits + ", such as 65536, 64k or 8m, not \"" + preview(text, 40) + "\"");
    }
    *target = *size;
  };
  return command->add_option_function<std::string>(name, take, purpose + " " + limits)->type_name("BYTES");
}

void add_range(CLI::App* command, KeyRange* range) {
  command->add_option("--prefix", range->prefix, "Only keys that begin with this")->type_name("TEXT");
  command->add_option("--from", range->from, "Start at this key")->type_name("KEY");
  command->add_option("--to", range->to, "Stop before this key")->type_name("KEY");
}

void add_limit(CLI::App* command, std::uint64_t* limit) {
  add_number(command, "--limit", limit, Range<std::uint64_t>{}, "N", "Print at most this many");
}

void add_load_options(CLI::App* command, LoadArguments* load) {
  add_size(command, "--segment-size", &load->segment_size_bytes, kSegmentSizes,
           "Size at which a segment is sealed; 64m if not given");
  CLI::Option* sync = add_choice<SyncPolicy>(command, "--sync", &load->sync,
                                             {{"every", SyncPolicy::kEveryWrite}, {"never", SyncPolicy::kNever}},
                                             "every: make each record durable before the next; never, if not given");
  add_number(command, "--sync-every", &load->sync_every_records, Range<std::uint64_t>{1}, "N", "Sync every N records")
      ->excludes(sync);
  add_choice<bool>(command, "--merge", &load->merge_automatically, {{"auto", true}, {"off", false}},
                   "Whether to merge segments during the load; auto, if not given");
  command->add_flag("--skip-bad-lines", load->skip_bad_lines,
                    "Leave out lines that are not pairs, and say how many there were");
  command->add_flag("--quiet", load->quiet, "Print no progress");
}

}  // namespace

template <typename Arguments>
CLI::App* CommandLine::add_command(const std::string& name, const std::string& purpose, const std::string& examples,
                                   const std::shared_ptr<Arguments>& arguments, Run<Arguments> run_command) {
  CLI::App* command = app_.add_subcommand(name, purpose);
  command->footer("\nExample:\n  " + examples);
  command->callback([this, arguments, run_command] {
    action_ = [arguments, run_command](Console& console) { return run_command(*arguments, console); };
  });
  return command;
}

template <typename Arguments>
CLI::App* CommandLine::add(const std::string& name, const std::string& purpose, const std::string& examples,
                           const std::shared_ptr<Arguments>& arguments, Run<Arguments> run_command) {
  CLI::App* command = add_command(name, purpose, examples, arguments, run_command);
  add_directory(command, &arguments->directory);
  add_number(command, "--wait", &arguments->wait_seconds, Range<double>{0, kLongestWait}, "SECONDS",
             "Wait this long for another process to close the store");
  add_json(command);
  return command;
}

void CommandLine::add_directory(CLI::App* command, std::string* directory) {
  command->add_option("DIR", *directory, "The store's directory")->required();
}

void CommandLine::add_json(CLI::App* command) {
  command->add_flag("--json", json_, "Print one JSON object instead of text");
}

CommandLine::CommandLine() {
  app_.require_subcommand(1);  // at most one, so that a key may have the name of a command
  app_.footer(
      "\nExit codes: 0 ok, 1 no such key, 2 usage or malformed input, 3 corruption, 4 I/O or no store, 5 busy.\n"
      "Put a key or value that begins with - after --:  sediment put DIR -- -key- -value-");
  add_put_get_del();
  add_ranges();
  add_load();
  add_export_and_import();
  add_segment_commands();
  add_examination_commands();
  add_copy_commands();
  shell::add_pages(app_, fmt::format("sediment {} (on-disk format {})", kVersion, kFormatVersion));
}

void CommandLine::add_put_get_del() {
  const auto put = std::make_shared<PutArguments>();
  CLI::App* command = add("put", "Stores a value under a key. Creates the store if there is none.",
                          "sediment put /tmp/colours sky blue\n"
                          "  sediment put /tmp/colours sky - < sky.png\n"
                          "  sediment put /tmp/colours sky --value-file sky.png",
                          put, run_put);
  command->add_option("KEY", put->key, "At most 65,535 bytes")->required();
  CLI::Option* value =
      command->add_option("VALUE", put->value, "At most 1 GiB; - reads all of standard input, unchanged");
  command
      ->add_option("--value-file", put->value_file,
                   "Read the value from this file, unchanged. (A value that is just - must come from a file.)")
      ->type_name("FILE")
      ->excludes(value);

  const auto get = std::make_shared<KeyArguments>();
  command =
      add("get",
          "Prints the value of a key, then a newline. On a terminal, the value is escaped as by scan; elsewhere it is "
          "printed unchanged. Exit code 1 if the key is not there.",
          "sediment get /tmp/colours sky", get, run_get);
  command->add_option("KEY", get->key, "The key")->required();

  const auto del = std::make_shared<KeyArguments>();
  command = add("del", "Deletes a key by appending a tombstone. Deleting a missing key is not an error.",
                "sediment del /tmp/colours sky", del, run_del);
  command->add_option("KEY", del->key, "The key")->required();
}

void CommandLine::add_ranges() {
  const auto scan = std::make_shared<ScanArguments>();
  CLI::App* command =
      add("scan",
          "Prints key<TAB>value lines in key order. Tab, newline and backslash are written as \\t \\n \\\\, other "
          "unprintable bytes as \\xNN. (To get the pairs into a store again, use export and import.) Reads the whole "
          "store, because a hash index has no order, and sorts in temporary files in $TMPDIR.",
          "sediment scan /tmp/colours --from a --to n --limit 10", scan, run_scan);
  add_range(command, &scan->range);
  add_limit(command, &scan->limit);

  const auto keys = std::make_shared<ScanArguments>();
  command = add("keys", "Prints the keys in order, one a line, as scan does.", "sediment keys /tmp/colours --prefix sk",
                keys, run_keys);
  add_range(command, &keys->range);
  add_limit(command, &keys->limit);

  const auto count = std::make_shared<RangeArguments>();
  command = add("count", "Prints how many keys the store has, or has in a range. Reads the whole store.",
                "sediment count /tmp/colours --prefix sk", count, run_count);
  add_range(command, &count->range);
}

void CommandLine::add_load() {
  const auto load = std::make_shared<LoadArguments>();
  CLI::App* command = add(
      "load",
      "Loads text: running word counts (words), key<TAB>value lines (tsv), or {\"key\": ..., "
      "\"value\": ...} lines (jsonl; {\"hex\": \"00ff\"} for arbitrary bytes). Creates the store if there is none.\n"
      "A word is a run of letters, digits and apostrophes between them; spaces, punctuation and a byte order mark "
      "separate words, typographic punctuation too. ASCII letters become lower case.\n"
      "tsv takes all bytes but the first tab as they are: it does not undo the escapes of scan. Use export and "
      "import for that.",
      "sediment load /tmp/counts book.txt --format words\n"
      "  sediment load /tmp/counts book.txt --format words --resume   # after it was killed\n"
      "  zcat pairs.tsv.gz | sediment load /tmp/pairs - --format tsv --segment-size 8m\n"
      "  sediment load /tmp/zones /usr/share/zoneinfo/iso3166.tab --format tsv --skip-bad-lines",
      load, run_load);
  command->add_option("FILE", load->files, "- is standard input; only --format words takes several files")->required();
  add_choice<LoadFormat>(command, "--format", &load->format,
                         {{"words", LoadFormat::kWords}, {"tsv", LoadFormat::kTsv}, {"jsonl", LoadFormat::kJsonl}},
                         "Format of the text")
      ->required();
  add_load_options(command, load.get());
  command->add_flag(
      "--resume", load->resume,
      "words only: skip the words that the store has already counted. Their number is the sum of all counts: each "
      "word added 1 to exactly one count");
}

void CommandLine::add_export_and_import() {
  const auto from = std::make_shared<RangeArguments>();
  CLI::App* command = add_command(
      "export",
      "Prints every pair as a line of JSON, in no order: {\"key\": ..., \"value\": ...}, with {\"hex\": \"00ff\"} for "
      "bytes that are not UTF-8. `import` stores the same pairs again. The output is complete if the exit code is 0.",
      "sediment export /tmp/colours > colours.jsonl\n"
      "  sediment export /tmp/colours | sort > colours.jsonl    # to compare two exports\n"
      "  sediment export /tmp/colours --prefix sk | gzip > colours.jsonl.gz",
      from, run_export);
  add_directory(command, &from->directory);
  add_number(command, "--wait", &from->wait_seconds, Range<double>{0, kLongestWait}, "SECONDS",
             "Wait this long for another process to close the store");
  add_range(command, &from->range);

  const auto into = std::make_shared<LoadArguments>();
  into->format = LoadFormat::kJsonl;
  command = add("import",
                "Stores the pairs of an export. Creates the store if there is none; keys that are there get the new "
                "values. The same as load --format jsonl.",
                "sediment import /tmp/copy colours.jsonl\n"
                "  sediment export /tmp/colours | sediment import /tmp/copy -\n"
                "  zcat colours.jsonl.gz | sediment import /tmp/copy -",
                into, run_load);
  command->add_option("FILE", into->files, "What export printed; - is standard input")->required()->expected(1);
  add_load_options(command, into.get());
}

void CommandLine::add_segment_commands() {
  add("roll", "Seals the active segment. It never changes again.", "sediment roll /tmp/colours",
      std::make_shared<RollArguments>(), run_roll);

  const auto merge = std::make_shared<MergeArguments>();
  CLI::App* command = add("merge", "Merges sealed segments, keeping only records that still count.",
                          "sediment merge /tmp/colours --run 2..4", merge, run_merge);
  const auto take_run = [merge](const std::string& text) {
    merge->run = parse_run(text);
    if (merge->run) return;
    throw CLI::ValidationError("--run", "takes two positions, the first not above the last, for example 2..4; not \"" +
                                            preview(text, 40) + "\"");
  };
  command
      ->add_option_function<std::string>(
          "--run", take_run, "Merge only these segments, by position; 1 is the oldest (see stats). All, if not given")
      ->type_name("FIRST..LAST");

  const auto stats = std::make_shared<StatsArguments>();
  command = add("stats", "Prints a table of the segments, oldest first, and totals.", "sediment stats /tmp/colours",
                stats, run_stats);
  command->add_flag("--exact", stats->exact, "Also read everything and show what is live and what is garbage");
}

void CommandLine::add_examination_commands() {
  const auto dump = std::make_shared<DumpArguments>();
  CLI::App* command = add_command(
      "dump",
      "Shows a store's files: segments record by record, snapshots slot by slot. Takes no lock and "
      "works on damaged "
      "stores: damage is shown "
      "where it is, and the exit code stays 0.",
      "sediment dump /tmp/colours 000001.log --hex\n  sediment dump /tmp/colours/000001.log", dump, run_dump);
  add_directory(command, &dump->path);
  add_json(command);
  command->add_option("FILE", dump->file, "One file of the store; DIR may also be the path of such a file");
  command->add_flag("--hex", dump->hex, "Also show the bytes, 16 per line, with the field that each belongs to");

  const auto watch = std::make_shared<WatchArguments>();
  command = add_command(
      "watch",
      "Shows the segments of a store and how they change while another process works on it. Takes no lock and "
      "changes nothing. On a terminal it runs until Ctrl-C; elsewhere it prints one view.",
      "sediment watch /tmp/colours\n"
      "  sediment watch /tmp/colours --json --interval 5    # one object per line, until stopped",
      watch, run_watch);
  add_directory(command, &watch->directory);
  add_json(command);
  add_number(command, "--interval", &watch->interval_seconds, Range<double>{kShortestInterval, kLongestWait}, "SECONDS",
             "Seconds between two views; 1 if not given");
  command->add_flag("--once", watch->once, "Print one view, even on a terminal");

  add("verify",
      "Reads everything and lists each place that differs from what was written. Exit code 3 if it finds any.",
      "sediment verify /tmp/colours", std::make_shared<VerifyArguments>(), run_verify);
}

void CommandLine::add_copy_commands() {
  const auto backup = std::make_shared<BackupArguments>();
  CLI::App* command =
      add("backup",
          "Copies a store and verifies every record on the way. If any is damaged, fails and leaves no copy. "
          "The store must not be open in another process.",
          "sediment backup /tmp/colours /tmp/colours-backup", backup, run_backup);
  command->add_option("NEWDIR", backup->new_directory, "Directory for the copy; must not hold a store")->required();
  command->add_flag("--quiet", backup->quiet, "Print no progress");

  const auto salvage = std::make_shared<SalvageArguments>();
  command = add("salvage",
                "Copies every record of a damaged store that still verifies into a new store, and names every loss. "
                "Does not change the damaged store. Exit code 3 if anything is lost, or if losses cannot be ruled out "
                "for lack of a usable MANIFEST.",
                "sediment salvage /tmp/colours /tmp/colours-saved", salvage, run_salvage);
  command->add_option("NEWDIR", salvage->new_directory, "Directory for the new store; must not hold one")->required();
  command->add_flag("--quiet", salvage->quiet, "Print no progress");
}

ExitCode CommandLine::run(int argument_count, const char* const* arguments) {
  if (argument_count <= 1) {
    Console console(false);
    console.write(app_.help());
    return console.finish(ExitCode::kUsage);
  }
  const std::vector<std::string> words(arguments + 1, arguments + argument_count);
  try {
    app_.parse(argument_count, arguments);
  } catch (const CLI::Success& wish) {  // --help, --version and the other pages
    Console console(false);
    console.write(shell::text_of(app_, wish));
    return console.finish(ExitCode::kOk);
  } catch (const CLI::ParseError& error) {
    // The flag may come after the part that could not be parsed.
    Console console(json_ || asks_for_json(words));
    return console.finish(console.fail_usage(shell::text_of(app_, error, words)));
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

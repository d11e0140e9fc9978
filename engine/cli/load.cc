#include "engine/cli/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/cli/load_source.h"
#include "engine/cli/open_store.h"
#include "engine/cli/progress.h"

namespace sediment::cli {

namespace {

// How a loop over the source ended; `status` says why it ended early.
struct LoadResult {
  Status status;
  std::uint64_t records = 0;
  std::uint64_t carriage_returns = 0;  // values that end in one
};

Result<TextInputs> open_inputs(const std::vector<std::string>& files) {
  TextInputs inputs;
  for (const std::string& file : files) {
    Result<std::unique_ptr<TextInput>> input = TextInput::open(file);
    if (!input.ok()) return input.status();
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

std::string check_usage(const LoadArguments& arguments) {
  if (arguments.format != LoadFormat::kWords && arguments.files.size() > 1) {
    return "only --format words loads several files; load the others one by one";
  }
  if (arguments.format != LoadFormat::kWords && arguments.resume) {
    return "--resume works with --format words only: in other formats nothing shows how much was loaded";
  }
  if (arguments.format == LoadFormat::kWords && arguments.skip_bad_lines) {
    return "--skip-bad-lines is for tsv and jsonl: words have no bad lines";
  }
  if (std::count(arguments.files.begin(), arguments.files.end(), "-") > 1)
    return "standard input can only be read once";
  return {};
}

// Puts all pairs. A pair that fails is not loaded; all before it are.
LoadResult load_pairs(Store& store, LoadSource& source, std::uint64_t sync_every_records, Progress& progress) {
  LoadResult result;
  Pair pair;
  while (true) {
    Result<bool> found = source.next(store, &pair);
    if (!found.ok()) result.status = found.status();
    if (!found.ok() || !*found) return result;
    if (result.status = store.put(pair.first, pair.second); !result.status.ok()) return result;
    ++result.records;
    if (pair.second.ends_with('\r')) ++result.carriage_returns;
    if (sync_every_records > 0 && result.records % sync_every_records == 0) {
      if (result.status = store.sync(); !result.status.ok()) return result;
    }
    progress.update(result.records, source.bytes_read());
  }
}

// `closed`: how the store was closed, if it was open.
ExitCode report_failure(const LoadResult& result, const LoadSource& source, const Status& closed, Console& console) {
  Json details{{"records_loaded", result.records}};
  std::string message(result.status.message());
  const bool about_input = result.status.is(StatusCode::kInvalidArgument);
  if (about_input) {
    details["file"] = source.file();
    std::string place = source.file();
    if (source.line() > 0) place += fmt::format(", line {}", source.line());
    if (source.line() > 0) details["line"] = source.line();
    message = place + ": " + message;
  }
  std::string kept = "nothing was loaded before this";
  if (result.records > 0) kept = fmt::format("loaded before this and kept: {}", counted(result.records, "record"));
  if (!closed.ok()) kept += "; closing the store also failed: " + closed.to_string();
  if (about_input) return console.fail(Status::invalid_argument(message + "; " + kept), details);
  console.note(kept);
  return console.fail(result.status, details);
}

// What the input was like, besides its pairs.
void note_input(const LoadResult& result, const LineSource& lines, Console& console) {
  if (lines.lines_skipped() > 0) {
    console.note(fmt::format("skipped {} that are no pairs; the first: {}", counted(lines.lines_skipped(), "line"),
                             lines.first_skipped()));
  }
  if (result.carriage_returns > 0) {
    console.note(fmt::format(
        "{} in a carriage return, which was kept; to load a file with Windows line ends without "
        "them: tr -d '\\r' < FILE | sediment load ... -",
        result.carriage_returns == 1 ? std::string("1 value ends") : grouped(result.carriage_returns) + " values end"));
  }
}

void note_store(const Stats& stats, Console& console) {
  for (const DamagedSegment& damaged : stats.damaged) {
    console.note("DAMAGE: " + damaged.error + "; run `sediment verify` for details");
  }
  if (stats.damaged.empty() && !stats.last_merge_error.empty()) {
    console.note("a merge failed; no data is lost: " + stats.last_merge_error);
  }
}

struct LoadSummary {
  std::uint64_t records = 0;
  std::uint64_t words_skipped = 0;
  std::uint64_t lines_skipped = 0;
  double seconds = 0;
};

// `store` is null if there was nothing to load, and so no reason to open one.
void print_summary(const LoadSummary& summary, Store* store, Console& console) {
  const Stats stats = store != nullptr ? store->stats() : Stats();
  const double rate = summary.seconds > 0 ? static_cast<double>(summary.records) / summary.seconds : 0;
  if (console.json()) {
    Json object{{"records", summary.records},
                {"words_skipped", summary.words_skipped},
                {"lines_skipped", summary.lines_skipped},
                {"seconds", summary.seconds},
                {"records_per_second", rate}};
    if (store != nullptr) {
      object.update(
          {{"segments", stats.segments.size()}, {"merges", stats.merges}, {"size_bytes", stats.size_bytes()}});
      add_recovery(*store, &object);
    }
    return console.write_line(to_text(object));
  }
  if (store == nullptr) return console.write_line("loaded 0 records: the input has none, so the store was left alone");
  if (summary.words_skipped > 0) {
    console.write_line(
        fmt::format("skipped {} that the store had already counted", counted(summary.words_skipped, "word")));
  }
  console.write_line(fmt::format("loaded {} in {:.2f} s ({} per second): {}, {}, {}",
                                 counted(summary.records, "record"), summary.seconds,
                                 grouped(static_cast<std::uint64_t>(rate)), counted(stats.segments.size(), "segment"),
                                 counted(stats.size_bytes(), "byte"), counted(stats.merges, "merge")));
}

// The words that the store has counted, if the load continues an earlier one.
Result<std::uint64_t> skip_counted_words(Store& store, WordSource& words) {
  Result<std::uint64_t> position = words_counted(store);
  if (!position.ok()) return position;
  if (Status s = words.skip(*position); !s.ok()) return s;
  return position;
}

}  // namespace

ExitCode run_load(const LoadArguments& arguments, Console& console) {
  if (const std::string problem = check_usage(arguments); !problem.empty()) return console.fail_usage(problem);
  // The inputs first: neither a misspelt name nor a file without a pair may create a store.
  Result<TextInputs> inputs = open_inputs(arguments.files);
  if (!inputs.ok()) return console.fail(inputs.status());
  std::optional<WordSource> words;
  std::optional<LineSource> lines;
  if (arguments.format == LoadFormat::kWords) {
    words.emplace(std::move(*inputs));
  } else {
    const bool tsv = arguments.format == LoadFormat::kTsv;
    lines.emplace(std::move(*inputs), tsv ? &parse_tsv_line : &parse_json_line, arguments.skip_bad_lines);
  }
  LoadSource& source = words ? static_cast<LoadSource&>(*words) : *lines;
  LoadSummary summary;
  LoadResult result;
  const Result<bool> has_pairs = source.look_ahead();
  if (!has_pairs.ok()) {
    result.status = has_pairs.status();
    return report_failure(result, source, {}, console);
  }
  if (!*has_pairs) {
    if (lines) note_input(result, *lines, console);
    if (lines) summary.lines_skipped = lines->lines_skipped();
    print_summary(summary, nullptr, console);
    return ExitCode::kOk;
  }

  Options options;
  if (arguments.segment_size_bytes) options.segment_size_bytes = *arguments.segment_size_bytes;
  options.sync_policy = arguments.sync;
  options.merge_policy.automatic = arguments.merge_automatically;
  Result<std::unique_ptr<Store>> opened = open_for_writing(arguments, options, console);
  if (!opened.ok()) return console.fail(opened.status());
  Store& store = **opened;
  if (arguments.resume) {
    const Result<std::uint64_t> skipped = skip_counted_words(store, *words);
    if (!skipped.ok()) return console.fail(skipped.status());
    summary.words_skipped = *skipped;
  }

  Progress progress(!arguments.quiet, "loaded", source.bytes_read(), source.size_bytes());
  result = load_pairs(store, source, arguments.sync_every_records, progress);
  const Status closed = store.close();
  progress.clear();
  if (!result.status.ok()) return report_failure(result, source, closed, console);
  if (!closed.ok()) return console.fail(closed);
  summary.records = result.records;
  summary.seconds = progress.seconds();
  if (lines) summary.lines_skipped = lines->lines_skipped();
  if (lines) note_input(result, *lines, console);
  note_store(store.stats(), console);
  print_summary(summary, &store, console);
  return ExitCode::kOk;
}

}  // namespace sediment::cli

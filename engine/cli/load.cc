#include "engine/cli/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/cli/load_source.h"
#include "engine/cli/open_store.h"
#include "engine/cli/progress.h"

namespace sediment::cli {

namespace {

// How a loop over the source ended; `status` says why it ended early.
struct LoadResult {
  Status status;
  std::uint64_t records = 0;
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
  if (std::count(arguments.files.begin(), arguments.files.end(), "-") > 1)
    return "standard input can only be read once";
  if (!arguments.segment_size.empty() && !parse_size(arguments.segment_size)) {
    return "--segment-size takes a number of bytes, with or without k or m, for example 64k; not " +
           escape(arguments.segment_size);
  }
  return {};
}

// Puts all pairs. A pair that fails is not loaded; all before it are.
LoadResult load_pairs(Store& store, LoadSource& source, std::uint64_t sync_every_records, Progress& progress) {
  LoadResult result;
  Pair pair;
  while (true) {
    Result<bool> found = source.next(&pair);
    if (!found.ok()) result.status = found.status();
    if (!found.ok() || !*found) return result;
    if (result.status = store.put(pair.first, pair.second); !result.status.ok()) return result;
    ++result.records;
    if (sync_every_records > 0 && result.records % sync_every_records == 0) {
      if (result.status = store.sync(); !result.status.ok()) return result;
    }
    progress.update(result.records, source.bytes_read());
  }
}

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

void report_success(const LoadResult& result, std::uint64_t skipped, double seconds, Store& store, Console& console) {
  const Stats stats = store.stats();
  const double rate = seconds > 0 ? static_cast<double>(result.records) / seconds : 0;
  for (const DamagedSegment& damaged : stats.damaged) {
    console.note("DAMAGE: " + damaged.error + "; run `sediment verify` for details");
  }
  if (stats.damaged.empty() && !stats.last_merge_error.empty()) {
    console.note("a merge failed; no data is lost: " + stats.last_merge_error);
  }
  if (console.json()) {
    Json summary{{"records", result.records},       {"words_skipped", skipped},          {"seconds", seconds},
                 {"records_per_second", rate},      {"segments", stats.segments.size()}, {"merges", stats.merges},
                 {"size_bytes", stats.size_bytes()}};
    add_recovery(store, &summary);
    return console.write_line(to_text(summary));
  }
  if (skipped > 0)
    console.write_line(fmt::format("skipped {} that the store had already counted", counted(skipped, "word")));
  console.write_line(fmt::format("loaded {} in {:.2f} s ({} per second): {}, {}, {}", counted(result.records, "record"),
                                 seconds, grouped(static_cast<std::uint64_t>(rate)),
                                 counted(stats.segments.size(), "segment"), counted(stats.size_bytes(), "byte"),
                                 counted(stats.merges, "merge")));
}

}  // namespace

ExitCode run_load(const LoadArguments& arguments, Console& console) {
  if (const std::string problem = check_usage(arguments); !problem.empty()) return console.fail_usage(problem);
  // Open the inputs first: a misspelt name must not create a store.
  Result<TextInputs> inputs = open_inputs(arguments.files);
  if (!inputs.ok()) return console.fail(inputs.status());

  Options options;
  if (!arguments.segment_size.empty()) options.segment_size_bytes = *parse_size(arguments.segment_size);
  options.sync_policy = arguments.sync;
  options.merge_policy.automatic = arguments.merge_automatically;
  Result<std::unique_ptr<Store>> opened = open_for_writing(arguments.directory, options, console);
  if (!opened.ok()) return console.fail(opened.status());
  Store& store = **opened;

  std::unique_ptr<LoadSource> source;
  std::uint64_t skipped = 0;
  if (arguments.format == LoadFormat::kWords) {
    auto words = std::make_unique<WordSource>(std::move(*inputs), store);
    if (arguments.resume) {
      Result<std::uint64_t> position = words_counted(store);
      if (!position.ok()) return console.fail(position.status());
      if (Status s = words->skip(*position); !s.ok()) return console.fail(s);
      skipped = *position;
    }
    source = std::move(words);
  } else {
    const bool tsv = arguments.format == LoadFormat::kTsv;
    source = std::make_unique<LineSource>(std::move(*inputs), tsv ? &parse_tsv_line : &parse_json_line);
  }

  Progress progress(!arguments.quiet, "loaded", source->bytes_read(), source->size_bytes());
  const LoadResult result = load_pairs(store, *source, arguments.sync_every_records, progress);
  const Status closed = store.close();
  progress.clear();
  if (!result.status.ok()) return report_failure(result, *source, closed, console);
  if (!closed.ok()) return console.fail(closed);
  report_success(result, skipped, progress.seconds(), store, console);
  return ExitCode::kOk;
}

}  // namespace sediment::cli

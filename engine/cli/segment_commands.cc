#include "engine/cli/segment_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/cli/open_store.h"

namespace sediment {

namespace {

// These commands do what they are told and no more: the policy must not merge behind their back.
Options exact_options() {
  Options options;
  options.create_if_missing = false;
  options.merge_policy.automatic = false;
  return options;
}

std::size_t sealed_count(const Stats& stats) {
  return static_cast<std::size_t>(std::count_if(stats.segments.begin(), stats.segments.end(),
                                                [](const SegmentStats& segment) { return segment.sealed; }));
}

struct LiveCounts {
  std::uint64_t pairs = 0;
  std::uint64_t bytes = 0;  // that their records take
};

Result<LiveCounts> count_live(Store& store) {
  LiveCounts live;
  Status status = store.for_each([&](std::string_view key, std::string_view value) {
    ++live.pairs;
    live.bytes += record_size(key.size(), value.size());
    return true;
  });
  if (!status.ok()) return status;
  return live;
}

Json json_of(const SegmentStats& segment, std::size_t position) {
  return {{"position", position},
          {"file", segment_file_name(segment.number)},
          {"sealed", segment.sealed},
          {"size_bytes", segment.size_bytes},
          {"records", segment.records},
          {"keys", segment.keys},
          {"index_bytes", segment.index_bytes}};
}

std::string table_row(std::string_view position, std::string_view file, std::string_view state,
                      const SegmentStats& numbers) {
  return fmt::format("{:>8}  {:<12}  {:<6}  {:>15}  {:>13}  {:>13}  {:>13}", position, file, state,
                     grouped(numbers.size_bytes), grouped(numbers.records), grouped(numbers.keys),
                     grouped(numbers.index_bytes));
}

}  // namespace

std::optional<MergeRun> parse_run(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits, std::size_t* value) {
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, *value);
    return !digits.empty() && error == std::errc() && stopped == end;
  };
  MergeRun run;
  if (!number(text.substr(0, dots), &run.first) || !number(text.substr(dots + 2), &run.last)) return std::nullopt;
  return run;
}

ExitCode run_roll(const RollArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_writing(arguments.directory, exact_options(), console);
  if (!store.ok()) return console.fail(store.status());
  if (Status s = (*store)->roll(); !s.ok()) return console.fail(s);
  if (Status s = (*store)->close(); !s.ok()) return console.fail(s);
  // A process that is alone with the store finds records in an active segment only after another one was killed, and
  // then its open has sealed them already.
  const bool sealed_now = (*store)->recovery_report().cut_offset > kSegmentHeaderSize;
  const std::size_t sealed = sealed_count((*store)->stats());
  if (console.json()) {
    Json result{{"sealed_now", sealed_now}, {"sealed_segments", sealed}};
    add_recovery(**store, &result);
    console.write_line(to_text(result));
  } else {
    console.write_line(
        fmt::format("{}; the store has {}",
                    sealed_now ? "sealed the active segment" : "nothing to seal: the active segment was empty",
                    counted(sealed, "sealed segment")));
  }
  return ExitCode::kOk;
}

ExitCode run_merge(const MergeArguments& arguments, Console& console) {
  const std::optional<MergeRun> run = parse_run(arguments.run);
  if (!arguments.run.empty() && !run) {
    return console.fail_usage("--run takes FIRST..LAST, for example 2..4, not " + escape(arguments.run));
  }
  Result<std::unique_ptr<Store>> opened = open_for_writing(arguments.directory, exact_options(), console);
  if (!opened.ok()) return console.fail(opened.status());
  Store& store = **opened;
  const std::size_t before = sealed_count(store.stats());
  if (Status s = run ? store.merge(run->first, run->last) : store.merge(); !s.ok()) return console.fail(s);
  if (Status s = store.close(); !s.ok()) return console.fail(s);

  const Stats stats = store.stats();
  const std::size_t after = sealed_count(stats);
  if (console.json()) {
    Json result{{"segments_before", before},
                {"segments_after", after},
                {"records_read", stats.records_merged},
                {"records_kept", stats.records_kept},
                {"bytes_read", stats.bytes_merged},
                {"bytes_kept", stats.bytes_kept}};
    add_recovery(store, &result);
    console.write_line(to_text(result));
  } else {
    console.write_line(fmt::format("read {}, kept {} ({} of {} bytes); the store has {} instead of {}",
                                   counted(stats.records_merged, "record"), grouped(stats.records_kept),
                                   grouped(stats.bytes_kept), grouped(stats.bytes_merged),
                                   counted(after, "sealed segment"), before));
  }
  return ExitCode::kOk;
}

ExitCode run_stats(const StatsArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments.directory, console);
  if (!store.ok()) return console.fail(store.status());
  const Stats stats = (*store)->stats();
  SegmentStats total;
  for (const SegmentStats& segment : stats.segments) {
    total.size_bytes += segment.size_bytes;
    total.records += segment.records;
    total.keys += segment.keys;
    total.index_bytes += segment.index_bytes;
  }
  std::optional<LiveCounts> live;
  if (arguments.live) {
    Result<LiveCounts> counts = count_live(**store);
    if (!counts.ok()) return console.fail(counts.status());
    live = *counts;
  }

  if (console.json()) {
    Json segments = Json::array();
    for (const SegmentStats& segment : stats.segments) segments.push_back(json_of(segment, segments.size() + 1));
    Json totals{{"segments", stats.segments.size()},
                {"size_bytes", total.size_bytes},
                {"records", total.records},
                {"keys", total.keys},
                {"index_bytes", total.index_bytes}};
    if (live) totals["live_pairs"] = live->pairs;
    if (live) totals["live_bytes"] = live->bytes;
    console.write_line(to_text({{"segments", segments}, {"total", totals}}));
    return ExitCode::kOk;
  }

  console.write_line(fmt::format("{:>8}  {:<12}  {:<6}  {:>15}  {:>13}  {:>13}  {:>13}", "position", "file", "state",
                                 "bytes", "records", "keys", "index bytes"));
  std::size_t position = 0;
  for (const SegmentStats& segment : stats.segments) {
    console.write_line(table_row(std::to_string(++position), segment_file_name(segment.number),
                                 segment.sealed ? "sealed" : "active", segment));
  }
  console.write_line(table_row("total", counted(stats.segments.size(), "segment"), "", total));
  console.write_line("Position 1 is the oldest segment. A key counts in each segment that has a record of it.");
  if (live) {
    console.write_line(fmt::format("Live: {} in {}; the other {} are what a merge could give back.",
                                   counted(live->pairs, "pair"), counted(live->bytes, "byte"),
                                   counted(total.size_bytes - std::min(total.size_bytes, live->bytes), "byte")));
  }
  return ExitCode::kOk;
}

}  // namespace sediment

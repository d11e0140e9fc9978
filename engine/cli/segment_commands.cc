#include "engine/cli/segment_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/cli/open_store.h"

namespace sediment::cli {

namespace {

// These commands do exactly what they are told: the policy must not merge on its own.
Options exact_options() {
  Options options;
  options.background_merge = false;
  options.create_if_missing = false;
  options.merge_policy.automatic = false;
  return options;
}

std::size_t sealed_count(const Stats& stats) {
  return static_cast<std::size_t>(std::count_if(stats.segments.begin(), stats.segments.end(),
                                                [](const SegmentStats& segment) { return segment.sealed; }));
}

SegmentContents sum_of(const std::vector<SegmentContents>& all) {
  SegmentContents sum;
  for (const SegmentContents& contents : all) {
    sum.live_records += contents.live_records;
    sum.live_bytes += contents.live_bytes;
    sum.dead_records += contents.dead_records;
    sum.dead_bytes += contents.dead_bytes;
    sum.tombstones += contents.tombstones;
    sum.tombstone_bytes += contents.tombstone_bytes;
  }
  return sum;
}

void add_to(Json* object, const SegmentContents& contents) {
  object->update({{"live_records", contents.live_records},
                  {"live_bytes", contents.live_bytes},
                  {"dead_records", contents.dead_records},
                  {"dead_bytes", contents.dead_bytes},
                  {"tombstones", contents.tombstones},
                  {"tombstone_bytes", contents.tombstone_bytes}});
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

std::string contents_row(std::string_view position, std::string_view file, const SegmentContents& contents) {
  return fmt::format("{:>8}  {:<12}  {:>12}  {:>15}  {:>12}  {:>15}  {:>10}  {:>13}", position, file,
                     grouped(contents.live_records), grouped(contents.live_bytes), grouped(contents.dead_records),
                     grouped(contents.dead_bytes), grouped(contents.tombstones), grouped(contents.tombstone_bytes));
}

void print_contents(const std::vector<SegmentContents>& all, Console& console) {
  console.write_line("");
  console.write_line(fmt::format("{:>8}  {:<12}  {:>12}  {:>15}  {:>12}  {:>15}  {:>10}  {:>13}", "position", "file",
                                 "live records", "bytes", "dead records", "bytes", "tombstones", "bytes"));
  std::size_t position = 0;
  for (const SegmentContents& contents : all) {
    console.write_line(contents_row(std::to_string(++position), segment_file_name(contents.number), contents));
  }
  const SegmentContents sum = sum_of(all);
  console.write_line(contents_row("total", counted(all.size(), "segment"), sum));
  console.write_line("A merge of all segments would reclaim the bytes of dead records and tombstones.");
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
  if (run.first == 0 || run.first > run.last) return std::nullopt;
  return run;
}

ExitCode run_roll(const RollArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> store = open_for_writing(arguments, exact_options(), console);
  if (!store.ok()) return console.fail(store.status());
  if (Status s = (*store)->roll(); !s.ok()) return console.fail(s);
  if (Status s = (*store)->close(); !s.ok()) return console.fail(s);
  // If a process has the store to itself, it finds records in an active segment only after another process was killed.
  // Its own open has then already sealed them.
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
  Result<std::unique_ptr<Store>> opened = open_for_writing(arguments, exact_options(), console);
  if (!opened.ok()) return console.fail(opened.status());
  Store& store = **opened;
  const std::size_t before = sealed_count(store.stats());
  if (Status s = store.merge(arguments.run); !s.ok()) return console.fail(s);
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
  Result<std::unique_ptr<Store>> store = open_for_reading(arguments, console);
  if (!store.ok()) return console.fail(store.status());
  const Stats stats = (*store)->stats();
  SegmentStats total;
  for (const SegmentStats& segment : stats.segments) {
    total.size_bytes += segment.size_bytes;
    total.records += segment.records;
    total.keys += segment.keys;
    total.index_bytes += segment.index_bytes;
  }
  std::vector<SegmentContents> contents;  // of the same segments: a store opened for reading does not change
  if (arguments.exact) {
    Result<std::vector<SegmentContents>> all = (*store)->exact_stats();
    if (!all.ok()) return console.fail(all.status());
    contents = std::move(*all);
  }

  if (console.json()) {
    Json segments = Json::array();
    for (const SegmentStats& segment : stats.segments) {
      const std::size_t at = segments.size();
      segments.push_back(json_of(segment, at + 1));
      if (arguments.exact) add_to(&segments.back(), contents[at]);
    }
    Json totals{{"segments", stats.segments.size()},
                {"size_bytes", total.size_bytes},
                {"records", total.records},
                {"keys", total.keys},
                {"index_bytes", total.index_bytes}};
    if (arguments.exact) add_to(&totals, sum_of(contents));
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
  console.write_line("Position 1 is the oldest segment. A key counts in every segment that has a record for it.");
  if (arguments.exact) print_contents(contents, console);
  return ExitCode::kOk;
}

}  // namespace sediment::cli

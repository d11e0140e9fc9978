#include "viz/shows/shows.h"

#include <algorithm>
#include <iterator>

#include "viz/shows/all_shows.h"
#include "viz/shows/recorded.h"

namespace sediment::viz {

namespace {

struct Show {
  ShowInfo info;
  Made (*make)();
};

constexpr Show kShows[] = {
    {{"first-append", "First append"}, make_first_append},
    {{"overwrite", "Overwrite and garbage"}, make_overwrite},
    {{"probe-chain", "Probe chain"}, make_probe_chain},
    {{"rotation", "Rotation"}, make_rotation},
    {{"lookup", "Lookup through four segments"}, make_lookup},
    {{"merge", "Merge"}, make_merge},
    {{"tombstone-too-early", "A tombstone too early"}, make_tombstone_too_early},
    {{"not-durable", "Written is not durable"}, make_not_durable},
    {{"torn-tail", "Torn tail"}, make_torn_tail},
    {{"crash-in-publish", "Crash during a merge's publish"}, make_crash_in_publish},
    {{"why-a-log", "Why a log?"}, make_why_a_log},
    {{"what-fsync-costs", "What an fsync costs"}, make_what_fsync_costs},
    {{"merge-policy", "When is a merge worth its cost?"}, make_merge_policy},
    {{"rot-or-tear", "Rot or tear"}, make_rot_or_tear},
    {{"snapshot-and-fast-open", "Snapshot and fast open"}, make_snapshot_and_fast_open},
    {{"failing-fsync", "An fsync that fails"}, make_failing_fsync},
    {{"reader-beside-writer", "A reader beside a writer"}, make_reader_beside_writer},
    {{"limits", "The limits"}, make_limits},
};

// Too short for a show, and not among them: the panel Guarantees plays them.
constexpr Show kRecordedRuns[] = {
    {{"body-not-checked", "A value that is not checked"}, make_body_not_checked},
    {{"inputs-removed-first", "Inputs removed first"}, make_inputs_removed_first},
};

}  // namespace

const std::vector<ShowInfo>& shows() {
  static const std::vector<ShowInfo> all = [] {
    std::vector<ShowInfo> infos;
    for (const Show& show : kShows) infos.push_back(show.info);
    return infos;
  }();
  return all;
}

Made make_show(std::string_view name) {
  for (const Show& run : kRecordedRuns) {
    if (run.info.name == name) return run.make();
  }
  for (const Show& show : kShows) {
    if (show.info.name == name) return show.make();
  }
  return no_such_show(name);
}

bool is_show(std::string_view name) {
  return std::any_of(std::begin(kShows), std::end(kShows), [&](const Show& show) { return show.info.name == name; });
}

Status no_such_show(std::string_view name) {
  std::string names;
  for (const Show& show : kShows) names += (names.empty() ? "" : ", ") + std::string(show.info.name);
  return Status::not_found("there is no show \"" + std::string(name) + "\"; there are: " + names);
}

}  // namespace sediment::viz

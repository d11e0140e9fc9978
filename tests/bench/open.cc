// Sessions of several processes: the first fills a store and is killed, the next opens what is left and closes it, a
// third opens the closed store. Run with many sizes, they also yield the growth curves.
#include <cmath>

#include "tests/bench/fill.h"
#include "tests/bench/session.h"

namespace sediment::bench {
namespace {

struct Plan {
  std::uint64_t keys = 0;
  bool is_measured = false;  // yields rows
  bool is_fill_row = false;  // one of the rows is fill-random
  bool is_on_curves = false;
};

// Fills, and dies without closing anything.
void fill_and_die(Session& session, const Plan& plan) {
  const Stream order = shuffled(plan.keys, 12);
  const auto store = session.open(plan.keys);
  session.begins("fill-random " + short_count(plan.keys));
  Timing timing;
  if (plan.is_on_curves || plan.is_fill_row) {
    const Details before = store->counters();
    timing = fill_timed(*store, order, session.settings().limit_seconds);
    if (plan.is_fill_row) {
      session.report_rate("fill-random", short_count(plan.keys), timing, counters_since(*store, before));
    }
    if (plan.is_on_curves) session.report_point("fill-by-keys", "", static_cast<double>(plan.keys), timing.rate());
  }
  fill_rest(*store, order, timing.operations);
  session.end_killed();
}

// From the start of the open to the first answer.
double seconds_to_first_get(Contestant& store, const Session& session, std::uint64_t keys) {
  const Key key(keys / 2);
  std::string value;
  const Clock::time_point start = Clock::now();
  store.open({session.directory(), keys, Durability::kProcess});
  const auto reader = store.reader();
  const bool is_found = reader->get(key.view(), &value);
  const double seconds = seconds_since(start);
  if (!is_found) throw WrongValue("a key that was put is not found after opening");
  Values().check(keys / 2, value);
  return seconds;
}

// The bytes of the index; a store that cannot report them reports nothing.
void report_index(Session& session, Contestant& store, const Plan& plan) {
  const Details counters = store.counters();
  const auto index = counters.find("index_bytes");
  if (index == counters.end()) return;
  const auto keys = static_cast<double>(plan.keys);
  if (plan.is_measured) {
    session.report({"index-memory", short_count(plan.keys), "bytes/key", index->second / keys, 0, "", counters});
  }
  if (plan.is_on_curves) session.report_point("memory-by-keys", "", keys, index->second);
}

void open_and_report(Session& session, const Plan& plan, bool was_killed) {
  const char* const workload = was_killed ? "open-after-kill" : "open-clean";
  session.begins(std::string(workload) + " " + short_count(plan.keys));
  const auto store = session.make();
  const double seconds = seconds_to_first_get(*store, session, plan.keys);
  if (plan.is_measured) session.report({workload, short_count(plan.keys), "s", seconds, 1, "", {}});
  if (plan.is_on_curves && was_killed) {
    session.report_point("open-by-keys", "", static_cast<double>(plan.keys), seconds);
  }
  store->settle();
  if (!was_killed) report_index(session, *store, plan);  // everything is sealed now
  store->close();
}

// A store in memory has only its index to report.
void fill_and_report_index(Session& session, const Plan& plan) {
  const auto store = session.open(plan.keys);
  const Timing timing = fill_timed(*store, shuffled(plan.keys, 12), 60);
  if (plan.is_fill_row) session.report_rate("fill-random", short_count(plan.keys), timing);
  report_index(session, *store, plan);
}

Group open_group(const Plan& plan, std::vector<std::string> contestants) {
  Group group;
  group.name = "open " + short_count(plan.keys);
  group.expected_seconds = static_cast<double>(plan.keys) / 2.5e5;
  if (plan.is_measured) group.workloads = {"open-clean", "open-after-kill", "index-memory"};
  if (plan.is_fill_row) group.workloads.emplace_back("fill-random");
  if (plan.is_on_curves) group.curves = {"fill-by-keys", "open-by-keys", "memory-by-keys"};
  group.contestants = std::move(contestants);
  group.phases = {[plan](Session& session) { fill_and_die(session, plan); },
                  [plan](Session& session) { open_and_report(session, plan, true); },
                  [plan](Session& session) { open_and_report(session, plan, false); }};
  return group;
}

Group memory_group(const Plan& plan) {
  Group group = open_group(plan, {"unordered-map"});
  group.name = "index " + short_count(plan.keys);
  group.expected_seconds /= 5;
  group.workloads = {"index-memory"};
  if (plan.is_fill_row) group.workloads.emplace_back("fill-random");
  group.phases = {[plan](Session& session) { fill_and_report_index(session, plan); }};
  return group;
}

// Putting 5M keys one by one takes SQLite more than a minute.
void skip_large_sqlite(Session& session) {
  const std::string variant = short_count(session.settings().large_keys);
  for (const char* workload : {"fill-random", "open-clean", "open-after-kill"}) {
    session.skip(workload, variant, "filling it would take several minutes per round");
  }
}

// Sizes that only the curves need; the others come from the measured sessions.
std::vector<Group> growth_groups(const Settings& settings) {
  std::vector<Group> groups;
  const std::uint64_t largest = settings.quick ? settings.keys : 10'000'000;
  for (const std::uint64_t keys :
       {10'000ULL, 30'000ULL, 100'000ULL, 300'000ULL, 1'000'000ULL, 3'000'000ULL, 10'000'000ULL}) {
    if (keys > largest) break;
    std::vector<std::string> contestants = {"sediment", "kyoto"};
    if (keys <= 1'000'000) contestants.emplace_back("leveldb");
    Group group = open_group({keys, false, false, true}, contestants);
    group.name = "growth, " + short_count(keys) + " keys";
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace

std::vector<Group> open_groups(const Settings& settings) {
  std::vector<Group> groups{open_group({settings.keys, true, false, false}, persistent_contestants()),
                            memory_group({settings.keys, true, false, false})};
  if (!settings.quick) {
    const Plan large{settings.large_keys, true, true, false};
    groups.push_back(open_group(large, {"sediment", "leveldb", "rocksdb", "lmdb", "tkrzw", "kyoto"}));
    groups.push_back(memory_group(large));
    groups.push_back(
        {"skipped", 0.01, {"open-clean", "open-after-kill", "fill-random"}, {}, {"sqlite"}, {skip_large_sqlite}});
  }
  if (settings.curves) {
    for (Group& group : growth_groups(settings)) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace sediment::bench

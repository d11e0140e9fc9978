#include "tests/bench/fill.h"

#include "tests/bench/session.h"

namespace sediment::bench {
namespace {

constexpr std::uint64_t kOrderSeed = 11;

Group fill_group(const std::string& workload, std::uint64_t keys, bool is_random) {
  const auto phase = [workload, keys, is_random](Session& session) {
    const Stream order = is_random ? shuffled(keys, kOrderSeed) : ascending(keys);
    const auto contestant = session.open(keys);
    session.begins(workload);
    const Details before = contestant->counters();
    const Timing timing = fill_timed(*contestant, order, session.settings().limit_seconds);
    session.report_rate(workload, short_count(keys), timing, counters_since(*contestant, before));
    contestant->close();
  };
  return {
      workload + " " + short_count(keys), static_cast<double>(keys) / 1e6, {workload}, {}, all_but_text_log(), {phase}};
}

}  // namespace

Timing fill_timed(Contestant& contestant, const Stream& order, double limit_seconds) {
  Values values;
  Key key;
  return run_timed(order.size(), limit_seconds, [&](std::uint64_t i) {
    key.set(order[i]);
    contestant.put(key.view(), values.make(order[i], 0));
  });
}

void fill_rest(Contestant& contestant, const Stream& order, std::size_t begin) {
  if (begin == order.size()) return;
  Values values;
  Key key;
  contestant.begin_bulk();
  for (std::size_t i = begin; i < order.size(); ++i) {
    key.set(order[i]);
    contestant.put(key.view(), values.make(order[i], 0));
  }
  contestant.end_bulk();
}

Details counters_since(Contestant& contestant, const Details& before) {
  Details counters = contestant.counters();
  for (auto& [name, value] : counters) {
    const bool is_state = name == "segments" || name == "index_bytes" || name.starts_with("longest");
    if (!is_state) value -= before.at(name);
  }
  return counters;
}

// fill-random of 1M is measured by the session that then reads what it has filled (core.cc), that of 5M by the session
// that opens it (open.cc).
std::vector<Group> fill_groups(const Settings& settings) {
  std::vector<Group> groups{fill_group("fill-seq", settings.keys, false)};
  if (!settings.quick) groups.push_back(fill_group("fill-seq", settings.large_keys, false));
  return groups;
}

}  // namespace sediment::bench

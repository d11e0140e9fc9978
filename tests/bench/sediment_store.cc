#include "tests/bench/sediment_store.h"

#include <chrono>
#include <thread>
#include <tuple>

namespace sediment::bench {

void check_ok(const Status& status) {
  if (!status.ok()) throw Failure(status.to_string());
}

std::unique_ptr<Store> open_sediment(const std::filesystem::path& directory, const Options& options) {
  auto opened = Store::open(directory, options);
  check_ok(opened.status());
  return std::move(*opened);
}

void fill_sediment(Store& store, const Stream& order) {
  Values values;
  Key key;
  for (const std::uint32_t index : order) {
    key.set(index);
    check_ok(store.put(key.view(), values.make(index, 0)));
  }
}

void check_background(const Stats& stats) {
  if (!stats.last_merge_error.empty()) throw Failure("merging: " + stats.last_merge_error);
  if (!stats.last_snapshot_error.empty()) throw Failure("snapshot: " + stats.last_snapshot_error);
}

void settle_sediment(Store& store) {
  const auto look = [&store] {
    const Stats stats = store.stats();
    check_background(stats);
    return std::tuple(stats.merges, stats.snapshots_written, stats.size_bytes(), stats.segments.size());
  };
  auto before = look();
  for (int quiet_steps = 0; quiet_steps < 3;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const auto now = look();
    quiet_steps = now == before && !store.merge_under_way() ? quiet_steps + 1 : 0;
    before = now;
  }
}

std::unique_ptr<Store> open_in_segments(const Session& session, std::uint64_t segments) {
  const std::uint64_t keys = session.settings().keys;
  const std::uint64_t keys_of_one = (keys + segments - 1) / segments;
  Options options;
  options.merge_policy.automatic = false;
  options.segment_size_bytes = kSegmentHeaderSize + (keys_of_one + 1) * record_size(kKeySize, kValueSize);
  auto store = open_sediment(session.directory(), options);
  const Stream order = shuffled(keys, 14);
  for (std::uint64_t begin = 0; begin < keys; begin += keys_of_one) {
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(std::min(keys, begin + keys_of_one));
    fill_sediment(*store, Stream(first, last));
    check_ok(store->roll());
  }
  settle_sediment(*store);
  return store;
}

std::vector<Group> sediment_groups(const Settings& settings) {
  std::vector<Group> groups;
  for (const auto& make : {latency_groups, segment_groups, space_groups}) {
    for (Group& group : make(settings)) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace sediment::bench

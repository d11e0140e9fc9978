#include "viz/model/policy_costs.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "engine/store.h"
#include "sim/base/random.h"
#include "sim/disk/sim_disk.h"

namespace sediment::viz {

namespace {

constexpr std::uint64_t kSegmentBytes = 1024;
constexpr std::uint64_t kHotKeys = 8;
constexpr std::size_t kWritesPerGet = 3;

class CountedLookups : public Observer {
 public:
  void on_event(const Event& event) override {
    if (event.kind == EventKind::kProbed) ++segments_asked;
  }
  std::uint64_t segments_asked = 0;
};

std::string key_of(std::uint64_t number) { return "page" + std::to_string(100 + number); }
std::string value_of(std::size_t write) { return std::to_string(1'000'000 + write); }

// Without the MANIFEST: with segments as small as these, it would be more than they are.
std::uint64_t bytes_in_segments(const sim::Trace& trace) {
  std::uint64_t bytes = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<sim::DiskOperation>(&entry);
    const bool is_append = operation != nullptr && operation->kind == sim::DiskOperation::Kind::kAppend;
    if (is_append && parse_segment_file_name(operation->name)) bytes += operation->bytes.size();
  }
  return bytes;
}

// Most writes go to a few keys, as in most stores, so that there is garbage to collect.
std::optional<PolicyCost> measure(double growth_factor) {
  sim::Trace trace;
  CountedLookups lookups;
  Options options;
  options.segment_size_bytes = kSegmentBytes;
  options.first_reservation_bytes = kSegmentBytes;
  options.background_merge = false;
  options.snapshots = false;
  options.merge_policy.automatic = growth_factor < std::numeric_limits<double>::infinity();
  options.merge_policy.growth_factor = growth_factor;
  options.merge_policy.stall_factor = std::max(options.merge_policy.stall_factor, growth_factor);
  options.observer = &lookups;
  auto opened = Store::open(std::make_shared<sim::SimDisk>(sim::DiskState(), sim::SimDiskOptions(), &trace), options);
  if (!opened.ok()) return std::nullopt;
  Store& store = **opened;

  sim::Random random(1);
  std::uint64_t given = 0;
  std::uint64_t gets = 0;
  double space = 0;
  const auto put = [&](const std::string& key, std::size_t write) {
    const std::string value = value_of(write);
    given += key.size() + value.size();
    return store.put(key, value).ok();
  };
  for (std::size_t i = 0; i < kPolicyKeys; ++i) {
    if (!put(key_of(i), i)) return std::nullopt;
  }
  const auto live = static_cast<double>(kPolicyKeys * record_size(key_of(0).size(), value_of(0).size()));
  for (std::size_t i = 0; i < kPolicyWrites; ++i) {
    const bool is_hot = random.below(4) != 0;
    if (!put(key_of(random.below(is_hot ? kHotKeys : kPolicyKeys)), i)) return std::nullopt;
    space += static_cast<double>(store.stats().size_bytes()) / live;
    if (i % kWritesPerGet != 0) continue;
    std::string value;
    if (!store.get(key_of(random.below(kPolicyKeys)), &value).ok()) return std::nullopt;
    ++gets;
  }
  return PolicyCost{static_cast<double>(bytes_in_segments(trace)) / static_cast<double>(given),
                    space / static_cast<double>(kPolicyWrites),
                    static_cast<double>(lookups.segments_asked) / static_cast<double>(gets)};
}

}  // namespace

std::vector<PolicyCost> measure_policies() {
  std::vector<PolicyCost> costs;
  for (const double growth_factor : kGrowthFactors) {
    const std::optional<PolicyCost> cost = measure(growth_factor);
    if (!cost) return {};
    costs.push_back(*cost);
  }
  return costs;
}

}  // namespace sediment::viz

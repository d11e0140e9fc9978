#include "sim/explore/guidance.h"

#include <algorithm>

#include "sim/explore/report.h"

namespace sediment::sim {

namespace {

// How much of a script is explored. A run of a script costs as much as some dozens of disks, so there are more than that
// of them; and two disks from one script say less than two from two.
constexpr std::size_t kPointsPerScript = 48;
constexpr std::size_t kCrashesPerPoint = 12;
constexpr std::size_t kPointsPerRecovery = 3;
constexpr std::size_t kCrashesInRecovery = 4;
constexpr std::uint64_t kRecoveriesPerStruckOne = 6;  // of six recoveries, one is struck; of those inside another, half
constexpr std::uint64_t kDisksPerContinuation = 6;
constexpr std::size_t kCallsPerScript = 3;

constexpr std::uint64_t kRare = 8;        // a situation is rare until it has been reached so often
constexpr std::uint64_t kKnownAfter = 6;  // scripts with and without a feature, before it is compared

std::string place_of(const DiskOperation* last) { return last == nullptr ? "nothing" : kind_of(*last); }

}  // namespace

template <typename Tried>
std::size_t Guidance::rarest(std::size_t count, Tried tried) {
  auto best = static_cast<std::size_t>(random_.below(count));
  for (int i = 1; i < 3; ++i) {
    const auto other = static_cast<std::size_t>(random_.below(count));
    if (tried(other) < tried(best)) best = other;
  }
  return best;
}

void Guidance::reach(const std::string& situation) {
  if (situations_[situation]++ < kRare) ++rare_;
}

// ---- features

bool Guidance::draw_feature(const std::string& feature) {
  const Tally& tally = features_[feature];
  const std::uint64_t draw = random_.below(8);
  if (tally.scripts_with < kKnownAfter || tally.scripts_without < kKnownAfter) return draw < 4;
  const bool reaches_more = tally.rare_with * tally.scripts_without > tally.rare_without * tally.scripts_with;
  return draw < (reaches_more ? 6U : 3U);
}

void Guidance::end_script(const std::set<std::string>& features, const std::vector<std::string>& all,
                          const std::map<std::string, std::uint64_t>& events) {
  for (const auto& [name, count] : events) reach("script · " + name);
  for (const std::string& feature : all) {
    Tally& tally = features_[feature];
    const bool is_on = features.contains(feature);
    ++(is_on ? tally.scripts_with : tally.scripts_without);
    (is_on ? tally.rare_with : tally.rare_without) += rare_;
  }
  rare_ = 0;
}

// ---- crashes

std::vector<bool> Guidance::points(const std::vector<const DiskOperation*>& operations, std::size_t inside) {
  const std::size_t most = inside == 0 ? kPointsPerScript : kPointsPerRecovery;
  std::vector<bool> struck(operations.size() + 1, operations.size() < most);
  if (operations.size() < most) return struck;
  std::vector<std::string> places{place_of(nullptr)};
  for (const DiskOperation* operation : operations) places.push_back(place_of(operation));
  for (std::size_t i = 0; i < most; ++i) {
    const auto tried = [&](std::size_t point) { return struck_places_[{places[point], inside}]; };
    const std::size_t point = rarest(places.size(), tried);
    if (!struck[point]) ++struck_places_[{places[point], inside}];
    struck[point] = true;
  }
  return struck;
}

std::vector<CrashChoice> Guidance::crashes(std::vector<CrashChoice> possible, const DiskOperation* last,
                                           std::size_t inside) {
  std::map<Fault, std::vector<std::size_t>> by_fault;
  for (std::size_t i = 0; i < possible.size(); ++i) {
    if (faults_.contains(possible[i].fault)) by_fault[possible[i].fault].push_back(i);
  }
  if (by_fault.empty()) return {};
  std::vector<Fault> faults;
  faults.reserve(by_fault.size());
  for (const auto& [fault, choices] : by_fault) faults.push_back(fault);
  const Place place{place_of(last), inside};
  std::set<std::size_t> chosen;
  const std::size_t most = inside == 0 ? kCrashesPerPoint : kCrashesInRecovery;
  for (std::size_t i = 0; i < most; ++i) {
    const Fault fault = faults[rarest(faults.size(), [&](std::size_t at) { return struck_[{place, faults[at]}]; })];
    ++struck_[{place, fault}];
    const std::vector<std::size_t>& choices = by_fault[fault];
    chosen.insert(choices[static_cast<std::size_t>(random_.below(choices.size()))]);
  }
  std::vector<CrashChoice> crashes;
  crashes.reserve(chosen.size());
  for (const std::size_t i : chosen) crashes.push_back(std::move(possible[i]));
  return crashes;
}

bool Guidance::strikes_recovery(std::size_t inside) {
  return random_.below(inside == 1 ? kRecoveriesPerStruckOne : 2) == 0;
}

bool Guidance::works_on() { return random_.below(kDisksPerContinuation) == 0; }

void Guidance::judged(const CrashChoice& crash, const DiskOperation* last, std::size_t inside,
                      const std::map<std::string, std::uint64_t>& recovery) {
  std::string situation(name_of(crash.fault));
  if (inside > 0) situation += " in recovery " + std::to_string(inside);
  situation += " · " + place_of(last);
  for (const auto& [name, count] : recovery) {
    if (count > 0) situation += " · " + name;
  }
  reach(situation);
}

// ---- failing calls

std::vector<CallFault> Guidance::calls(std::vector<CallFault> possible) {
  // What the n-th call is does not matter here, only its kind and the way in which it fails.
  const auto kind = [&](std::size_t i) {
    CallFault call = possible[i];
    call.n = 1;
    return to_string(call);
  };
  std::set<std::size_t> chosen;
  for (std::size_t i = 0; i < kCallsPerScript && !possible.empty(); ++i) {
    const std::size_t call = rarest(possible.size(), [&](std::size_t at) { return failed_calls_[kind(at)]; });
    ++failed_calls_[kind(call)];
    chosen.insert(call);
  }
  std::vector<CallFault> calls;
  calls.reserve(chosen.size());
  for (const std::size_t i : chosen) calls.push_back(possible[i]);
  return calls;
}

void Guidance::judged(const CallFault& call) {
  CallFault first = call;
  first.n = 1;
  reach("fail " + to_string(first));
}

}  // namespace sediment::sim

#include "viz/model/crash_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "sim/base/plural.h"
#include "sim/run/judge.h"
#include "sim/run/store_adapter.h"
#include "viz/model/store_format.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kMostWrites = 120;     // unsynced; every pair of them makes a different disk
constexpr std::size_t kMostNameChanges = 8;  // unsynced; every subset of them makes a different disk
constexpr std::size_t kMostDisks = 2000;     // with more, the cells are too small to see

// Crashes that need not be counted first: a kill, and power cuts that take all, or only the contents or the names.
std::vector<sim::CrashChoice> few_choices() {
  using Scope = sim::CrashChoice::Scope;
  return {{.fault = sim::Fault::kCleanKill},
          {.fault = sim::Fault::kLoseUnsynced},
          {.fault = sim::Fault::kLoseUnsynced, .scope = Scope::kContents},
          {.fault = sim::Fault::kLoseUnsynced, .scope = Scope::kDirectory}};
}

// What the store answers for each key that the twin may know.
Answers ask_all(sim::StoreAdapter& store, const Twin& twin) {
  Answers answers;
  for (const std::string& key : twin.keys()) {
    std::string value;
    const Status status = store.get(key, &value);
    if (status.ok()) answers.found[key] = value;
    if (status.is(StatusCode::kCorruption)) answers.corrupt.insert(key);
  }
  return answers;
}

}  // namespace

void CrashGrid::look_at(const Moment& moment, std::optional<std::size_t> most) {
  state_ = moment.disk;
  twin_ = moment.twin;
  scenario_ = moment.scenario;
  damaged_ = moment.damaged;
  disks_.clear();
  judged_ = 0;
  left_out_ = 0;

  std::size_t writes = 0;
  for (const auto& [name, id] : state_.names()) writes += state_.file(id).unsynced.size();
  too_many_ = writes > kMostWrites || state_.unsynced_changes().size() > kMostNameChanges;
  if (too_many_ && !most) return;

  sim::CrashSite site(state_, moment.last);
  std::vector<sim::CrashChoice> choices =
      too_many_ ? few_choices() : site.choices(sim::device_profiles()[0], sim::Tears::kThreePlaces);
  left_out_ = too_many_ ? 1 : 0;
  const std::size_t room = std::min(most.value_or(kMostDisks), kMostDisks);
  std::unordered_map<std::uint64_t, std::size_t> known;  // by fingerprint: the index in disks_
  for (sim::CrashChoice& choice : choices) {
    if (disks_.size() == room) {
      ++left_out_;
      continue;
    }
    const Result<sim::PlannedDisk> planned = site.plan(choice);
    if (!planned.ok()) continue;
    const auto [place, is_new] = known.try_emplace(planned->fingerprint(), disks_.size());
    if (is_new) {
      disks_.push_back({.choice = std::move(choice), .fingerprint = planned->fingerprint()});
    } else {
      ++disks_[place->second].choices;
    }
  }
  std::stable_sort(disks_.begin(), disks_.end(),
                   [](const Disk& a, const Disk& b) { return a.choice.fault < b.choice.fault; });
}

std::size_t CrashGrid::with_changes(std::size_t of, sim::Kept changes) {
  const sim::CrashChoice& like = disks_[of].choice;
  const bool loses_writes =
      like.fault == sim::Fault::kLoseUnsynced && like.scope != sim::CrashChoice::Scope::kDirectory;
  sim::CrashChoice choice{.fault = sim::Fault::kKeepSubset};
  choice.writes = like.fault == sim::Fault::kKeepSubset ? like.writes : loses_writes ? sim::kKeepNone : sim::kKeepAll;
  const sim::Kept all = sim::bit_of(state_.unsynced_changes().size()) - 1;  // kMostNameChanges at most
  choice.changes = (changes & all) == all ? sim::kKeepAll : changes & all;
  const Result<sim::PlannedDisk> planned = sim::CrashSite(state_).plan(choice);
  if (!planned.ok()) return of;
  const auto known = std::find_if(disks_.begin(), disks_.end(),
                                  [&](const Disk& disk) { return disk.fingerprint == planned->fingerprint(); });
  if (known != disks_.end()) return static_cast<std::size_t>(known - disks_.begin());
  disks_.push_back({.choice = choice, .fingerprint = planned->fingerprint()});
  return disks_.size() - 1;
}

bool CrashGrid::work(double seconds) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  while (judged_ < disks_.size()) {
    judge(disks_[judged_++]);
    if (std::chrono::duration<double>(Clock::now() - start).count() > seconds) break;
  }
  return judged_ < disks_.size();
}

CrashGrid::Disk CrashGrid::recovered(std::size_t number) const {
  Disk disk = disks_.at(number);
  judge(disk);
  return disk;
}

void CrashGrid::judge(Disk& disk) const {
  Result<sim::DiskState> image = sim::crash_image(state_, disk.choice);
  if (!image.ok()) return;
  // The engine lists its pairs; a text log must be asked for each key.
  const std::set<std::string> keys = scenario_.store == sim::kEngineName ? std::set<std::string>() : twin_.keys();
  const sim::Opened opened = sim::open_on(std::move(*image), scenario_, **store_kind_of(scenario_), 1, keys);
  if (!opened.ok()) {
    disk.verdict = Verdict::kForbidden;
    disk.what = opened.problem();
    if (damaged_ && opened.status.is(StatusCode::kCorruption)) {
      judge_corruption(disk, opened.store.get(), opened.problem());
    }
    return;
  }
  if (twin_.came_late()) {
    disk.verdict = Verdict::kAll;
    disk.what = fmt::format("it opens and holds {}", sim::plural(opened.contents.size(), "pair"));
    return;
  }
  const std::optional<std::size_t> prefix = twin_.matching({opened.contents, {}});
  if (!prefix) {
    disk.verdict = Verdict::kForbidden;
    disk.what = fmt::format("it holds {}, and no prefix of the writes explains them",
                            sim::plural(opened.contents.size(), "pair"));
    return;
  }
  disk.lost = twin_.writes() - *prefix;
  disk.verdict = disk.lost == 0 ? Verdict::kAll : Verdict::kAllowed;
  disk.what = disk.lost == 0 ? "after recovery every write is there"
                             : fmt::format("after recovery {} lost; no sync had covered {}",
                                           sim::plural(disk.lost, "write"), disk.lost == 1 ? "it" : "them");
}

// On a damaged disk a report of corruption is right, as long as every other answer is.
void CrashGrid::judge_corruption(Disk& disk, sim::StoreAdapter* store, const std::string& problem) const {
  if (store == nullptr) {
    disk.verdict = Verdict::kDetected;
    disk.what = "the damage is detected: " + problem;
    return;
  }
  const Answers answers = ask_all(*store, twin_);
  if (!twin_.came_late() && !twin_.matching(answers)) {
    disk.what = "keys that are not reported as corrupt have wrong values";
    return;
  }
  disk.verdict = Verdict::kDetected;
  disk.what = twin_.came_late() ? "the damage is detected: " + problem
                                : fmt::format(
                                      "the damage is detected: the store opens, reports {} as corrupt, and "
                                      "answers all others rightly",
                                      sim::plural(answers.corrupt.size(), "key"));
}

std::size_t CrashGrid::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(disks_.begin(), disks_.end(), [&](const Disk& disk) { return disk.verdict == verdict; }));
}

bool may_report_corruption(const Scene& scene, const sim::Scenario& scenario) {
  return scenario.without.empty() ? scene.damaged() : scene.twin().damaged();
}

BitRot flip_bit(const sim::DiskState& disk, const std::string& file, std::uint64_t offset, unsigned bit,
                const Twin& twin, const sim::Scenario& scenario) {
  BitRot rot{file, offset, bit, false, false, {}};
  sim::CrashChoice choice{.fault = sim::Fault::kBitRot};
  choice.file = file;
  choice.byte = offset;
  choice.bit = bit;
  Result<sim::DiskState> image = sim::crash_image(disk, choice);
  if (!image.ok()) {
    rot.what = std::string(image.status().message());
    return rot;
  }
  const auto sim_disk =
      std::make_shared<sim::SimDisk>(std::move(*image), sim::SimDiskOptions{scenario.seed, scenario.reserve_space});
  Result<std::unique_ptr<sim::StoreAdapter>> store = (*store_kind_of(scenario))->open(sim_disk, scenario, nullptr);
  if (!store.ok()) {
    rot.noticed = store.status().is(StatusCode::kCorruption);
    rot.wrong = !rot.noticed;
    rot.what = "the store does not open: " + store.status().to_string();
    return rot;
  }
  const std::string recovery = (*store)->recovery();
  // At the end of a log, nothing tells rot from a tear.
  const bool is_cut = recovery.find(" cut from ") != std::string::npos;
  const char* const unnoticed = is_cut ? "recovery ends the log there, as if it were torn, because no later record "
                                         "proves that it was synced"
                                       : "no check notices";
  std::string corrupt;
  std::string lost;  // a key whose newest write is gone
  const sim::Contents now = twin.now();
  for (const std::string& key : twin.keys()) {  // also those that were deleted
    const auto there = now.find(key);
    const std::optional<std::string> value = there == now.end() ? std::nullopt : std::optional(there->second);
    std::string found;
    const Status status = (*store)->get(key, &found);
    if (status.is(StatusCode::kCorruption)) {
      rot.noticed = true;
      corrupt = key;
      continue;
    }
    const std::optional<std::string> answer = status.ok() ? std::optional(found) : std::nullopt;
    if (answer == value) continue;
    lost = key;
    if (twin.may_hold(key, answer)) continue;  // recovery treated it as a torn write
    rot.wrong = true;
    rot.what = answer ? fmt::format("get {} answers {}: {}", key, found, unnoticed)
                      : fmt::format("get {} finds nothing: {}", key, unnoticed);
  }
  if (rot.wrong) return rot;
  if (rot.noticed) {
    rot.what = fmt::format("the store opens; get {} says that it is corrupt, and all others are right", corrupt);
  } else if (!lost.empty()) {
    rot.noticed = true;
    rot.what = fmt::format(
        "recovery ends the log there, as if it were torn: the newest write of {} was not durable, and is gone", lost);
  } else {
    rot.what = "nothing that counts has changed: every key has its value";
  }
  if (!recovery.empty()) rot.what += " (" + recovery + ")";
  return rot;
}

}  // namespace sediment::viz

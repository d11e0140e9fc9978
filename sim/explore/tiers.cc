#include "sim/explore/tiers.h"

#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

#include "sim/explore/explore_errors.h"

namespace sediment::sim {

namespace {

constexpr std::array<std::string_view, 3> kNames{"exhaustive", "errors", "at-rest"};

// The store setups under which each script is explored.
struct Setting {
  SyncPolicy sync = SyncPolicy::kNever;
  std::uint64_t segment_size = 128;
  bool reserve_space = true;
  Snapshots snapshots = Snapshots::kOn;
};
constexpr std::array<Setting, 4> kSettings{{{SyncPolicy::kNever, 128, true, Snapshots::kOn},
                                            {SyncPolicy::kEveryWrite, 128, true, Snapshots::kOn},
                                            {SyncPolicy::kNever, 256, false, Snapshots::kMixed},
                                            {SyncPolicy::kNever, 128, true, Snapshots::kOff}}};

// Closed stores with at least three segments: overwritten, removed, merged in part, and with hostile bytes.
constexpr std::array<std::array<const char*, 12>, 3> kAtRestScripts{{
    {"put a 1", "put b 2", "put gone here", "roll", "put a 3", "put d ", "roll", "remove gone", "put c 4", "roll",
     "put e 5", "remove b"},
    {"put a 1", "roll", "remove a", "put b 2", "roll", "put c 3", "roll", "merge 2..3", "put a 4", "roll", "put d 5",
     "remove c"},
    {"put a 11111111111111111111111111111111", "put a 2", "put b 3", "roll", "put a 4", "roll", "put a 5", "remove b",
     "roll", "put b 66666666666666666", "reopen", "put c 7"},
}};

struct Unit {
  std::vector<Scenario> scripts;
};

// A value shows where it was written; b's values are so long that two of them fill a segment of 128 bytes.
Step step_at(const std::string& verb, std::size_t position) {
  Step step = step_of(verb);
  if (step[0] == "put") step.push_back(std::string(step[1] == "b" ? 39 : 1, static_cast<char>('0' + position)));
  return step;
}

class Units {
 public:
  explicit Units(const TierOptions& options) : options_(options) {
    if (options.tier == Tier::kAtRest) {
      add_at_rest();
    } else {
      add_scripts();
    }
  }

  std::vector<Unit> take() { return std::move(units_); }

 private:
  std::size_t operations() const {
    if (options_.operations != 0) return options_.operations;
    return options_.tier == Tier::kExhaustive ? 4 : 3;
  }

  // A unit holds the scripts of one length that begin with the same two operations.
  void add_scripts() {
    const std::vector<std::string>& verbs = options_.explore.kind->verbs;
    std::uint64_t total = 0;
    for (std::size_t length = 1, count = verbs.size(); length <= operations(); ++length, count *= verbs.size()) {
      total += count * kSettings.size();
    }
    std::uint64_t number = 0;
    for (std::size_t length = 1; length <= operations(); ++length) {
      for (const Setting& setting : kSettings) {
        std::vector<std::size_t> digits(length, 0);
        Unit unit;
        while (true) {
          if (is_within_budget(number++, total)) unit.scripts.push_back(scenario_of(setting, digits));
          std::size_t changed = length;  // count up
          while (changed > 0 && ++digits[changed - 1] == verbs.size()) digits[--changed] = 0;
          if (changed <= 2 && !unit.scripts.empty()) {
            units_.push_back(std::move(unit));
            unit = {};
          }
          if (changed == 0) break;
        }
      }
    }
  }

  void add_at_rest() {
    std::uint64_t number = 0;
    const std::uint64_t total = kAtRestScripts.size() * kSettings.size();
    for (const auto& script : kAtRestScripts) {
      for (const Setting& setting : kSettings) {
        if (!is_within_budget(number++, total)) continue;
        Scenario scenario = scenario_of(setting, {});
        scenario.title = "a closed store";
        for (const char* step : script) scenario.steps.push_back(step_of(step));
        units_.push_back({{std::move(scenario)}});
      }
    }
  }

  // Evenly: one of every total / budget scripts.
  bool is_within_budget(std::uint64_t number, std::uint64_t total) const {
    if (options_.budget == 0 || options_.budget >= total) return true;
    const std::uint64_t rotated = (number + options_.seed * 7919) % total;
    return rotated * options_.budget / total != (rotated + 1) * options_.budget / total;
  }

  Scenario scenario_of(const Setting& setting, const std::vector<std::size_t>& digits) const {
    Scenario scenario;
    scenario.store = options_.explore.kind->name;
    scenario.segment_size = setting.segment_size;
    scenario.sync = setting.sync;
    scenario.reserve_space = setting.reserve_space;
    scenario.snapshots = setting.snapshots;
    scenario.seed = options_.seed;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      scenario.steps.push_back(step_at(options_.explore.kind->verbs[digits[i]], i + 1));
      scenario.title += (i > 0 ? " · " : "") + options_.explore.kind->verbs[digits[i]];
    }
    return scenario;
  }

  const TierOptions& options_;
  std::vector<Unit> units_;
};

Result<ExploreReport> explore_script(const Scenario& script, const TierOptions& options, SeenDisks* seen) {
  ExploreOptions explore_options = options.explore;
  explore_options.rot_samples = 0;
  explore_options.only_last_step = true;
  explore_options.most_violations = 1;
  switch (options.tier) {
    case Tier::kExhaustive: {
      Result<ExploreReport> report = explore(script, explore_options, {}, seen);
      if (!report.ok() || report->clean()) return report;
      // That was the first violation; the simplest one with a single crash is more useful.
      explore_options.recovery_depth = 0;
      explore_options.most_violations = 100;
      ExploreReport simple;
      if (Result<ExploreReport> shallow = explore(script, explore_options); shallow.ok()) simple.add(*shallow, 1);
      if (!simple.clean()) report->violations = std::move(simple.violations);
      return report;
    }
    case Tier::kErrors: return explore_errors(script, explore_options, seen);
    case Tier::kAtRest: break;
  }
  return explore_at_rest(script, explore_options);
}

}  // namespace

std::string_view name_of(Tier tier) { return kNames.at(static_cast<std::size_t>(tier)); }

std::optional<Tier> parse_tier(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return static_cast<Tier>(i);
  }
  return std::nullopt;
}

Status check_verbs(const StoreKind& kind) {
  const auto wrong = [&](const std::string& what) {
    return Status::invalid_argument("the store \"" + kind.name + "\" " + what);
  };
  if (kind.verbs.empty()) return wrong("has no verbs: there is nothing to search");
  for (const std::string& verb : kind.verbs) {
    const Step step = step_of(verb);
    const bool has_key = step.size() == 2 && (step[0] == "put" || step[0] == "remove" || step[0] == "get");
    const bool is_alone = step.size() == 1 && (step[0] == "sync" || step[0] == "roll" || step[0] == "reopen");
    const bool is_merge = step[0] == "merge" && (step.size() == 1 || (step.size() == 2 && step[1] == "step"));
    if (has_key || is_alone || is_merge) continue;
    return wrong("has the verb \"" + verb +
                 "\"; a verb must be one of put KEY, remove KEY, get KEY, sync, roll, merge, merge step, reopen");
  }
  return {};
}

unsigned threads_of(const TierOptions& options) {
  return options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
}

namespace {

// Threads that share one job. If one of them throws, its part ends, and join() rethrows.
class Workers {
 public:
  explicit Workers(std::function<void()> work) : work_(std::move(work)) {}
  ~Workers() { wait(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Starts `count` threads besides this one, or as many as the system allows.
  void start(unsigned count) {
    try {
      for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { guarded(); });
    } catch (const std::system_error&) {
      // Fewer threads do the same in more time.
    }
  }
  /// Does its own share of the work, then waits for the others.
  void join() {
    guarded();
    wait();
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  void guarded() {
    try {
      work_();
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
    }
  }
  void wait() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::function<void()> work_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::exception_ptr thrown_;  // guarded by mutex_
};

}  // namespace

ExploreReport run_tier(const TierOptions& options, const Progress& progress) {
  const Status verbs = check_verbs(*options.explore.kind);
  require(verbs.ok(), "a search can be made of the verbs");
  const std::vector<Unit> all = Units(options).take();
  std::vector<const Unit*> units;
  std::uint64_t scripts = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % options.shard.count != options.shard.index) continue;
    units.push_back(&all[i]);
    scripts += all[i].scripts.size();
  }

  std::vector<ExploreReport> reports(units.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::uint64_t done = 0;  // guarded by mutex
  Workers workers([&] {
    for (std::size_t i = next++; i < units.size(); i = next++) {
      SeenDisks seen;
      for (const Scenario& script : units[i]->scripts) {
        if (reports[i].clean()) {  // one violation of a unit is enough
          Result<ExploreReport> report = explore_script(script, options, &seen);
          require(report.ok(), "a script of a tier can be explored");
          reports[i].add(*report, options.explore.most_violations);
        }
        const std::lock_guard<std::mutex> lock(mutex);
        ++done;
        if (progress) progress(done, scripts);
      }
    }
  });
  workers.start(threads_of(options) - 1);
  workers.join();

  ExploreReport sum;
  sum.title = std::string(name_of(options.tier));
  for (const ExploreReport& report : reports) sum.add(report, options.explore.most_violations);
  if (options.tier == Tier::kAtRest && options.shard.index == 0 && options.explore.kind == &engine_kind()) {
    sum.add(explore_rot_against_tear(options.explore), options.explore.most_violations);
  }
  return sum;
}

}  // namespace sediment::sim

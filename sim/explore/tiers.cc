#include "sim/explore/tiers.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <tuple>

#include "sim/base/plural.h"
#include "sim/explore/explore_errors.h"
#include "sim/explore/workers.h"

namespace sediment::sim {

namespace {

constexpr std::array<std::string_view, 4> kNames{"exhaustive", "errors", "at-rest", "random"};

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

// So many can be numbered, and so many searched.
constexpr std::uint64_t kMostScripts = 1'000'000'000'000;
constexpr std::uint64_t kMostSearched = 2'000'000;
constexpr std::uint64_t kMostRandom = 1'000'000'000;  // these are not listed

// Closed stores with at least three segments: overwritten, removed, merged in part, and with hostile bytes.
constexpr std::array<std::array<const char*, 12>, 3> kAtRestScripts{{
    {"put a 1", "put b 2", "put gone here", "roll", "put a 3", "put d ", "roll", "remove gone", "put c 4", "roll",
     "put e 5", "remove b"},
    {"put a 1", "roll", "remove a", "put b 2", "roll", "put c 3", "roll", "merge 2..3", "put a 4", "roll", "put d 5",
     "remove c"},
    {"put a 11111111111111111111111111111111", "put a 2", "put b 3", "roll", "put a 4", "roll", "put a 5", "remove b",
     "roll", "put b 66666666666666666", "reopen", "put c 7"},
}};

// A value shows where it was written; b's values are so long that two of them fill a segment of 128 bytes.
Step step_at(const std::string& verb, std::size_t position) {
  Step step = step_of(verb);
  if (step[0] == "put") step.push_back(std::string(step[1] == "b" ? 39 : 1, static_cast<char>('0' + position)));
  return step;
}

std::size_t longest(const TierOptions& options) {
  if (options.operations != 0) return options.operations;
  return options.tier == Tier::kExhaustive ? 4 : 3;
}

// All of a tier, saturated.
std::uint64_t scripts_of(const TierOptions& options) {
  if (options.tier == Tier::kAtRest) return kAtRestScripts.size() * kSettings.size();
  if (options.tier == Tier::kRandom) return options.budget == 0 ? kRandomScripts : options.budget;
  std::uint64_t total = 0;
  std::uint64_t count = kSettings.size();
  for (std::size_t length = 1; length <= longest(options) && total < kMostScripts; ++length) {
    count = std::min(count * options.explore.kind->verbs.size(), kMostScripts);
    total += count;
  }
  return total;
}

class Units {
 public:
  explicit Units(const TierOptions& options) : options_(options) {
    switch (options.tier) {
      case Tier::kAtRest: add_at_rest(); break;
      case Tier::kRandom: add_series(); return;
      default: add_scripts(); break;
    }
    std::vector<TierUnit> mine;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (i % options.shard.count == options.shard.index) mine.push_back(std::move(units_[i]));
    }
    units_ = std::move(mine);
    const bool is_engine = options.explore.kind == &engine_kind();
    if (options.tier == Tier::kAtRest && options.shard.index == 0 && is_engine &&
        !options.explore.without.leaves_out(Fault::kBitRot)) {
      units_.push_back({{}, true});
    }
  }

  std::vector<TierUnit> take() { return std::move(units_); }

 private:
  // A unit holds the scripts of one length that begin with the same two operations.
  void add_scripts() {
    const std::size_t verbs = options_.explore.kind->verbs.size();
    const std::vector<std::uint64_t> numbers = chosen(scripts_of(options_));
    std::tuple<std::size_t, std::size_t, std::size_t> unit_of_last{0, 0, 0};
    for (const std::uint64_t number : numbers) {
      // Shorter scripts first; of one length, one setting after the other.
      std::uint64_t rest = number;
      std::size_t length = 1;
      std::uint64_t count = verbs;
      for (; rest >= count * kSettings.size(); ++length, count *= verbs) rest -= count * kSettings.size();
      const auto setting = static_cast<std::size_t>(rest / count);
      std::vector<std::size_t> digits(length);
      rest %= count;
      for (std::size_t i = length; i > 0; --i, rest /= verbs) digits[i - 1] = static_cast<std::size_t>(rest % verbs);
      const std::tuple unit{length, setting, digits[0] * verbs + (length > 1 ? digits[1] : 0)};
      if (units_.empty() || unit != unit_of_last) units_.emplace_back();
      unit_of_last = unit;
      units_.back().scripts.push_back(scenario_of(kSettings.at(setting), digits));
    }
  }

  // Evenly: one of every total / budget.
  std::vector<std::uint64_t> chosen(std::uint64_t total) const {
    std::vector<std::uint64_t> numbers;
    const bool all = options_.budget == 0 || options_.budget >= total;
    const std::uint64_t count = all ? total : options_.budget;
    for (std::uint64_t i = 1; i <= count; ++i) {
      const std::uint64_t rotated = (i * total + count - 1) / count - 1;
      numbers.push_back(all ? i - 1 : (rotated + total - options_.seed % total * 7919 % total) % total);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  // Those of this shard alone: there may be millions.
  void add_series() {
    const std::uint64_t total = scripts_of(options_);
    for (std::uint64_t i = options_.shard.index; i * kSeriesLength < total; i += options_.shard.count) {
      const std::uint64_t first = i * kSeriesLength;
      units_.push_back({.scripts = {}, .series = RandomSeries{i, std::min(kSeriesLength, total - first)}});
    }
  }

  void add_at_rest() {
    for (const std::uint64_t number : chosen(kAtRestScripts.size() * kSettings.size())) {
      const auto& script = kAtRestScripts.at(static_cast<std::size_t>(number) / kSettings.size());
      Scenario scenario = scenario_of(kSettings.at(static_cast<std::size_t>(number) % kSettings.size()), {});
      scenario.title = "a closed store";
      for (const char* step : script) scenario.steps.push_back(step_of(step));
      units_.push_back({{std::move(scenario)}});
    }
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
  std::vector<TierUnit> units_;
};

// Of a script that fails, so many causes are looked for.
constexpr std::size_t kCausesOfAScript = 8;

}  // namespace

Result<ExploreReport> explore_script(const Scenario& script, const TierOptions& options, SeenDisks* seen) {
  ExploreOptions explore_options = options.explore;
  explore_options.rot_samples = 0;
  explore_options.only_last_step = true;
  explore_options.most_violations = kCausesOfAScript;
  switch (options.tier) {
    case Tier::kExhaustive: return explore(script, explore_options, {}, seen);
    case Tier::kErrors: return explore_errors(script, explore_options, seen);
    case Tier::kAtRest: return explore_at_rest(script, explore_options, seen);
    case Tier::kRandom: break;
  }
  return Status::invalid_argument("a random script is explored together with those before it");
}

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

Status check_size(const TierOptions& options) {
  const std::uint64_t all = scripts_of(options);
  if (options.tier == Tier::kRandom) {
    if (all <= kMostRandom) return {};
    return Status::invalid_argument(grouped(all) + " random scripts are too many: the most are " +
                                    grouped(kMostRandom));
  }
  const std::uint64_t searched = options.budget == 0 ? all : std::min(all, options.budget);
  if (all < kMostScripts && searched <= kMostSearched) return {};
  return Status::invalid_argument("there are " + (all < kMostScripts ? grouped(all) : "too many") +
                                  " scripts of up to " + std::to_string(longest(options)) +
                                  " operations: choose a smaller --operations, or a --budget of at most " +
                                  grouped(kMostSearched));
}

unsigned threads_of(const TierOptions& options) {
  return options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
}

std::vector<TierUnit> units_of(const TierOptions& options) {
  const Status verbs = check_verbs(*options.explore.kind);
  require(verbs.ok(), "a search can be made of the verbs");
  require(check_size(options).ok(), "the scripts of a search can be listed");
  return Units(options).take();
}

namespace {

ExploreReport explore_scripts(const TierUnit& unit, const TierOptions& options, const UnitProgress& progress,
                              SeenDisks& seen) {
  ExploreReport report;
  // Most scripts of a unit fail from the same bug. When each last operation has had its turn and no other cause has come
  // up, the rest would show nothing new.
  std::size_t without_news = 0;
  const std::size_t enough = std::max<std::size_t>(options.explore.kind->verbs.size(), 2);
  for (std::size_t i = 0; i < unit.scripts.size(); ++i) {
    const bool goes_on = report.clean() || without_news < enough;
    if (goes_on && (!progress.begins || progress.begins(i, &report))) {
      Result<ExploreReport> explored = explore_script(unit.scripts[i], options, &seen);
      require(explored.ok(), "a script of a tier can be explored");
      const std::size_t causes = report.violations.size();
      report.add(*explored, kAllCauses);
      without_news = report.violations.size() > causes ? 0 : without_news + 1;
    }
    if (progress.done) progress.done();
  }
  return report;
}

}  // namespace

UnitFindings explore_unit(const TierUnit& unit, const TierOptions& options, const UnitProgress& progress) {
  UnitFindings findings;
  SeenDisks seen;
  if (options.keeps_disks) seen.keep_fingerprints();
  if (unit.is_rot_against_tear) {
    findings.report = explore_rot_against_tear(options.explore, &seen);
  } else if (unit.series) {
    findings.report =
        explore_series(*unit.series, options, &seen, &findings.situations, progress.begins, progress.done);
  } else {
    findings.report = explore_scripts(unit, options, progress, seen);
  }
  findings.disks = seen.take_fingerprints();
  std::sort(findings.disks.begin(), findings.disks.end());
  findings.disks.erase(std::unique(findings.disks.begin(), findings.disks.end()), findings.disks.end());
  return findings;
}

ExploreReport sum_of(const std::vector<ExploreReport>& reports, const TierOptions& options) {
  ExploreReport sum;
  sum.title = std::string(name_of(options.tier));
  for (const ExploreReport& report : reports) sum.add(report, kAllCauses);
  return sum;
}

ExploreReport run_tier(const TierOptions& options, const Progress& progress) {
  if (progress) progress(0, 0);
  const std::vector<TierUnit> units = units_of(options);
  std::uint64_t scripts = 0;
  for (const TierUnit& unit : units) scripts += unit.size();
  std::vector<ExploreReport> reports(units.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::uint64_t done = 0;  // guarded by mutex
  Workers workers([&] {
    for (std::size_t i = next++; i < units.size(); i = next++) {
      const auto one_done = [&] {
        const std::lock_guard<std::mutex> lock(mutex);
        ++done;
        if (progress) progress(done, scripts);
      };
      reports[i] = explore_unit(units[i], options, {.done = one_done}).report;
    }
  });
  workers.start(threads_of(options) - 1);
  workers.join();
  return sum_of(reports, options);
}

}  // namespace sediment::sim

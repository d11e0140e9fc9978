#include "sim/explore/random_tier.h"

#include <algorithm>
#include <set>
#include <string>

#include "engine/format.h"
#include "sim/explore/explore.h"
#include "sim/explore/explore_errors.h"
#include "sim/explore/random_script.h"
#include "sim/explore/tiers.h"

namespace sediment::sim {

namespace {

constexpr std::uint64_t kDiskSeeds = 8;
constexpr std::uint64_t kRotPerPoint = 1;
constexpr std::size_t kCausesOfAScript = 4;

// What strikes the script, with the options of the tier.
ExploreOptions options_for(const std::set<Fault>& faults, const TierOptions& options, Guidance* guidance) {
  ExploreOptions chosen = options.explore;
  chosen.sampler = guidance;
  chosen.most_violations = kCausesOfAScript;
  chosen.every_bit_at_the_end = false;
  chosen.rot_samples = faults.contains(Fault::kBitRot) ? kRotPerPoint : 0;
  if (!faults.contains(Fault::kCrashInRecovery)) chosen.recovery_depth = 0;
  return chosen;
}

ExploreReport explore_one(const RandomScript& script, const TierOptions& options, Guidance* guidance, SeenDisks* seen) {
  guidance->begin_script(script.faults());
  const ExploreOptions chosen = options_for(script.faults(), options, guidance);
  Result<ExploreReport> report = explore(script.scenario, chosen, {}, seen);
  require(report.ok(), "a random script can be explored");
  if (!script.has("fault failing calls") || !report->clean()) return std::move(*report);
  const Result<ExploreReport> errors = explore_errors(script.scenario, chosen, seen);
  require(errors.ok(), "calls can fail in a random script");
  ExploreReport failing = *errors;
  failing.scripts = 0;  // it is the same one
  report->add(failing, kAllCauses);
  return std::move(*report);
}

}  // namespace

ExploreReport explore_series(const RandomSeries& series, const TierOptions& options, SeenDisks* seen,
                             Situations* situations, const std::function<bool(std::size_t, ExploreReport*)>& begins,
                             const std::function<void()>& done) {
  const StoreKind& kind = *options.explore.kind;
  Random random(options.seed * 0x9e3779b97f4a7c15 + series.number);
  Guidance guidance(random.next());
  const std::vector<std::string> features = features_of(kind);
  const std::size_t longest = options.operations == 0 ? kLongestRandomScript : options.operations;
  ExploreReport sum;
  // Most scripts of a store with a bug fail from the same one: when that many in a row show no other cause, the series ends.
  std::size_t without_news = 0;
  const std::size_t enough = std::max<std::size_t>(kind.verbs.size(), 2);
  for (std::size_t i = 0; i < series.scripts; ++i) {
    const std::uint64_t script_seed = random.next();
    const std::uint64_t disk_seed = options.seed + random.below(kDiskSeeds);
    const bool goes_on = sum.clean() || without_news < enough;
    if (goes_on && (!begins || begins(i, &sum))) {
      const RandomScript script = random_script(kind, script_seed, disk_seed, longest, [&](const std::string& feature) {
        return guidance.draw_feature(feature);
      });
      const ExploreReport report = explore_one(script, options, &guidance, seen);
      guidance.end_script(script.features, features, report.coverage);
      const std::size_t causes = sum.violations.size();
      sum.add(report, kAllCauses);
      if (!report.clean()) without_news = sum.violations.size() > causes ? 0 : without_news + 1;
    }
    if (done) done();
  }
  if (situations != nullptr) *situations = guidance.situations();
  return sum;
}

}  // namespace sediment::sim

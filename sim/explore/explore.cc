#include "sim/explore/explore.h"

#include <algorithm>
#include <map>
#include <optional>

#include "engine/format.h"
#include "sim/base/random.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"
#include "sim/run/damage.h"
#include "sim/run/guarded_store.h"
#include "sim/run/oracle.h"
#include "sim/run/runner.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

bool tears(const CrashChoice& choice) {
  return choice.in_append || choice.fault == Fault::kTornByte || choice.fault == Fault::kTornSector ||
         choice.fault == Fault::kTornWords;
}

// The first operations of a trace that holds nothing before them.
std::vector<const DiskOperation*> operations_of(const Trace& trace, std::uint64_t count) {
  std::vector<const DiskOperation*> operations;
  for (const TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<DiskOperation>(&entry);
    if (operation == nullptr || operations.size() == count) break;
    operations.push_back(operation);
  }
  return operations;
}

// What is expected of a store opened on a disk.
struct Expectation {
  Bounds bounds;
  const Contents* exactly = nullptr;  // instead of the bounds
  std::uint64_t fingerprint = 0;      // of either
};

class Explorer {
 public:
  Explorer(const Scenario& scenario, const ExploreOptions& options, SeenDisks* seen)
      : scenario_(scenario),
        options_(options),
        runner_(scenario, *options.kind),
        random_(scenario.seed),
        seen_(seen != nullptr ? *seen : own_seen_) {
    report_.title = scenario.title;
    report_.scripts = 1;
  }

  Result<ExploreReport> run(const Progress& progress);

 private:
  // A crash of the story that leads to the disk being judged.
  struct Struck {
    CrashChoice choice;
    std::uint64_t after = 0;              // disk operations in the whole story, as a replay counts them
    const DiskOperation* last = nullptr;  // the one that was just done
  };
  // The story so far as a scenario, with everything until the last recovery.
  Scenario replay_of_story() const;

  void explore_point(std::uint64_t after, const DiskState& state, const DiskOperation* last);
  void judge(const DiskState& image, const Expectation& expectation);
  void judge_opened(Opened& opened, const DiskState& image, const Expectation& expectation, const Trace& trace,
                    bool deeper, Fault fault);
  void judge_recovery_crashes(const DiskState& image, const Trace& trace, std::uint64_t recovery_operations,
                              const Contents& shown, const Bounds& bounds);
  void judge_rot(CrashSite& site, const CrashChoice& rot, const DiskState& state, std::uint64_t after);
  std::vector<CrashChoice> rot_choices(const DiskState& state, bool every_bit);
  std::optional<std::string> compare(const Opened& opened, const Expectation& expectation) const;
  std::vector<CrashChoice> choices_at(const CrashSite& site, Tears tears, const DiskOperation* last,
                                      std::size_t inside) const;

  std::size_t steps_until(std::uint64_t after) const;
  bool is_new_recovery(const DiskState& image, const Trace& trace, const Contents& shown,
                       const Expectation& expectation);
  bool is_new(const PlannedDisk& disk, std::uint64_t expectation, bool cache_survived, bool first);
  void violated(Oracle oracle, const std::string& sentence, const std::vector<Step>& afterwards = {});
  bool enough() const { return report_.violations.size() >= options_.most_violations; }
  Fault first_fault() const { return story_.front().choice.fault; }

  const Scenario& scenario_;
  const ExploreOptions& options_;
  Runner runner_;
  Random random_;
  ExploreReport report_;
  std::vector<std::uint64_t> step_ends_;  // disk operations done at the end of the i-th step; 0: the first open
  SeenDisks own_seen_;
  SeenDisks& seen_;
  std::vector<Struck> story_;
  std::vector<std::uint64_t> recovered_at_;    // operations in a replay when the i-th recovery of the story returns
  std::map<std::string, std::size_t> places_;  // where violations were found: their number in the report
};

Result<ExploreReport> Explorer::run(const Progress& progress) {
  if (Status s = check_explorable(scenario_); !s.ok()) return s;
  options_.note_faults(Fault::kCleanKill, Fault::kLostRemove, &report_);
  if (options_.rot_samples > 0) options_.note_faults(Fault::kBitRot, Fault::kBitRot, &report_);
  if (options_.recovery_depth > 0) options_.note_faults(Fault::kCrashInRecovery, Fault::kCrashInRecovery, &report_);
  if (witness() != nullptr) announce(scenario_, {});
  const StepReport last = runner_.run([&](const StepReport& step) {
    step_ends_.push_back(step.disk_operations);
    report_.count(step, *options_.kind);
  });
  if (last.failure.why == Failure::kNonsense) {
    return Status::invalid_argument("\"" + to_string(last.step) + "\": " + last.outcome);
  }
  if (!last.passed) {
    report_.add({Fault::kShuffledListing, Oracle::kSameAsMap,
                 "Without any crash, at \"" + to_string(last.step) + "\": " + last.outcome, scenario_},
                *options_.kind, options_.only);
    return report_;
  }
  report_.judged.count(Fault::kShuffledListing, Oracle::kSameAsMap);

  std::vector<const DiskOperation*> operations;
  for (const TraceEntry& entry : runner_.trace().entries()) {
    if (const auto* operation = std::get_if<DiskOperation>(&entry)) {
      operations.push_back(operation);
    }
    if (const auto* event = std::get_if<EventEntry>(&entry)) ++report_.coverage[std::string(name_of(event->kind))];
  }

  const std::size_t steps = step_ends_.size();
  // Even if the last step did nothing on the disk, it may have promised something: the end is always struck.
  const bool only_last = options_.only_last_step && steps >= 2;
  const std::uint64_t first = only_last ? std::min<std::uint64_t>(step_ends_[steps - 2] + 1, operations.size()) : 0;
  std::vector<bool> is_struck(operations.size() + 1, true);
  if (options_.sampler != nullptr) is_struck = options_.sampler->points(operations, 0);
  DiskState state;
  for (std::uint64_t k = 0; k <= operations.size() && !enough(); ++k) {
    if (k > 0) state.apply(*operations[k - 1]);
    if (k >= first && is_struck[k]) explore_point(k, state, k > 0 ? operations[k - 1] : nullptr);
    if (progress) progress(k + 1, operations.size() + 1);
  }
  return report_;
}

void Explorer::explore_point(std::uint64_t after, const DiskState& state, const DiskOperation* last) {
  ++report_.crash_points;
  CrashSite site(state, last);
  // An interrupted append had not returned: the bounds are those of the moment before.
  const Ledger& ledger = runner_.ledger();
  Expectation done{ledger.bounds_after(after)};
  Expectation interrupted{ledger.bounds_after(after > 0 ? after - 1 : 0)};
  for (Expectation* each : {&done, &interrupted}) each->fingerprint = ledger.fingerprint(each->bounds);

  for (const CrashChoice& choice : choices_at(site, Tears::kEveryByte, last, 0)) {
    if (enough()) return;
    if (!options_.wants(choice)) continue;
    Result<PlannedDisk> planned = site.plan(choice);
    require(planned.ok(), "a possible crash has a disk");
    ++report_.crashes;
    const Expectation& expectation = choice.in_append ? interrupted : done;
    if (!is_new(*planned, expectation.fingerprint, choice.fault == Fault::kCleanKill, true)) {
      // The disk was judged before, after another crash.
      report_.judged.count(choice.fault, Oracle::kPrefix);
      report_.judged.count(choice.fault, Oracle::kFixpoint);
      if (seen_.judged(Check::kSpace)) report_.judged.count(choice.fault, Oracle::kSpace);
      if (seen_.judged(Check::kStructure)) report_.judged.count(choice.fault, Oracle::kStructure);
      continue;
    }
    story_ = {{choice, after, last}};
    judge(std::move(*planned).build(), expectation);
  }
  const bool at_the_end = after == runner_.trace().operation_count();
  for (const CrashChoice& rot : rot_choices(state, at_the_end && options_.every_bit_at_the_end)) {
    if (enough()) return;
    if (!options_.wants(rot)) continue;
    judge_rot(site, rot, state, after);
  }
}

void Explorer::judge(const DiskState& image, const Expectation& expectation) {
  const bool deeper = story_.size() <= options_.recovery_depth &&
                      (options_.sampler == nullptr || options_.sampler->strikes_recovery(story_.size()));
  const bool first = story_.size() == 1;
  if (Witness* told = witness(); told != nullptr && told->wants_scenarios()) {
    announce(replay_of_story(), {}, first && options_.works_on ? options_.kind : nullptr);
  }
  Trace trace;
  Opened opened =
      open_on(image, scenario_, *options_.kind, story_.size(), runner_.ledger().keys(), deeper ? &trace : nullptr);
  const Fault fault = first ? first_fault() : Fault::kCrashInRecovery;
  report_.judged.count(fault, expectation.exactly != nullptr ? Oracle::kFixpoint : Oracle::kPrefix);
  if (const auto wrong = compare(opened, expectation)) {
    return violated(expectation.exactly != nullptr ? Oracle::kFixpoint : Oracle::kPrefix, *wrong);
  }
  try {
    judge_opened(opened, image, expectation, trace, deeper, fault);
  } catch (const StoreThrew& thrown) {  // what the rest of the story throws is caught there
    violated(Oracle::kFixpoint, thrown.what());
  }
}

void Explorer::judge_opened(Opened& opened, const DiskState& image, const Expectation& expectation, const Trace& trace,
                            bool deeper, Fault fault) {
  const bool first = story_.size() == 1;
  if (const auto wrong = opened.store->check_open(image, opened.disk->state())) {
    return violated(Oracle::kFixpoint, *wrong);
  }
  if (!opened.store->lacks(Check::kOpen)) report_.judged.count(fault, Oracle::kFixpoint);
  if (options_.sampler != nullptr) {
    options_.sampler->judged(story_.back().choice, story_.back().last, story_.size() - 1,
                             opened.store->recovery_counters());
  }
  if (first) {
    const auto counters = opened.store->recovery_counters();
    for (const auto& [name, count] : counters) report_.coverage[name] += count;
    if (tears(story_[0].choice) && counters.contains("tail-cut")) ++report_.coverage["torn-tail-cut"];
    ++report_.coverage["struck-by-" + std::string(name_of(fault))];
    if (opened.contents.size() < runner_.ledger().keys_after(expectation.bounds.acknowledged))
      ++report_.coverage["unsynced-writes-lost"];
  }
  if (deeper && is_new_recovery(image, trace, opened.contents, expectation))
    judge_recovery_crashes(image, trace, opened.operations, opened.contents, expectation.bounds);
  if (!first || enough() || !options_.works_on) return;
  if (options_.sampler != nullptr && !options_.sampler->works_on()) return;
  const Continuation continuation = judge_continuation(opened, scenario_, *options_.kind, story_.size() + 1,
                                                       runner_.ledger().keys(), fault, &report_.judged);
  report_.disks_judged += continuation.disks_judged;
  seen_.note_judged(continuation.checks);
  if (continuation.wrong) violated(continuation.oracle, *continuation.wrong, continuation.story);
}

void Explorer::judge_recovery_crashes(const DiskState& image, const Trace& trace, std::uint64_t recovery_operations,
                                      const Contents& shown, const Bounds& bounds) {
  // A replay counts the operations of this recovery after those of the earlier steps and recoveries.
  const bool cache_survived = story_.back().choice.fault == Fault::kCleanKill;
  const std::uint64_t operations_before =
      recovered_at_.empty() ? step_ends_[steps_until(story_.front().after)] : recovered_at_.back();
  const Expectation exact{bounds, &shown, fingerprint(shown)};
  const Expectation loose{bounds, nullptr, runner_.ledger().fingerprint(bounds)};
  recovered_at_.push_back(operations_before + recovery_operations);
  std::vector<bool> is_struck(recovery_operations + 1, true);
  if (options_.sampler != nullptr)
    is_struck = options_.sampler->points(operations_of(trace, recovery_operations), story_.size());
  DiskState state = image;
  std::uint64_t done = 0;
  for (const TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<DiskOperation>(&entry);
    if (operation == nullptr || done == recovery_operations || enough()) break;
    ++done;
    state.apply(*operation);
    if (!is_struck[done]) continue;
    // What an open has shown when it returns is durable, and on a disk without a cache it cannot show anything else.
    const bool returned = done == recovery_operations;
    const Expectation& expectation = returned || !cache_survived ? exact : loose;
    CrashSite site(state, operation);
    for (const CrashChoice& choice : choices_at(site, Tears::kThreePlaces, operation, story_.size())) {
      if (enough()) break;
      if (!options_.wants(choice)) continue;
      ++report_.crashes;
      ++report_.recovery_crashes;
      Result<PlannedDisk> planned = site.plan(choice);
      require(planned.ok(), "a possible crash has a disk");
      if (!is_new(*planned, expectation.fingerprint, choice.fault == Fault::kCleanKill, false)) continue;
      story_.push_back({choice, operations_before + done, operation});
      judge(std::move(*planned).build(), expectation);
      story_.pop_back();
    }
  }
  recovered_at_.pop_back();
}

std::vector<CrashChoice> Explorer::choices_at(const CrashSite& site, Tears tears, const DiskOperation* last,
                                              std::size_t inside) const {
  std::vector<CrashChoice> choices = site.choices(options_.profile, tears);
  return options_.sampler == nullptr ? choices : options_.sampler->crashes(std::move(choices), last, inside);
}

// ---- rot

std::vector<CrashChoice> Explorer::rot_choices(const DiskState& state, bool every_bit) {
  std::vector<CrashChoice> choices;
  std::vector<std::pair<std::string, std::uint64_t>> files;  // name, bits
  std::uint64_t bits = 0;
  for (const auto& [name, id] : state.names()) {
    files.emplace_back(name, state.file(id).cached.size() * 8);
    bits += files.back().second;
  }
  const std::uint64_t count = every_bit ? bits : std::min(bits, options_.rot_samples);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t bit = every_bit ? i : random_.below(bits);
    for (const auto& [name, size] : files) {
      if (bit >= size) {
        bit -= size;
        continue;
      }
      choices.push_back(
          {.fault = Fault::kBitRot, .file = name, .byte = bit / 8, .bit = static_cast<unsigned>(bit % 8)});
      break;
    }
  }
  return choices;
}

void Explorer::judge_rot(CrashSite& site, const CrashChoice& rot, const DiskState& state, std::uint64_t after) {
  Result<PlannedDisk> planned = site.plan(rot);
  require(planned.ok(), "a bit that is there can rot");
  ++report_.damages;
  report_.judged.count(Fault::kBitRot, Oracle::kVerdict);
  Bounds bounds = runner_.ledger().bounds_after(after);
  bounds.floor = floor_under_damage({*options_.kind, runner_.ledger(), runner_.trace()}, state, rot, after);
  story_ = {{rot, after, nullptr}};
  if (Witness* told = witness(); told != nullptr && told->wants_scenarios()) announce(replay_of_story(), {});

  const DamagedAnswer answer =
      judge_damaged_disk(std::move(*planned).build(), scenario_, *options_.kind, runner_.ledger(), bounds);
  if (answer.wrong) return violated(Oracle::kVerdict, "one wrong bit, and " + *answer.wrong);
  ++report_.coverage[answer.open_said_corruption ? "rot-noticed-by-open"
                     : answer.corrupt_keys > 0   ? "rot-noticed-by-get"
                                                 : "rot-did-no-harm"];
}

// ---- the rest

std::optional<std::string> Explorer::compare(const Opened& opened, const Expectation& expectation) const {
  if (!opened.ok()) return opened.problem();
  const Ledger& ledger = runner_.ledger();
  if (expectation.exactly == nullptr) {
    if (matching_prefix(ledger, expectation.bounds, opened.contents)) return std::nullopt;
    return explain_mismatch(ledger, expectation.bounds, opened.contents);
  }
  if (opened.contents == *expectation.exactly) return std::nullopt;
  return "the store shows something different from the previous recovery, " + std::to_string(opened.contents.size()) +
         " keys instead of " + std::to_string(expectation.exactly->size()) +
         ", or other values: a recovery must be repeatable";
}

// How many steps a replay must run to reach the disk operation: those that had ended, and the one under way.
std::size_t Explorer::steps_until(std::uint64_t after) const {
  const auto first_later = std::upper_bound(step_ends_.begin(), step_ends_.end(), after);
  const auto ended = static_cast<std::size_t>(first_later - step_ends_.begin());  // including the open
  const bool inside_a_step = ended == 0 || step_ends_[ended - 1] < after;
  return inside_a_step ? ended : ended - 1;
}

// Whether this is the first recovery that made these calls and showed these contents.
bool Explorer::is_new_recovery(const DiskState& image, const Trace& trace, const Contents& shown,
                               const Expectation& expectation) {
  if (options_.every_recovery) return true;
  std::uint64_t hash =
      fingerprint(shown) + (story_.back().choice.fault == Fault::kCleanKill ? expectation.fingerprint : 0);
  const auto add = [&](std::string_view bytes) { hash = checksum64(bytes, hash + bytes.size()); };
  const auto add_number = [&](std::uint64_t number) { hash = (hash ^ number) * 0x9e3779b97f4a7c15; };
  for (const auto& [name, id] : image.names()) {
    add(name);
    add_number(image.file(id).unsynced.size());
  }
  for (const auto& [name, id] : image.durable_names()) add(name);
  for (const TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<DiskOperation>(&entry);
    if (operation == nullptr) continue;
    add_number(static_cast<std::uint64_t>(operation->kind) + operation->offset * 16 + operation->size * 4096);
    add(operation->name);
    add(operation->new_name);
    add(operation->bytes);
  }
  const bool is_new = seen_.insert_recovery(hash);
  ++(is_new ? report_.recoveries_struck : report_.recoveries_alike);
  return is_new;
}

// `first`: this is the first crash of a story, after which more is judged than after later ones.
bool Explorer::is_new(const PlannedDisk& disk, std::uint64_t expectation, bool cache_survived, bool first) {
  const bool added = seen_.insert(disk.fingerprint(), expectation * 4 + (cache_survived ? 2 : 0) + (first ? 1 : 0));
  ++(added ? report_.disks_judged : report_.disks_skipped);
  return added;
}

Scenario Explorer::replay_of_story() const {
  Scenario replay = scenario_;
  replay.steps.resize(std::min(replay.steps.size(), steps_until(story_.front().after)));
  for (const Struck& struck : story_) {
    replay.steps.push_back(crash_step(struck.choice, struck.after));
    replay.steps.push_back({"recover"});
  }
  return replay;
}

void Explorer::violated(Oracle oracle, const std::string& sentence, const std::vector<Step>& afterwards) {
  const Struck& struck = story_.back();
  const std::string operation = struck.last != nullptr ? kind_of(*struck.last) : "";
  // Many crashes at one place show the same; the first one stands for them.
  const std::string place = std::string(name_of(oracle)) + " " + std::string(name_of(struck.choice.fault)) + " " +
                            operation + " " + std::to_string(story_.size()) + " " + std::to_string(afterwards.size());
  if (const auto known = places_.find(place); known != places_.end() && !options_.only) {
    ++report_.violation_count;
    ++report_.violations[known->second].alike;
    return;
  }
  Scenario replay = replay_of_story();
  Scenario before = scenario_;
  before.steps.resize(std::min(before.steps.size(), steps_until(story_.front().after)));
  std::string text =
      before.steps.empty() ? "While the store is being opened" : "After `" + steps_of(before.steps) + "`";
  for (const Struck& each : story_) {
    text += (&each == &story_.front() ? " " : "; during the recovery ") + explain(each.choice);
  }
  replay.steps.insert(replay.steps.end(), afterwards.begin(), afterwards.end());
  replay.title = scenario_.title + ": " + sentence;
  const std::uint64_t errors_before = report_.not_replayed;
  const std::size_t known_before = report_.violations.size();
  report_.add({struck.choice.fault, oracle, text + ". Then " + sentence, std::move(replay), operation}, *options_.kind,
              options_.only);
  if (report_.not_replayed == errors_before && report_.violations.size() > known_before) {
    places_[place] = report_.violations.size() - 1;
  }
}

}  // namespace

void ExploreOptions::note_faults(Fault first, Fault last, ExploreReport* report) const {
  for (auto i = static_cast<std::uint8_t>(first); i <= static_cast<std::uint8_t>(last); ++i) {
    const auto fault = static_cast<Fault>(i);
    if (!without.leaves_out(fault)) report->tried.emplace(name_of(fault));
  }
  report->left_out.insert(without.names().begin(), without.names().end());
}

ExploreOptions adjusted(ExploreOptions options) {
  if (options.without.leaves_out(Fault::kCrashInRecovery)) options.recovery_depth = 0;
  if (options.without.leaves_out(Fault::kBitRot)) options.rot_samples = 0;
  return options;
}

Result<ExploreReport> explore(const Scenario& scenario, const ExploreOptions& requested, const Progress& progress,
                              SeenDisks* seen) {
  const ExploreOptions options = adjusted(requested);
  if (options.recovery_depth > 0 && seen == nullptr) {
    // A violation that takes one crash is more useful than one that takes two, so it is searched for first.
    ExploreOptions shallow = options;
    shallow.recovery_depth = 0;
    Result<ExploreReport> report = Explorer(scenario, shallow, nullptr).run({});
    if (!report.ok() || !report->clean()) return report;
  }
  return Explorer(scenario, options, seen).run(progress);
}

}  // namespace sediment::sim

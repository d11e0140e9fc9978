#include "sim/explore.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_set>

#include "engine/manifest.h"
#include "engine/store.h"
#include "sim/crash.h"
#include "sim/oracle.h"
#include "sim/runner.h"
#include "sim/sim_disk.h"

namespace sediment::sim {

namespace {

// A key that no scenario uses; written behind a recovery to see that the store goes on.
constexpr std::string_view kProbeKey = "\x01probe";
constexpr std::string_view kProbeValue = "written after the recovery";

Step crash_step(const CrashChoice& choice, std::uint64_t after) {
  return step_of("crash " + to_string(choice) + " after " + std::to_string(after));
}

std::uint64_t fingerprint(const Contents& contents) {
  std::uint64_t hash = contents.size();
  for (const auto& [key, value] : contents) hash = checksum64(value, checksum64(key, hash));
  return hash;
}

bool tears(const CrashChoice& choice) { return choice.fault == Fault::kTornByte || choice.in_append; }

std::uint64_t tag_of(const Bounds& bounds, bool cache_survived) {
  return std::uint64_t{bounds.floor} << 32 | std::uint64_t{bounds.most()} << 1 | (cache_survived ? 1 : 0);
}

// What is expected of the store that opens on a disk.
struct Expectation {
  Bounds bounds;
  const Contents* exactly = nullptr;  // instead of the bounds
};

class Explorer {
 public:
  Explorer(const Scenario& scenario, const ExploreOptions& options)
      : scenario_(scenario), options_(options), runner_(scenario), random_(scenario.seed) {
    report_.title = scenario.title;
  }

  Result<ExploreReport> run(const std::function<void(std::uint64_t, std::uint64_t)>& progress);

 private:
  // An open of a disk, with what was seen.
  struct Opened {
    Trace trace;
    std::shared_ptr<SimDisk> disk;
    std::unique_ptr<Store> store;
    Contents contents;
  };

  void explore_point(std::uint64_t after, const DiskState& state, const DiskOperation* last);
  void judge(const DiskState& image, const CrashChoice& choice, std::uint64_t after);
  void judge_next_write(Opened& opened);
  void judge_recovery_crashes(const DiskState& image, const Opened& opened, std::uint64_t recovery_operations,
                              bool cache_survived, const Bounds& bounds);
  void judge_rot(const DiskState& state, const CrashChoice& rot, std::uint64_t after);
  std::vector<CrashChoice> rot_choices(const DiskState& state, bool every_bit);
  std::size_t rot_floor(const DiskState& state, const std::string& file, std::uint64_t after) const;

  std::optional<std::string> open_and_compare(const DiskState& image, const Expectation& expectation, Opened* opened);
  std::size_t steps_until(std::uint64_t after) const;
  bool is_new(const DiskState& image, std::uint64_t expectation);
  void count_recovery(const RecoveryReport& recovered);
  void violated(const std::string& sentence);
  bool enough() const { return report_.violations.size() >= options_.most_violations; }

  const Scenario& scenario_;
  const ExploreOptions& options_;
  Runner runner_;
  Random random_;
  ExploreReport report_;
  std::vector<std::uint64_t> step_ends_;             // disk operations done when the i-th step ended; 0: the first open
  std::map<std::string, std::uint64_t> created_by_;  // file name: the disk operation that created it
  std::unordered_set<std::uint64_t> seen_;
  std::vector<Step> story_;  // the crashes and recoveries that lead to what is being judged
  std::size_t story_steps_ = 0;
};

Result<ExploreReport> Explorer::run(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  for (const Step& step : scenario_.steps) {
    if (step[0] == "crash" || step[0] == "recover") {
      return Status::invalid_argument("\"" + to_string(step) + "\": an exploration brings its own crashes");
    }
  }
  const StepReport last = runner_.run([&](const StepReport& step) { step_ends_.push_back(step.disk_operations); });
  if (!last.passed) {
    return Status::invalid_argument("the scenario fails without any crash, at \"" + to_string(last.step) +
                                    "\": " + last.outcome);
  }

  std::vector<const DiskOperation*> operations;
  for (const TraceEntry& entry : runner_.trace().entries()) {
    if (const auto* operation = std::get_if<DiskOperation>(&entry)) {
      operations.push_back(operation);
      if (operation->kind == DiskOperation::Kind::kCreate) created_by_[operation->name] = operations.size();
    }
    if (const auto* event = std::get_if<EventEntry>(&entry)) ++report_.coverage[std::string(name_of(event->kind))];
  }

  DiskState state;
  for (std::uint64_t k = 0; k <= operations.size() && !enough(); ++k) {
    if (k > 0) state.apply(*operations[k - 1]);
    explore_point(k, state, k > 0 ? operations[k - 1] : nullptr);
    if (progress) progress(k + 1, operations.size() + 1);
  }
  return report_;
}

void Explorer::explore_point(std::uint64_t after, const DiskState& state, const DiskOperation* last) {
  ++report_.crash_points;
  for (const CrashChoice& choice : possible_crashes(state, last)) {
    if (enough()) return;
    Result<DiskState> image = crash_image(state, choice);
    require(image.ok(), "a possible crash has a disk");
    ++report_.crashes;
    judge(*image, choice, after);
  }
  const bool at_the_end = after == runner_.trace().operation_count();
  for (const CrashChoice& rot : rot_choices(state, at_the_end && options_.every_bit_at_the_end)) {
    if (enough()) return;
    judge_rot(state, rot, after);
  }
}

void Explorer::judge(const DiskState& image, const CrashChoice& choice, std::uint64_t after) {
  // An append that was interrupted had not returned: the bounds are those of the moment before.
  const Bounds bounds = runner_.ledger().bounds_after(choice.in_append ? after - 1 : after);
  const bool cache_survived = choice.fault == Fault::kCleanKill;
  if (!is_new(image, tag_of(bounds, cache_survived))) return;

  story_steps_ = steps_until(after);
  story_ = {crash_step(choice, after), {"recover"}};
  Opened opened;
  if (const auto wrong = open_and_compare(image, {bounds}, &opened)) return violated(*wrong);
  const std::uint64_t recovery_operations = opened.trace.operation_count();
  count_recovery(opened.store->recovery_report());
  if (tears(choice) && opened.store->recovery_report().bytes_cut > 0) ++report_.coverage["torn-tail-cut"];
  if (opened.contents.size() < runner_.ledger().after(bounds.acknowledged).size())
    ++report_.coverage["unsynced-writes-lost"];

  if (options_.crash_in_recovery) judge_recovery_crashes(image, opened, recovery_operations, cache_survived, bounds);
  if (!enough()) judge_next_write(opened);
}

// The recovered store takes one more write, and keeps it.
void Explorer::judge_next_write(Opened& opened) {
  story_.insert(story_.end(), {{"put", std::string(kProbeKey), std::string(kProbeValue)}, {"sync"}});
  Status status = opened.store->put(kProbeKey, kProbeValue);
  if (status.ok()) status = opened.store->sync();
  if (!status.ok()) return violated("after the recovery the store does not take a write: " + status.to_string());
  Result<DiskState> image = crash_image(opened.disk->state(), {.fault = Fault::kLoseUnsynced});
  story_.insert(story_.end(), {{"crash", "lose-unsynced"}, {"recover"}});
  Contents expected = opened.contents;
  expected.emplace(kProbeKey, kProbeValue);
  ++report_.disks_judged;
  Opened again;
  if (const auto wrong = open_and_compare(*image, {{}, &expected}, &again)) violated(*wrong);
}

void Explorer::judge_recovery_crashes(const DiskState& image, const Opened& opened, std::uint64_t recovery_operations,
                                      bool cache_survived, const Bounds& bounds) {
  const std::vector<Step> story = story_;
  // Replayed, the operations of this recovery are counted behind those of the steps that the replay runs.
  const std::uint64_t operations_before = step_ends_[story_steps_];
  DiskState state = image;
  std::uint64_t done = 0;
  for (const TraceEntry& entry : opened.trace.entries()) {
    const auto* operation = std::get_if<DiskOperation>(&entry);
    if (operation == nullptr) continue;
    if (done == recovery_operations) break;
    ++done;
    state.apply(*operation);
    const bool returned = done == recovery_operations;
    for (const CrashChoice& choice : possible_crashes(state, operation)) {
      if (enough()) return;
      // Inside an append three places are enough here: the first byte, the middle, all but the last.
      const std::uint64_t written = choice.in_append ? choice.byte : choice.byte - operation->offset;
      const std::uint64_t size = operation->bytes.size();
      if (tears(choice) && written != 1 && written != size / 2 && written != size - 1) continue;
      ++report_.crashes;
      ++report_.recovery_crashes;
      Result<DiskState> second = crash_image(state, choice);
      require(second.ok(), "a possible crash has a disk");
      // What an open has shown when it returns is durable; and on a disk without a cache it cannot show anything else.
      const bool exact = returned || !cache_survived;
      const Expectation expectation{bounds, exact ? &opened.contents : nullptr};
      if (!is_new(*second, exact ? fingerprint(opened.contents) : tag_of(bounds, true))) continue;
      story_ = story;
      story_.insert(story_.end(), {crash_step(choice, operations_before + done), {"recover"}});
      Opened again;
      if (const auto wrong = open_and_compare(*second, expectation, &again)) violated(*wrong);
    }
  }
  story_ = story;
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

// Damage to the unsealed log may look like a torn tail: of what it holds, nothing needs to survive.
std::size_t Explorer::rot_floor(const DiskState& state, const std::string& file, std::uint64_t after) const {
  const std::size_t floor = runner_.ledger().bounds_after(after).floor;
  const auto manifest_file = state.names().find(std::string(kManifestName));
  if (manifest_file == state.names().end()) return floor;
  Result<Manifest> manifest = parse_manifest(state.file(manifest_file->second).cached);
  const bool unsealed = manifest.ok() && manifest->active && segment_file_name(manifest->active->number) == file;
  if (!unsealed) return floor;
  return std::min(floor, runner_.ledger().bounds_after(created_by_.at(file)).acknowledged);
}

void Explorer::judge_rot(const DiskState& state, const CrashChoice& rot, std::uint64_t after) {
  Result<DiskState> image = crash_image(state, rot);
  require(image.ok(), "a bit that is there can rot");
  ++report_.rotten_bits;
  Bounds bounds = runner_.ledger().bounds_after(after);
  bounds.floor = rot_floor(state, rot.file, after);
  story_steps_ = steps_until(after);
  story_ = {crash_step(rot, after), {"recover"}};

  const auto disk =
      std::make_shared<SimDisk>(std::move(*image), SimDiskOptions{scenario_.seed, scenario_.reserve_space});
  Result<std::unique_ptr<Store>> store = Store::open(disk, scenario_.store_options());
  if (store.status().is(StatusCode::kCorruption)) {
    ++report_.coverage["rot-noticed-by-open"];
    return;
  }
  if (!store.ok())
    return violated("a wrong bit must be called corruption, and open says: " + store.status().to_string());

  // What each key says, where it says anything; a key may also answer with corruption.
  Contents keys;
  for (std::size_t n = bounds.floor; n <= bounds.most(); ++n) {
    keys.insert(runner_.ledger().after(n).begin(), runner_.ledger().after(n).end());
  }
  Contents found;
  std::set<std::string> corrupt;
  for (const auto& [key, ignored] : keys) {
    std::string value;
    const Status status = (*store)->get(key, &value);
    if (status.ok()) found[key] = value;
    if (status.is(StatusCode::kCorruption)) corrupt.insert(key);
  }
  if (!corrupt.empty()) ++report_.coverage["rot-noticed-by-get"];
  for (std::size_t n = bounds.most() + 1; n-- > bounds.floor;) {
    Contents expected = runner_.ledger().after(n);
    for (const std::string& key : corrupt) expected.erase(key);
    if (expected == found) {
      ++report_.coverage["rot-did-no-harm"];
      return;
    }
  }
  violated("one wrong bit, and " + explain_mismatch(runner_.ledger(), bounds, found));
}

// ---- the rest

// What is wrong with the store on this disk; none if nothing is.
std::optional<std::string> Explorer::open_and_compare(const DiskState& image, const Expectation& expectation,
                                                      Opened* opened) {
  opened->disk =
      std::make_shared<SimDisk>(image, SimDiskOptions{scenario_.seed + 1, scenario_.reserve_space}, &opened->trace);
  Result<std::unique_ptr<Store>> store = Store::open(opened->disk, scenario_.store_options());
  if (!store.ok()) return "the store does not open: " + store.status().to_string();
  opened->store = std::move(*store);
  Result<Contents> contents = read_everything(*opened->store);
  if (!contents.ok()) return "the store opens, and cannot be read: " + contents.status().to_string();
  opened->contents = std::move(*contents);

  const Ledger& ledger = runner_.ledger();
  if (expectation.exactly == nullptr) {
    if (matching_prefix(ledger, expectation.bounds, opened->contents)) return std::nullopt;
    return explain_mismatch(ledger, expectation.bounds, opened->contents);
  }
  if (opened->contents == *expectation.exactly) return std::nullopt;
  return "the store shows something else than the recovery before it, " + std::to_string(opened->contents.size()) +
         " keys instead of " + std::to_string(expectation.exactly->size()) +
         ", or other values: a recovery must be repeatable";
}

// How many steps a replay must run so that the disk operation is done: those that had ended, and the one under way.
std::size_t Explorer::steps_until(std::uint64_t after) const {
  const auto first_later = std::upper_bound(step_ends_.begin(), step_ends_.end(), after);
  const auto ended = static_cast<std::size_t>(first_later - step_ends_.begin());  // the open among them
  const bool inside_a_step = ended == 0 || step_ends_[ended - 1] < after;
  return inside_a_step ? ended : ended - 1;
}

bool Explorer::is_new(const DiskState& image, std::uint64_t expectation) {
  const bool added = seen_.insert(image.fingerprint() * 31 + expectation).second;
  ++(added ? report_.disks_judged : report_.disks_skipped);
  return added;
}

void Explorer::count_recovery(const RecoveryReport& recovered) {
  for (const std::string& name : recovered.files_removed) {
    ++report_.coverage[name == kManifestTemporaryName ? "unpublished-manifest-removed" : "unnamed-segment-removed"];
  }
  if (recovered.bytes_cut > 0) ++report_.coverage["tail-cut"];
  if (!recovered.active_file.empty() && recovered.records_scanned > 0) ++report_.coverage["active-log-rewritten"];
}

void Explorer::violated(const std::string& sentence) {
  Scenario replay = scenario_;
  replay.title = scenario_.title + ": " + sentence;
  replay.steps.resize(std::min(replay.steps.size(), story_steps_));
  replay.steps.insert(replay.steps.end(), story_.begin(), story_.end());
  report_.violations.push_back({sentence, std::move(replay)});
}

}  // namespace

Result<ExploreReport> explore(const Scenario& scenario, const ExploreOptions& options,
                              const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  if (!options.crash_in_recovery) return Explorer(scenario, options).run(progress);
  // A violation that takes one crash tells more than one that takes two, so those are looked for first.
  ExploreOptions shallow = options;
  shallow.crash_in_recovery = false;
  Result<ExploreReport> report = Explorer(scenario, shallow).run({});
  if (!report.ok() || !report->clean()) return report;
  return Explorer(scenario, options).run(progress);
}

nlohmann::json to_json(const ExploreReport& report) {
  nlohmann::json violations = nlohmann::json::array();
  for (const Violation& violation : report.violations) {
    violations.push_back({{"sentence", violation.sentence}, {"replay", to_json(violation.replay)}});
  }
  return {{"title", report.title},
          {"crash_points", report.crash_points},
          {"crashes", report.crashes},
          {"disks_judged", report.disks_judged},
          {"disks_skipped", report.disks_skipped},
          {"recovery_crashes", report.recovery_crashes},
          {"rotten_bits", report.rotten_bits},
          {"coverage", report.coverage},
          {"violations", violations}};
}

}  // namespace sediment::sim

#include "sim/explore/random_script.h"

#include <algorithm>
#include <array>

#include "sim/base/random.h"
#include "sim/run/judge.h"
#include "sim/run/runner.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

constexpr std::uint64_t kSegmentSize = 400;  // bytes
constexpr std::array<std::size_t, 4> kLengths{25, 50, 100, kLongestRandomScript};

constexpr std::string_view kVerb = "verb ";
constexpr std::string_view kFault = "fault ";
// The engine merges runs of segments, too; that is not among its verbs, since it needs the number of segments.
constexpr const char* kMergeRun = "verb merge run";

constexpr std::array<const char*, 5> kValues{"values empty", "values long", "values of one byte",
                                             "values from the disk", "values like records"};
constexpr std::array<const char*, 3> kKeys{"keys many", "keys few", "keys hostile"};
constexpr std::array<const char*, 5> kSettings{"sync every write", "space not reserved", "snapshots off",
                                               "snapshots mixed", "script long"};
constexpr std::array<Fault, 14> kFaults{
    Fault::kCleanKill,  Fault::kLoseUnsynced, Fault::kKeepSubset, Fault::kTornByte,       Fault::kTornSector,
    Fault::kTornWords,  Fault::kLostTruncate, Fault::kZeroExtent, Fault::kGarbageTail,    Fault::kLostCreate,
    Fault::kLostRename, Fault::kLostRemove,   Fault::kBitRot,     Fault::kCrashInRecovery};

std::string feature_of(Fault fault) { return std::string(kFault) + std::string(name_of(fault)); }

// "put" for "put a"; "merge step" for itself.
std::string verb_of(const std::string& step) {
  const std::string word = step.substr(0, step.find(' '));
  return word == "merge" ? step : word;
}

class Drawer {
 public:
  Drawer(const StoreKind& kind, std::uint64_t seed, std::size_t longest)
      : kind_(kind), random_(seed), longest_(longest) {}

  RandomScript take(std::uint64_t disk_seed, const std::function<bool(const std::string&)>& draw) {
    for (const std::string& feature : features_of(kind_)) {
      if (draw(feature)) script_.features.insert(feature);
    }
    choose_settings(disk_seed);
    choose_keys();
    choose_verbs();
    Runner runner(script_.scenario, kind_);
    StepReport last = runner.start();
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(longest_, length_));
    while (last.passed && script_.scenario.steps.size() < length) {
      script_.scenario.steps.push_back(next_step(runner));
      if (Witness* told = witness(); told != nullptr && told->wants_scenarios()) announce(script_.scenario, {});
      last = runner.perform(script_.scenario.steps.back());
    }
    return std::move(script_);
  }

 private:
  bool has(const std::string& feature) const { return script_.has(feature); }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }

  void choose_settings(std::uint64_t disk_seed) {
    Scenario& scenario = script_.scenario;
    scenario.title = "a random script";
    scenario.store = kind_.name;
    scenario.segment_size = kSegmentSize;
    scenario.sync = has("sync every write") ? SyncPolicy::kEveryWrite : SyncPolicy::kNever;
    scenario.reserve_space = !has("space not reserved");
    scenario.snapshots = has("snapshots off")     ? Snapshots::kOff
                         : has("snapshots mixed") ? Snapshots::kMixed
                                                  : Snapshots::kOn;
    scenario.seed = disk_seed;
    length_ = has("script long") ? kLengths.back() : kLengths[below(kLengths.size())];
  }

  void choose_keys() {
    const std::size_t few = 1 + below(4);
    const std::size_t count = has("keys many") ? kRandomKeys : has("keys few") ? few : 2 * few + 2;
    for (std::size_t i = 0; i < count; ++i) keys_.push_back("k" + std::to_string(i));
    if (!has("keys hostile")) return;
    // Zeros, bytes that are no text, a key as long as a segment's rest; and two with the same tag in the engine's index.
    const std::vector<std::string> hostile{
        std::string(8, '\0'), "\xff\xfe", std::string(120, 'k'), "key-035517", "key-082695", "K", "k", "k0 "};
    for (std::size_t i = 0; i < keys_.size(); i += 2)
      keys_[i] = hostile[(i / 2) % hostile.size()] + (i < 16 ? "" : keys_[i]);
  }

  void choose_verbs() {
    const auto add = [&](const std::string& verb, std::size_t weight) { verbs_.insert(verbs_.end(), weight, verb); };
    std::set<std::string> known;
    for (const std::string& step : kind_.verbs) {
      const std::string verb = verb_of(step);
      if (!known.insert(verb).second || verb == "put") continue;
      // Steps of a merge, and removals, are as frequent as the rest together, or nothing would come of them.
      if (has(std::string(kVerb) + verb)) add(verb, verb == "remove" || verb == "merge step" ? 4 : 1);
    }
    if (has(kMergeRun)) add("merge run", 2);
    add("put", std::max<std::size_t>(4, verbs_.size()));
  }

  Step next_step(Runner& runner) {
    const std::string verb = verbs_[below(verbs_.size())];
    const std::string key = keys_[below(keys_.size())];
    if (verb == "put") {
      std::string value = value_for(runner);
      return {verb, key, std::move(value)};
    }
    if (verb == "remove" || verb == "get") return {verb, key};
    if (verb != "merge run") return step_of(verb);
    const std::size_t segments = runner.store() == nullptr ? 1 : runner.store()->stats().segments.size();
    const std::size_t first = 1 + below(segments);
    const std::size_t last = std::min(first + below(3), segments);
    return {"merge", std::to_string(first) + ".." + std::to_string(last)};
  }

  // A value tells where it was written, unless a feature makes it something else.
  std::string value_for(const Runner& runner) {
    const std::string plain = "v" + std::to_string(script_.scenario.steps.size());
    std::vector<const char*> sorts;
    for (const char* const sort : kValues) {
      if (has(sort)) sorts.push_back(sort);
    }
    if (sorts.empty() || below(3) == 0) return plain;
    const std::string sort = sorts[below(sorts.size())];
    if (sort == "values empty") return {};
    if (sort == "values long") return plain + std::string(below(kSegmentSize), 'l');
    if (sort == "values of one byte") {
      const char fill = std::array<char, 4>{'\0', '\xff', '\x01', 'v'}[below(4)];
      return std::string(8 * below(9) + below(3), fill);
    }
    const std::string bytes = bytes_on_disk(runner);
    return sort == "values from the disk" ? bytes
                                          : std::string(8 * below(4), '\0') + bytes + bytes.substr(0, below(40));
  }

  // A piece of a file, as the store has written it: from a multiple of 8 bytes on, as records are.
  std::string bytes_on_disk(const Runner& runner) {
    const DiskState& state = runner.disk()->state();
    if (state.names().empty()) return {};
    const auto name = state.names().begin() + static_cast<std::ptrdiff_t>(below(state.names().size()));
    const std::string& contents = state.file(name->second).cached;
    const std::size_t from = 8 * below(contents.size() / 8 + 1);
    const std::size_t size = 1 + below(160);
    return from < contents.size() ? contents.substr(from, size) : std::string();
  }

  const StoreKind& kind_;
  Random random_;
  std::size_t longest_;
  std::size_t length_ = 0;
  RandomScript script_;
  std::vector<std::string> keys_;
  std::vector<std::string> verbs_;  // each as often as its weight says
};

}  // namespace

std::vector<std::string> features_of(const StoreKind& kind) {
  std::vector<std::string> features;
  for (const std::string& step : kind.verbs) {
    const std::string feature = std::string(kVerb) + verb_of(step);
    if (std::find(features.begin(), features.end(), feature) == features.end()) features.push_back(feature);
  }
  std::erase(features, std::string(kVerb) + "put");  // each script has it
  if (kind.name == kEngineName) features.emplace_back(kMergeRun);
  features.insert(features.end(), kValues.begin(), kValues.end());
  features.insert(features.end(), kKeys.begin(), kKeys.end());
  features.insert(features.end(), kSettings.begin(), kSettings.end());
  for (const Fault fault : kFaults) features.push_back(feature_of(fault));
  features.push_back(std::string(kFault) + "failing calls");
  return features;
}

std::set<Fault> RandomScript::faults() const {
  std::set<Fault> faults;
  for (const Fault fault : kFaults) {
    if (has(feature_of(fault))) faults.insert(fault);
  }
  // A script without any crash would be in vain.
  if (faults.empty() || *faults.begin() >= Fault::kBitRot) faults.insert(Fault::kLoseUnsynced);
  return faults;
}

RandomScript random_script(const StoreKind& kind, std::uint64_t seed, std::uint64_t disk_seed, std::size_t longest,
                           const std::function<bool(const std::string&)>& draw) {
  return Drawer(kind, seed, longest).take(disk_seed, draw);
}

}  // namespace sediment::sim

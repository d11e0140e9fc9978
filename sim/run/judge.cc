#include "sim/run/judge.h"

#include <algorithm>

#include "sim/run/guarded_store.h"
#include "sim/run/runner.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

// A key that no scenario uses; written after a recovery to see that the store still works.
constexpr std::string_view kProbeKey = "probe-key";
constexpr std::string_view kProbeValue = "written after the recovery";

bool has_verb(const StoreKind& kind, std::string_view verb) {
  return std::find(kind.verbs.begin(), kind.verbs.end(), verb) != kind.verbs.end();
}

}  // namespace

std::string Opened::problem() const {
  if (thrown) return *thrown;
  return store ? unreadable_because(status) : "the store does not open: " + status.to_string();
}

Opened open_on(DiskState image, const Scenario& scenario, const StoreKind& kind, std::uint64_t nth,
               const std::set<std::string>& keys, Trace* trace) {
  if (Witness* told = witness()) told->moves();
  Opened opened;
  opened.disk =
      std::make_shared<SimDisk>(std::move(image), SimDiskOptions{scenario.seed + nth, scenario.reserve_space}, trace);
  try {
    Result<std::unique_ptr<StoreAdapter>> store = open_guarded(kind, opened.disk, scenario, nullptr);
    if (!store.ok()) {
      opened.status = store.status();
      return opened;
    }
    opened.store = std::move(*store);
    if (trace != nullptr) opened.operations = trace->operation_count();
    Result<Contents> contents = read_all(*opened.store, keys);
    if (contents.ok()) {
      opened.contents = std::move(*contents);
    } else {
      opened.status = contents.status();
    }
  } catch (const StoreThrew& thrown) {
    opened.thrown = thrown.what();
  }
  return opened;
}

namespace {

// What happens to a store after its recovery.
std::vector<Step> steps_afterwards(const StoreKind& kind) {
  std::vector<Step> steps{
      {"put", std::string(kProbeKey), std::string(kProbeValue)}, {"sync"}, {"crash", "lose-unsynced"}, {"recover"}};
  if (has_verb(kind, "merge")) steps.push_back({"merge"});
  return steps;
}

void continue_and_judge(Opened& opened, const Scenario& scenario, const StoreKind& kind, std::uint64_t nth,
                        const std::set<std::string>& keys, Fault fault, JudgedCells* judged, Continuation* outcome) {
  Continuation& result = *outcome;
  const auto is_wrong = [&](Oracle oracle, std::string what) {
    result.oracle = oracle;
    result.wrong = std::move(what);
  };
  if (auto wrong = opened.store->check_structure(*opened.disk)) return is_wrong(Oracle::kStructure, std::move(*wrong));
  const auto count = [&](const StoreAdapter& store, Check check, Oracle oracle) {
    if (store.lacks(check)) return;
    judged->count(fault, oracle);
    result.checks |= static_cast<unsigned>(check);
  };
  count(*opened.store, Check::kStructure, Oracle::kStructure);

  // One more write.
  if (Witness* told = witness()) told->moves();
  result.story.push_back({"put", std::string(kProbeKey), std::string(kProbeValue)});
  result.story.push_back({"sync"});
  Status status = opened.store->put(kProbeKey, kProbeValue);
  if (status.ok()) status = opened.store->sync();
  if (!status.ok()) {
    result.story.push_back({"expect", "get", std::string(kProbeKey), std::string(kProbeValue)});
    return is_wrong(Oracle::kFixpoint, "after the recovery the store refuses a write: " + status.to_string());
  }
  Result<DiskState> image = crash_image(opened.disk->state(), {.fault = Fault::kLoseUnsynced});
  require(image.ok(), "the power can always fail");
  result.story.push_back({"crash", "lose-unsynced"});
  result.story.push_back({"recover"});
  Contents expected = opened.contents;
  expected.emplace(kProbeKey, kProbeValue);
  std::set<std::string> all_keys = keys;
  all_keys.emplace(kProbeKey);

  ++result.disks_judged;
  judged->count(fault, Oracle::kFixpoint);
  Opened again = open_on(std::move(*image), scenario, kind, nth, all_keys);
  result.is_corruption = again.status.is(StatusCode::kCorruption);
  if (!again.ok()) return is_wrong(Oracle::kFixpoint, "after one more write and a power cut " + again.problem());
  if (again.contents != expected) {
    return is_wrong(Oracle::kFixpoint,
                    "after the recovery one more key is written and synced, and the power fails; then " +
                        first_difference(again.contents, expected));
  }
  if (!has_verb(kind, "merge")) return;

  // One merge of everything.
  if (Witness* told = witness()) told->moves();
  result.story.push_back({"merge"});
  status = again.store->merge();
  if (status.is(StatusCode::kInvalidArgument) || status.is(StatusCode::kBusy)) return;  // it cannot merge, or not now
  if (!status.ok()) return is_wrong(Oracle::kSpace, "after the recovery a merge fails: " + status.to_string());
  Result<Contents> merged = read_all(*again.store, all_keys);
  if (!merged.ok() || *merged != expected) {
    return is_wrong(Oracle::kSpace,
                    "a merge after the recovery changes what the store holds: " +
                        (merged.ok() ? first_difference(*merged, expected) : merged.status().to_string()));
  }
  if (auto wrong = again.store->check_space(*again.disk, expected)) return is_wrong(Oracle::kSpace, std::move(*wrong));
  count(*again.store, Check::kSpace, Oracle::kSpace);
  if (auto wrong = again.store->check_structure(*again.disk)) return is_wrong(Oracle::kStructure, std::move(*wrong));
  count(*again.store, Check::kStructure, Oracle::kStructure);
}

}  // namespace

void announce(Scenario scenario, const std::vector<Step>& more, const StoreKind* continues) {
  scenario.steps.insert(scenario.steps.end(), more.begin(), more.end());
  if (continues != nullptr) {
    const std::vector<Step> afterwards = steps_afterwards(*continues);
    scenario.steps.insert(scenario.steps.end(), afterwards.begin(), afterwards.end());
  }
  witness()->begins(scenario);
}

Continuation judge_continuation(Opened& opened, const Scenario& scenario, const StoreKind& kind, std::uint64_t nth,
                                const std::set<std::string>& keys, Fault fault, JudgedCells* judged) {
  Continuation result;
  try {
    continue_and_judge(opened, scenario, kind, nth, keys, fault, judged, &result);
  } catch (const StoreThrew& thrown) {
    result.wrong = "after the recovery " + std::string(thrown.what());
  }
  return result;
}

DamagedAnswer judge_damaged_disk(DiskState image, const Scenario& scenario, const StoreKind& kind, const Ledger& ledger,
                                 Bounds bounds) {
  if (Witness* told = witness()) told->moves();
  DamagedAnswer answer;
  // The same random numbers as in a replay, where this is the second open of the store.
  const auto disk =
      std::make_shared<SimDisk>(std::move(image), SimDiskOptions{scenario.seed + 1, scenario.reserve_space});
  try {
    Result<std::unique_ptr<StoreAdapter>> store = open_guarded(kind, disk, scenario, nullptr);
    if (store.status().is(StatusCode::kCorruption)) {
      answer.open_said_corruption = true;
    } else if (!store.ok()) {
      answer.wrong = "damage must be reported as corruption, but the open returns: " + store.status().to_string();
    } else {
      const Result<Contents> found = read_all(**store, ledger.keys());
      answer.reading_said_corruption = found.status().is(StatusCode::kCorruption);
      if (answer.reading_said_corruption) {
        const auto wrong = judge_damaged(**store, ledger, bounds);
        if (wrong) answer.wrong = wrong->text;
      } else if (!found.ok()) {
        answer.wrong = unreadable_because(found.status());
      } else if (!matching_prefix(ledger, bounds, *found)) {
        answer.wrong = explain_mismatch(ledger, bounds, *found);
      }
    }
  } catch (const StoreThrew& thrown) {
    answer.wrong = thrown.what();
  }
  return answer;
}

Status check_explorable(const Scenario& scenario) {
  for (const Step& step : scenario.steps) {
    if (step[0] != "crash" && step[0] != "recover" && step[0] != "fail") continue;
    return Status::invalid_argument("\"" + to_string(step) + "\": an exploration adds its own crashes and failures");
  }
  return {};
}

Step crash_step(const CrashChoice& choice, std::uint64_t after) {
  return step_of("crash " + to_string(choice) + " after " + std::to_string(after));
}

}  // namespace sediment::sim

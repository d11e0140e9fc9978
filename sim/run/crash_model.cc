#include "sim/run/crash_model.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sediment::sim {

namespace {

constexpr std::string_view kNotClosed = "the store was not closed; prefix-and-floor judges what it lost";
constexpr std::string_view kMayLose = "the store may lose unsynced writes, which the map keeps";
constexpr std::string_view kLooksTorn =
    "damage to the last synced records of a log that was not closed looks like a torn tail, and nothing after them "
    "proves otherwise; so nothing is demanded of that log";
constexpr std::string_view kGone =
    "a file that the manifest names is missing or is another file; the store must not guess";
constexpr std::string_view kDamaged = "the store does not repair damage; right-or-corrupt judges its answers";
constexpr std::string_view kLied =
    "a sync that reports success without having written is a lie: after it the store may report corruption, and no "
    "later "
    "write has to survive. A failed sync of the directory may have dropped names for good, although later syncs "
    "succeed: "
    "after it the store may report corruption, but what it acknowledges must survive, so an open must create or rename "
    "anew what it writes into. When any other failed sync is reported at once, the oracle must hold";
constexpr std::string_view kSurvives = "nothing is lost, so there is nothing to recover";

bool is_crash(Fault fault) { return fault <= Fault::kLostRemove; }

}  // namespace

std::string_view name_of(Oracle oracle) {
  switch (oracle) {
    case Oracle::kPrefix: return "prefix-and-floor";
    case Oracle::kFixpoint: return "fixpoint";
    case Oracle::kVerdict: return "right-or-corrupt";
    case Oracle::kSpace: return "space";
    case Oracle::kStructure: return "structure";
    case Oracle::kSameAsMap: return "same-as-a-map";
  }
  return "unknown";
}

std::string_view what_it_demands(Oracle oracle) {
  switch (oracle) {
    case Oracle::kPrefix:
      return "the store holds the result of some prefix of the acknowledged writes, no shorter than the last completed "
             "sync, and nothing that was never written";
    case Oracle::kFixpoint:
      return "a second recovery shows the same, no log is edited in place, and the store works on from there";
    case Oracle::kVerdict:
      return "each key of a closed store has its right value or reports corruption, and open never aborts";
    case Oracle::kSpace: return "a merge of everything leaves the live pairs and nothing else";
    case Oracle::kStructure:
      return "the counters and the indexes equal a recount from the logs, and no file is left over";
    case Oracle::kSameAsMap:
      return "without a crash the store equals a std::map, in spite of any merges, rolls and reopens in between";
  }
  return "unknown";
}

std::string_view name_of(Demand demand) {
  switch (demand) {
    case Demand::kMustHold: return "must hold";
    case Demand::kMayBeCorrupt: return "may report corruption";
    case Demand::kHasNoWitness: return "has no witness";
    case Demand::kDoesNotApply: return "–";
  }
  return "unknown";
}

std::string_view what_it_means(Demand demand) {
  switch (demand) {
    case Demand::kMustHold: return "the oracle must hold";
    case Demand::kMayBeCorrupt: return "the oracle must hold, or the store reports corruption";
    case Demand::kHasNoWitness: return "no store could notice this damage, so the oracle demands less";
    case Demand::kDoesNotApply: return "the oracle demands nothing here";
  }
  return "unknown";
}

Expected expected_of(Fault fault, Oracle oracle) {
  const auto no = [](std::string_view why) { return Expected{Demand::kDoesNotApply, why}; };
  if (is_crash(fault) || fault == Fault::kCrashInRecovery) {
    if (oracle == Oracle::kVerdict) return no(kNotClosed);
    if (oracle == Oracle::kSameAsMap) return no(kMayLose);
    if (fault == Fault::kCrashInRecovery && (oracle == Oracle::kSpace || oracle == Oracle::kStructure)) {
      return no("judged after the first recovery; the second one must show the same");
    }
    return {};
  }
  if (is_damage(fault)) {
    if (oracle == Oracle::kVerdict) return {};
    if (oracle != Oracle::kPrefix) return no(kDamaged);
    const bool whole_file =
        fault == Fault::kFileMissing || fault == Fault::kFileDuplicated || fault == Fault::kFileSwapped;
    return whole_file ? Expected{Demand::kMayBeCorrupt, kGone} : Expected{Demand::kHasNoWitness, kLooksTorn};
  }
  if (fault == Fault::kShortRead || fault == Fault::kShuffledListing) {
    return oracle == Oracle::kSameAsMap ? Expected{} : no(kSurvives);
  }
  // A call that fails.
  if (oracle == Oracle::kVerdict) return no(kNotClosed);
  if (oracle == Oracle::kSameAsMap) return no("a failed write may be there or not");
  if (fault == Fault::kFsyncFails && oracle == Oracle::kPrefix) return {Demand::kMayBeCorrupt, kLied};
  return {};
}

namespace {

std::string in_code(std::string_view name) { return "`" + std::string(name) + "`"; }

// The cells of the matrix with one reason, for faults that have it under the same oracles.
struct Exception {
  Expected expected;
  std::string oracles;
  std::string faults;
};

// All cells that need not hold, by reason, in the order of the matrix.
std::vector<Exception> exceptions() {
  std::vector<Exception> all;
  for (std::uint8_t i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    std::vector<Exception> of_fault;
    for (std::uint8_t j = 0; j < kOracleCount; ++j) {
      const auto oracle = static_cast<Oracle>(j);
      const Expected expected = expected_of(fault, oracle);
      if (expected.demand == Demand::kMustHold) continue;
      const auto same_reason = [&](const Exception& other) { return other.expected == expected; };
      const auto known = std::find_if(of_fault.begin(), of_fault.end(), same_reason);
      if (known != of_fault.end()) {
        known->oracles += ", " + in_code(name_of(oracle));
      } else {
        of_fault.push_back({expected, in_code(name_of(oracle)), in_code(name_of(fault))});
      }
    }
    for (Exception& one : of_fault) {
      const auto same = [&](const Exception& other) {
        return other.expected == one.expected && other.oracles == one.oracles;
      };
      const auto known = std::find_if(all.begin(), all.end(), same);
      if (known != all.end()) {
        known->faults += ", " + one.faults;
      } else {
        all.push_back(std::move(one));
      }
    }
  }
  return all;
}

}  // namespace

std::string crash_model_document() {
  std::string text =
      "# The crash model\n\n"
      "This page says what can go wrong with a disk, what is then demanded of the store, and where nothing can be "
      "demanded.\n"
      "`sediment-sim crash-model` prints it from the table that the explorations use "
      "(`sim/run/crash_model.cc`). One test fails\n"
      "when page and table differ, another when a cell that must hold is never judged.\n\n"
      "## Faults\n\n| fault | what happens |\n|---|---|\n";
  for (std::uint8_t i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    text += "| " + in_code(name_of(fault)) + " | " + std::string(what_it_does(fault)) + " |\n";
  }
  text +=
      "\n## Devices\n\nA profile switches faults off. This shows why a bug hides on one machine and bites on "
      "another.\n\n"
      "| profile | device |\n|---|---|\n";
  for (const DeviceProfile& profile : device_profiles()) {
    text += "| " + in_code(profile.name) + " | " + std::string(profile.what) + " |\n";
  }
  text += "\n## Oracles\n\n| oracle | demands that |\n|---|---|\n";
  for (std::uint8_t i = 0; i < kOracleCount; ++i) {
    const auto oracle = static_cast<Oracle>(i);
    text += "| " + in_code(name_of(oracle)) + " | " + std::string(what_it_demands(oracle)) + " |\n";
  }
  text += "\n## Fault × oracle\n\n| |";
  for (std::uint8_t i = 0; i < kOracleCount; ++i) text += " " + std::string(name_of(static_cast<Oracle>(i))) + " |";
  text += "\n|---|";
  for (std::uint8_t i = 0; i < kOracleCount; ++i) text += "---|";
  text += "\n";
  for (std::uint8_t i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    text += "| " + in_code(name_of(fault)) + " |";
    for (std::uint8_t j = 0; j < kOracleCount; ++j) {
      text += " " + std::string(name_of(expected_of(fault, static_cast<Oracle>(j)).demand)) + " |";
    }
    text += "\n";
  }
  text += "\n| cell | meaning |\n|---|---|\n";
  for (const Demand demand : {Demand::kMustHold, Demand::kMayBeCorrupt, Demand::kHasNoWitness, Demand::kDoesNotApply}) {
    text += "| " + std::string(name_of(demand)) + " | " + std::string(what_it_means(demand)) + " |\n";
  }
  text += "\n## Why not everywhere\n\n| oracle | under | cell | because |\n|---|---|---|---|\n";
  for (const Exception& one : exceptions()) {
    text += "| " + one.oracles + " | " + one.faults + " | " + std::string(name_of(one.expected.demand)) + " | " +
            std::string(one.expected.reason) + " |\n";
  }
  return text;
}

}  // namespace sediment::sim

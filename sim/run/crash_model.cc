#include "sim/run/crash_model.h"

namespace sediment::sim {

namespace {

constexpr std::string_view kNotClosed = "the store was not closed: what it lost is judged by prefix-and-floor";
constexpr std::string_view kNothingLost = "the map is meant to lose unsynced writes";
constexpr std::string_view kLooksTorn =
    "in a log that was not closed the last synced records look like a torn tail when they are damaged, and nothing "
    "behind them proves otherwise: of that log nothing is demanded";
constexpr std::string_view kGone = "a file that the manifest names is not what it names: the store must not guess";
constexpr std::string_view kDamaged =
    "the store does not repair damage: what it may still answer is judged by right-or-corrupt";
constexpr std::string_view kLied =
    "a sync that is reported as done and was not, or a directory whose changes are dropped while later syncs succeed, "
    "is a lie: from there on corruption is an answer, and nothing that was written later is demanded. When a failed "
    "sync is reported at once, the oracle holds";
constexpr std::string_view kSurvives = "nothing is lost, so nothing is recovered";

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
      return "recovering again shows the same, edits no log in place, and the store goes on from there";
    case Oracle::kVerdict:
      return "each key of a closed store has its right value or answers with corruption, and open never aborts";
    case Oracle::kSpace: return "a merge of everything leaves the live pairs and nothing else";
    case Oracle::kStructure:
      return "a recount from the logs equals the counters and the indexes, and no file is left over";
    case Oracle::kSameAsMap:
      return "without a crash the store equals a std::map, whatever merges, rolls and reopens lie between";
  }
  return "unknown";
}

std::string_view name_of(Demand demand) {
  switch (demand) {
    case Demand::kMustHold: return "must hold";
    case Demand::kMayBeCorrupt: return "may answer corruption";
    case Demand::kHasNoWitness: return "has no witness";
    case Demand::kDoesNotApply: return "–";
  }
  return "unknown";
}

Expected expected_of(Fault fault, Oracle oracle) {
  const auto no = [](std::string_view why) { return Expected{Demand::kDoesNotApply, why}; };
  if (is_crash(fault) || fault == Fault::kCrashInRecovery) {
    if (oracle == Oracle::kVerdict) return no(kNotClosed);
    if (oracle == Oracle::kSameAsMap) return no(kNothingLost);
    if (fault == Fault::kCrashInRecovery && (oracle == Oracle::kSpace || oracle == Oracle::kStructure)) {
      return no("judged behind the first recovery, whose disk this one finds");
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
  if (oracle == Oracle::kSameAsMap) return no("a write that failed may be there or not");
  if (fault == Fault::kFsyncFails && oracle == Oracle::kPrefix) return {Demand::kMayBeCorrupt, kLied};
  return {};
}

std::string crash_model_document() {
  std::string text =
      "# The crash model\n\n"
      "What can go wrong with a disk here, what is demanded of the store when it does, and where nobody could demand "
      "it.\n"
      "This page is printed by `sediment-sim crash-model` from the table that the explorations ask "
      "(`sim/run/crash_model.cc`); a test\n"
      "fails when the two differ, and when a cell that must hold is never judged.\n\n"
      "## Faults\n\n| fault | what it does |\n|---|---|\n";
  for (std::uint8_t i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    text += "| `" + std::string(name_of(fault)) + "` | " + std::string(what_it_does(fault)) + " |\n";
  }
  text +=
      "\n## Devices\n\nA profile switches faults off, which shows why a bug hides on one machine and bites on "
      "another.\n\n"
      "| profile | |\n|---|---|\n";
  for (const DeviceProfile& profile : device_profiles()) {
    text += "| `" + std::string(profile.name) + "` | " + std::string(profile.what) + " |\n";
  }
  text += "\n## Oracles\n\n| oracle | demands that |\n|---|---|\n";
  for (std::uint8_t i = 0; i < kOracleCount; ++i) {
    const auto oracle = static_cast<Oracle>(i);
    text += "| `" + std::string(name_of(oracle)) + "` | " + std::string(what_it_demands(oracle)) + " |\n";
  }
  text += "\n## Fault × oracle\n\n| |";
  for (std::uint8_t i = 0; i < kOracleCount; ++i) text += " " + std::string(name_of(static_cast<Oracle>(i))) + " |";
  text += "\n|---|";
  for (std::uint8_t i = 0; i < kOracleCount; ++i) text += "---|";
  text += "\n";
  std::string reasons;
  for (std::uint8_t i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    text += "| `" + std::string(name_of(fault)) + "` |";
    for (std::uint8_t j = 0; j < kOracleCount; ++j) {
      const Expected expected = expected_of(fault, static_cast<Oracle>(j));
      text += " " + std::string(name_of(expected.demand)) + " |";
      if (expected.demand == Demand::kMustHold) continue;
      reasons += "| `" + std::string(name_of(fault)) + "` | " + std::string(name_of(static_cast<Oracle>(j))) + " | " +
                 std::string(name_of(expected.demand)) + " | " + std::string(expected.reason) + " |\n";
    }
    text += "\n";
  }
  text += "\n## Why not everywhere\n\n| fault | oracle | | because |\n|---|---|---|---|\n" + reasons;
  return text;
}

}  // namespace sediment::sim

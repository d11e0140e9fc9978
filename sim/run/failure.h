// Why a step of a run did not pass: precise enough to tell whether two runs fail in the same way.
//
// If steps are left out of a failing scenario, it often fails for a different reason: there is nothing left to recover
// from, or another bug shows. So the kind of failure must stay the same (explore/shrink.h): what was violated, at which
// verb, and under which faults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/disk/crash_choice.h"
#include "sim/run/scenario.h"

namespace sediment::sim {

enum class Failure : std::uint8_t {
  kNone,
  kNonsense,       // the step makes no sense here, whatever the store does: nothing to recover from, no such step
  kNotOpened,      // the store does not open
  kUnreadable,     // it opens but cannot be read
  kRefused,        // it does not do what it was asked to do, although no call to the disk fails
  kWrongContents,  // it holds something that it must not hold, or the other way round
  kEdited,         // an open has changed something that it must not change
  kStructure,      // its own records of files, indexes and counts do not match the disk
  kSpace,          // a merge of everything leaves more than the live pairs
  kExpectation,    // an "expect" step of the scenario is not met
  kThrew,          // an exception came out of the store
  kDied,           // the store ended the process: a signal, an exit
  kHung,           // the store did not return
};

/// "wrong-contents" for kWrongContents, and so on. Never fails.
std::string_view name_of(Failure failure);

struct StepFailure {
  Failure why = Failure::kNone;
  StatusCode code = StatusCode::kOk;  // what the store answered, if that is the failure
  unsigned mismatch = 0;              // kWrongContents: one or more of Mismatch::Kind; kDied: the signal, 0 for an exit

  bool operator==(const StepFailure&) const = default;
};

/// A class of crashes: the fault and, for a loss, its scope. The place where it strikes is left open.
struct CrashKind {
  Fault fault = Fault::kCleanKill;
  CrashChoice::Scope scope = CrashChoice::Scope::kEverything;
  bool in_append = false;

  bool operator==(const CrashKind&) const = default;
};
CrashKind kind_of(const CrashChoice& choice);

/// How a run fails.
struct FailureKind {
  StepFailure failure;
  std::string verb;                // of the step that does not pass
  Step expectation;                // kExpectation: that step
  std::vector<CrashKind> crashes;  // in order; the last one counts, the others may be superfluous
  std::vector<std::string> calls;  // the calls that were made to fail, without their numbers: "eio-sync sticky"

  /// Whether one of its crashes is of this kind.
  bool is_struck_by(const CrashChoice& choice) const;
};

/// `steps`: the steps performed, the last of which failed.
FailureKind failure_kind(const std::vector<Step>& steps, const StepFailure& failure);

/// Whether `other` is the same failure or an aspect of it: if a failure loses one key and invents another, each of the
/// two is an aspect. A step that makes no sense is never the same kind of failure.
bool is_same_kind(const FailureKind& one, const FailureKind& other);

}  // namespace sediment::sim

// Why a step of a run did not pass: precisely enough to tell whether two runs fail in the same way.
//
// Leaving out steps of a failing scenario gives many scenarios that fail for another reason: nothing is left to recover
// from, or another bug shows. The kind of a failure is what must stay the same (explore/shrink.h): what was violated,
// at which verb, and by which faults.
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
  kNonsense,       // the step makes no sense here, whatever the store does: no crash to recover from, no such step
  kNotOpened,      // the store does not open
  kUnreadable,     // it opens, and cannot be read
  kRefused,        // it does not do what it was asked for, although no call to the disk fails
  kWrongContents,  // it holds what it must not hold, or the other way round
  kEdited,         // an open has changed what it must not change
  kStructure,      // what it says of itself is not what is on the disk
  kSpace,          // a merge of everything leaves more than what is live
  kExpectation,    // a step "expect" of the scenario is not met
};

struct StepFailure {
  Failure why = Failure::kNone;
  StatusCode code = StatusCode::kOk;  // what the store answered, where that is the failure
  unsigned mismatch = 0;              // kWrongContents: Mismatch::Kind, one or several

  bool operator==(const StepFailure&) const = default;
};

/// A class of crashes: the fault, and of a loss its scope. Where it strikes is left open.
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
  std::vector<CrashKind> crashes;  // in their order; the last one counts, the others may be superfluous
  std::vector<std::string> calls;  // that were asked to fail, each without its number: "eio-sync sticky"

  /// Whether a crash of this kind is one of its own.
  bool is_struck_by(const CrashChoice& choice) const;
};

/// `steps`: those that were performed, the last of which has failed.
FailureKind failure_kind(const std::vector<Step>& steps, const StepFailure& failure);

/// Whether `other` is the same failure, or an aspect of it: of a failure that loses one key and invents another each of
/// the two is. One that makes no sense is the same as none.
bool is_same_kind(const FailureKind& one, const FailureKind& other);

}  // namespace sediment::sim

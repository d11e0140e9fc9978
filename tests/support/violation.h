// How a failing crash or property test reports what it found: a sentence, the steps, the seed, and how to replay it.
#pragma once

#include <string>

#include "sim/run/scenario.h"

namespace sediment::test {

/// Saves the scenario (in the directory SEDIMENT_FAILURE_DIR, or the working directory) and returns the text for the
/// failure.
std::string explain_violation(const std::string& sentence, const sim::Scenario& replay);

}  // namespace sediment::test

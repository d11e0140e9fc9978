// A store in the student's process, as the simulator sees any other store.
//
// Each open starts a new process, and closing or crashing the store kills it. So nothing that the student's code keeps
// in memory survives a crash. The simulator and its oracles run in the grader, on a disk that the grader holds; only
// the store's own code runs in the other process.
#pragma once

#include <string>

#include "labs/grader/student_process.h"
#include "sim/run/store_adapter.h"

namespace sediment::labs {

/// The kind of store `like`, opened in processes of this program. Its operations throw ProcessEnded.
sim::StoreKind remote_kind(const sim::StoreKind& like, Program program, Limits limits = {});

}  // namespace sediment::labs

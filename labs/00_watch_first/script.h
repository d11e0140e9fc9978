// The script of a paper: drawn at random, run as it is drawn, and thrown away if it asks for too little thought.
#pragma once

#include <memory>

#include "labs/00_watch_first/scripted_run.h"
#include "sim/base/random.h"

namespace sediment::labs {

/// A script that was run, and the steps that the questions are about, counted from 1.
struct Script {
  std::uint64_t segment_size = 0;
  std::unique_ptr<ScriptedRun> run;
  std::size_t overwritten = 0;   // a get of a key that was written more than once
  std::size_t removed = 0;       // a get of a key that was removed at least once
  std::size_t older = 0;         // a get that is answered from an older segment
  std::size_t searched = 0;      // a get that looks into more than one segment
  std::size_t last_write = 0;    // before those gets
  std::uint64_t sealed_log = 0;  // which was sealed before that
  std::size_t merge = 0;
  std::string tombstone;            // a key that the merge meets a tombstone of
  std::size_t power_cut = 0;        // followed by the recovery
  std::size_t after_power_cut = 0;  // a get of a key that was written between the last sync and the power cut
  std::size_t tear = 0;             // followed by the recovery
};

/// Always the same for the same numbers.
Script draw_script(sim::Random* random);

}  // namespace sediment::labs

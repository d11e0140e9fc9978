// The files that hand a campaign's units to an engine: GNU parallel, Slurm, Kubernetes. Sediment has no scheduler.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sediment::sim {

struct EngineFile {
  std::string name;
  std::string text;
  bool is_program = false;
};

/// `program`: the path of the simulator that is to run the units.
std::vector<EngineFile> engine_files(std::uint64_t units, const std::string& program);

}  // namespace sediment::sim

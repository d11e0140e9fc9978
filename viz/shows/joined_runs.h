// Several runs, one after another, as one show: to compare stores, or disks. It can only be watched.
//
// Every run begins with an empty disk. So after a run its files are removed, and a step says that another run begins.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/disk/trace.h"
#include "viz/model/session.h"

namespace sediment::viz {

class JoinedRuns {
 public:
  explicit JoinedRuns(std::string title);

  /// With its chapters, its questions and its pace.
  void add(std::unique_ptr<Session> run);
  std::unique_ptr<Session> finish();

 private:
  struct Part {
    std::size_t begin = 0;  // entries of the runs before it
    std::unique_ptr<Session> run;
  };

  void remove_files();
  void add(sim::DiskOperation operation);
  void add(sim::CrashEntry crash, const sim::Trace& run);

  sim::Trace trace_;
  std::uint64_t operations_before_ = 0;          // of the runs before this one
  std::map<sim::FileId, sim::FileId> file_ids_;  // of this run's files: here
  sim::FileId next_file_id_ = 1;
  std::vector<Part> parts_;
};

}  // namespace sediment::viz

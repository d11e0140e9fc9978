// The progress of a long job of this folder, reported to the caller while it runs.
#pragma once

#include <cstdint>
#include <functional>

namespace sediment::tools {

/// The progress of a job that copies records; `bytes` of `bytes_total` were read.
struct JobProgress {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;
};
/// Such a job calls it often, so it must be cheap. May be empty.
using ReportProgress = std::function<void(const JobProgress&)>;

}  // namespace sediment::tools

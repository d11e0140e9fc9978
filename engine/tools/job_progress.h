// How far a long job of this folder is, told to the caller while it runs.
#pragma once

#include <cstdint>
#include <functional>

namespace sediment::tools {

/// How far a job is that copies records; `bytes` of `bytes_total` were read.
struct JobProgress {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;
};
/// Called often by such a job; must be cheap. May be empty.
using ReportProgress = std::function<void(const JobProgress&)>;

}  // namespace sediment::tools

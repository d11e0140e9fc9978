// The progress of a long job: on a terminal, one line that changes; elsewhere, a line for each tenth.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sediment::sim {

class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// 0 of 0: the work is being prepared.
  void show(std::uint64_t done, std::uint64_t of);
  void clear();
  double elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count(); }

 private:
  std::string what_;
  bool terminal_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  double shown_at_ = 0;
  std::uint64_t tenth_ = 0;
  bool announced_ = false;
};

}  // namespace sediment::sim

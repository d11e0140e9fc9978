// What the grader asks of text logs in the student's process. Logs are known by the names of their files.
#pragma once

#include <cstdint>

namespace sediment::labs {

enum class LogOperation : std::uint64_t {
  kOpen,    // file name → status
  kPut,     // file name, key, value → status
  kRemove,  // file name, key → status
  kGet,     // file name, key → status; if it is ok, the value
  kSync,    // file name → status
};

}  // namespace sediment::labs

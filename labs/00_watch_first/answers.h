// A student's answers: the file to fill in, and its locked copy.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sediment::labs {

struct Answers {
  std::uint64_t seed = 0;                    // of the paper
  std::map<std::string, std::string> by_id;  // "L0.3": as it was written; empty if there is none

  /// How many are not empty.
  std::size_t given() const;
  bool operator==(const Answers&) const = default;
};

/// Without any answer.
Answers no_answers(std::uint64_t seed);

/// The text of the file to fill in.
std::string tell_answers(const Answers& answers);

/// The text of the locked copy, which says what its digest is.
std::string tell_locked(const Answers& answers);
std::string digest_of(const Answers& answers);

/// Reads either. Throws std::invalid_argument if it is neither, or if a locked copy was changed.
Answers read_answers(const std::string& path);

}  // namespace sediment::labs

// The engines that may take part in a hunt, and those that do for one student.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/run/scenario.h"

namespace sediment::labs {

struct PooledEngine {
  std::string file;             // in labs/: "08_merge/wrong/tombstone_kept_for_ever.cc"
  std::string bug;              // empty: there is none
  sim::Scenario shortest = {};  // that is known to kill it; without steps if there is no bug
};

using Bugs = std::map<std::string, std::string>;  // by name: what it does

struct Pool {
  std::vector<PooledEngine> wrong;
  std::vector<PooledEngine> right;
  Bugs bugs;  // there are more than engines
};

constexpr std::size_t kWrongEngines = 12;
constexpr std::size_t kRightEngines = 3;
constexpr std::size_t kHunted = kWrongEngines + kRightEngines;

/// "A" to "O".
std::string letter_of(std::size_t position);

/// The list of the page, which students have, too. Throws std::runtime_error if the file is damaged.
Bugs read_bugs(const std::string& lab_folder);

/// Throws std::runtime_error if the lab's files are damaged, or if they are not here because students are to have no key.
Pool read_pool(const std::string& lab_folder);

/// A student's engines, in the order of their letters. The same seed always gives the same ones.
std::vector<PooledEngine> draw_engines(const Pool& pool, std::uint64_t seed);

}  // namespace sediment::labs

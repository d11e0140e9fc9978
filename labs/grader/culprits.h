// Whose component broke something that several components do together: the reference takes the place of one at a time, of
// two at a time, and what failed is run again.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

namespace sediment::labs {

struct Culprits {
  enum class How : std::uint8_t {
    kOne,       // without this one it passes; if there are several, without any one of them
    kPair,      // only without both of a pair
    kMore,      // only without more than two
    kNotYours,  // it fails with the reference alone
  };
  How how = How::kNotYours;
  std::vector<std::set<int>> replaced;  // the labs without which it passes: each entry is enough
};

/// `passes_without`: whether what failed passes with the reference in place of these labs' components. `labs`: all that are
/// the student's.
Culprits find_culprits(const std::set<int>& labs, const std::function<bool(const std::set<int>&)>& passes_without);

}  // namespace sediment::labs

#include "labs/grader/culprits.h"

namespace sediment::labs {

Culprits find_culprits(const std::set<int>& labs, const std::function<bool(const std::set<int>&)>& passes_without) {
  std::vector<std::set<int>> found;
  const auto try_without = [&](const std::set<int>& replaced) {
    if (passes_without(replaced)) found.push_back(replaced);
  };
  for (const int lab : labs) try_without({lab});
  if (!found.empty()) return {Culprits::How::kOne, found};
  for (auto first = labs.begin(); first != labs.end(); ++first) {
    for (auto second = std::next(first); second != labs.end(); ++second) try_without({*first, *second});
  }
  if (!found.empty()) return {Culprits::How::kPair, found};
  if (labs.size() > 2) try_without(labs);
  if (!found.empty()) return {Culprits::How::kMore, found};
  return {Culprits::How::kNotYours, {}};
}

}  // namespace sediment::labs

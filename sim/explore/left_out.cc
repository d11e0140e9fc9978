#include "sim/explore/left_out.h"

#include <algorithm>

namespace sediment::sim {

namespace {

// "fsync-fails directory dropped", without the number.
std::string name_of_way(CallFault call) {
  call.n = 1;
  call.sticky = false;
  const std::string text = to_string(call);
  return text.substr(0, text.rfind(' '));
}

}  // namespace

std::vector<std::string> LeftOut::possible() {
  std::vector<std::string> names;
  for (std::uint8_t i = 0; i < kFaultCount; ++i) {
    // Every listing is shuffled: no store may rely on an order that no system promises.
    if (static_cast<Fault>(i) != Fault::kShuffledListing) names.emplace_back(name_of(static_cast<Fault>(i)));
  }
  for (std::uint8_t i = 0; i < kCallCount; ++i) {
    for (const CallFault& way : ways_to_fail(static_cast<CallFault::Call>(i))) {
      const std::string name = name_of_way(way);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

Status LeftOut::add(const std::string& name) {
  const std::vector<std::string> all = possible();
  if (std::find(all.begin(), all.end(), name) != all.end()) {
    names_.insert(name);
    return {};
  }
  std::string list;
  for (const std::string& each : all) list += (list.empty() ? "" : ", ") + each;
  return Status::invalid_argument("there is no fault \"" + name + "\" to leave out; the faults are " + list);
}

bool LeftOut::leaves_out(Fault fault) const { return names_.contains(std::string(name_of(fault))); }

bool LeftOut::leaves_out(const CallFault& call) const {
  return !names_.empty() && (leaves_out(fault_of(call)) || names_.contains(name_of_way(call)));
}

}  // namespace sediment::sim

// What a trace alone says of a store whose files this program cannot read: the writes that it acknowledged, whether a
// later sync covered each, and what it answered to the last get. It judges nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "viz/model/timeline.h"

namespace sediment::viz {

struct AcknowledgedRow {
  enum class State : std::uint8_t {
    kSynced,     // a sync that the store acknowledged came later
    kNotSynced,  // none came so far
    kCrashed,    // a crash came before one
  };

  std::string key;
  std::optional<std::string> value;  // of the last write; none if that removed the key
  State state = State::kNotSynced;
  std::string answer = {};  // to the last get of the key since that write; empty if there was none
  bool operator==(const AcknowledgedRow&) const = default;
};

struct Acknowledged {
  std::vector<AcknowledgedRow> rows;  // a row for each key that was written; the last written first
  std::size_t writes = 0;             // acknowledged, in the whole run
  std::size_t crashes = 0;
  bool operator==(const Acknowledged&) const = default;
};

/// At the timeline's place; what a crash undoes has not happened.
Acknowledged acknowledged_at(const Timeline& timeline);

}  // namespace sediment::viz

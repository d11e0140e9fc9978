// The shows: runs of three to five minutes, each about one idea, with questions to predict what happens next.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "viz/model/session.h"

namespace sediment::viz {

struct ShowInfo {
  std::string_view name;   // for the command line
  std::string_view title;  // for lists
};

/// In the best order for watching.
const std::vector<ShowInfo>& shows();

/// kNotFound, with all names, if there is no such show.
Result<std::unique_ptr<Session>> make_show(std::string_view name);
bool is_show(std::string_view name);
Status no_such_show(std::string_view name);

}  // namespace sediment::viz

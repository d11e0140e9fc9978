// A look at a store as text: what `watch` draws on a terminal, and prints elsewhere. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/cli/text.h"
#include "engine/cli/watch.h"

namespace sediment::cli {

struct WatchStyle {
  std::size_t columns = 80;
  std::size_t rows = SIZE_MAX;  // segments that do not fit are left out, oldest first, and counted
  bool utf8 = false;            // if false, only ASCII is drawn
  bool colours = false;
};

/// Lines without newlines, none wider than `columns`. `recent` holds the last happenings, oldest first.
std::vector<std::string> lines_of(const WatchView& view, const std::string& directory,
                                  const std::vector<std::string>& recent, const WatchStyle& style);

Json json_of(const WatchView& view);

}  // namespace sediment::cli

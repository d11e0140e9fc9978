// The engine's source, for showing the line that an event came from: it is part of the program, so that it is the one
// that runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sediment::viz {

/// The lines of a file of the engine, from where an event says that it came ("…/engine/writer.cc"). Empty if it is none.
const std::vector<std::string_view>& source_lines(const std::string& source_file);
/// "engine/writer.cc" of any path that ends so.
std::string short_source_name(std::string_view source_file);

}  // namespace sediment::viz

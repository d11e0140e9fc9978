// The engine's source, for showing the line that an event came from. It is part of the program, so it is the source of
// the engine that runs. So are the recorded runs of some shows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sediment::viz {

/// The lines of one of the engine's files, named by the origin of an event ("…/engine/writer.cc"). Empty if it is not
/// one.
const std::vector<std::string_view>& source_lines(const std::string& source_file);
/// The trace viz/shows/NAME.jsonl; empty if there is none.
std::string_view recorded_run(std::string_view name);
/// Without their ends. The text must outlive them.
std::vector<std::string_view> lines_of(std::string_view text);
/// "engine/writer.cc" for any path that ends with it.
std::string short_source_name(std::string_view source_file);

}  // namespace sediment::viz

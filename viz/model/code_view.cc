#include "viz/model/code_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "sim/base/json_reader.h"
#include "sim/disk/json_bytes.h"
#include "viz/model/sources.h"

namespace sediment::viz {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestSource = std::uintmax_t{1} << 20;  // bytes
constexpr std::size_t kLongestLine = 400;
constexpr std::size_t kLongestName = 80;

// Tabs become spaces, and what moves a cursor disappears. Long lines are cut between two letters.
std::string cleaned(const std::string& text) {
  std::string clean;
  std::size_t column = 0;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (c == '\n') {
      clean += c;
      column = 0;
      continue;
    }
    if (!continues) ++column;
    if (column > kLongestLine) continue;
    if (c == '\t') clean += "  ";
    if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') clean += c;
  }
  return clean;
}

bool is_call(const sim::TraceEntry& entry) {
  const auto* event = std::get_if<sim::EventEntry>(&entry);
  return event != nullptr && event->kind == EventKind::kCalled;
}

bool is_stop(const sim::TraceEntry& entry) {
  const auto* event = std::get_if<sim::EventEntry>(&entry);
  return event != nullptr && event->kind == EventKind::kStopped;
}

// In the step at the timeline's place; in a step without one, the last one before it.
const sim::EventEntry* own_event(const Timeline& timeline) {
  const auto& entries = timeline.trace().entries();
  for (std::size_t i = timeline.position(); i > 0; --i) {
    const sim::TraceEntry& entry = entries[i - 1];
    if (is_call(entry) || is_stop(entry)) return &std::get<sim::EventEntry>(entry);
  }
  return nullptr;
}

CodeView engine_code(const sim::EventEntry& event) {
  CodeView view;
  view.place = fmt::format("{}:{}", short_source_name(event.source_file), event.source_line);
  const std::vector<std::string_view>& lines = source_lines(event.source_file);
  if (event.source_line < 1 || static_cast<std::size_t>(event.source_line) > lines.size()) {
    view.problem = "That file is not part of this engine.";
    return view;
  }
  view.lines = &lines;
  view.line = static_cast<std::size_t>(event.source_line) - 1;
  return view;
}

// The student's file cannot be shown: the reference's function of the same name can.
CodeView reference_code(const sim::EventEntry& event, const Component& component) {
  CodeView view;
  view.problem = component.problem + " This is the reference.";
  const std::string file = "engine/" + component.name;
  const std::vector<std::string_view>& lines = source_lines(file);
  const auto found = std::find_if(lines.begin(), lines.end(), [&](std::string_view line) {
    const std::size_t at = line.find(event.why + "(");
    return at != std::string_view::npos && at > 0 && line[0] != ' ' && !line.starts_with("//");
  });
  view.begins_here = found != lines.end();
  view.line = view.begins_here ? static_cast<std::size_t>(found - lines.begin()) : 0;
  view.lines = lines.empty() ? nullptr : &lines;
  view.place = fmt::format("{}:{}", file, view.line + 1);
  return view;
}

CodeView own_code(const sim::EventEntry& event, const Component& component) {
  if (component.text == nullptr) return reference_code(event, component);
  CodeView view;
  view.own = true;
  view.place = fmt::format("{}:{}", component.path, event.source_line);
  const bool stopped = event.kind == EventKind::kStopped;
  const std::string function = event.why.substr(0, kLongestName);
  view.what = stopped           ? fmt::format("your {} stopped here", function)
              : event.size == 1 ? fmt::format("your {} was called", function)
                                : fmt::format("your {} was called {} times", function, event.size);
  view.lines = &component.lines;
  const bool there = event.source_line >= 1 && static_cast<std::size_t>(event.source_line) <= component.lines.size();
  if (!there) view.problem = "Your file has no such line.";
  view.line = there ? static_cast<std::size_t>(event.source_line) - 1 : 0;
  view.begins_here = !stopped;
  return view;
}

}  // namespace

Component read_component(const sim::TraceAbout& about, const std::string& trace_file) {
  Component component;
  component.name = about.component;
  component.path = about.component_path.empty() ? about.component : about.component_path;
  if (component.name.empty()) return component;
  const auto problem = [&](const std::string& what) {
    component.problem = "The student's file " + what + ".";
    return component;
  };
  const fs::path copy = about.component_copy;
  // A plain name: a trace from somebody else must not make the window show other files.
  if (copy.empty() || copy != copy.filename() || copy == "." || copy == "..") return problem("is not beside the trace");
  const fs::path path = fs::path(trace_file).parent_path() / copy;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(path, error))) return problem("is not there: " + path.string());
  if (fs::file_size(path, error) > kLargestSource) return problem("is larger than 1 MiB");
  Result<std::string> text = sim::read_text_file(path.string());
  if (!text.ok()) return problem("cannot be read");
  if (!sim::bytes_to_json(*text).is_string()) return problem("is not text in UTF-8");
  component.text = std::make_shared<const std::string>(cleaned(*text));
  component.lines = lines_of(*component.text);
  return component;
}

CodeView code_at(const Timeline& timeline, const Component& component) {
  if (!component.name.empty()) {
    if (const sim::EventEntry* event = own_event(timeline)) return own_code(*event, component);
  }
  const auto* event = timeline.last_in_step<sim::EventEntry>();
  return event == nullptr ? CodeView() : engine_code(*event);
}

}  // namespace sediment::viz

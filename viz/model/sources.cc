#include "viz/model/sources.h"

#include <map>
#include <utility>

#include "sim/base/json_reader.h"

namespace sediment::viz {

// Generated from engine/ at build time (embed_sources.cmake); ends with an empty name.
struct EmbeddedSource {
  const char* name;
  const char* text;
};
extern const EmbeddedSource kEmbeddedSources[];
extern const EmbeddedSource kRecordedRuns[];  // viz/shows/*.jsonl

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view recorded_run(std::string_view name) {
  for (const EmbeddedSource* run = kRecordedRuns; *run->name != '\0'; ++run) {
    if (run->name == name) return run->text;
  }
  return {};
}

std::string short_source_name(std::string_view source_file) {
  const std::size_t folder = source_file.rfind("engine/");
  return std::string(folder == std::string_view::npos ? source_file : source_file.substr(folder));
}

namespace {

#ifdef __EMSCRIPTEN__
constexpr bool kSourcesAreFiles = true;  // a page loads them after its first picture (platform/web/sediment.js)
#else
constexpr bool kSourcesAreFiles = false;
#endif

const std::vector<std::string_view>& lines_of_file(const std::string& name) {
  static std::map<std::string, std::string> texts;
  static std::map<std::string, std::vector<std::string_view>> known;
  if (const auto found = known.find(name); found != known.end()) return found->second;
  static const std::vector<std::string_view> none;
  Result<std::string> read = sim::read_text_file("/sources/" + name);
  if (!read.ok()) return none;  // not there yet
  std::string& text = texts[name];
  text = std::move(*read);
  return known[name] = lines_of(text);
}

}  // namespace

const std::vector<std::string_view>& source_lines(const std::string& source_file) {
  static const std::map<std::string, std::vector<std::string_view>> files = [] {
    std::map<std::string, std::vector<std::string_view>> all;
    for (const EmbeddedSource* source = kEmbeddedSources; *source->name != '\0'; ++source) {
      all[source->name] = lines_of(source->text);
    }
    return all;
  }();
  static const std::vector<std::string_view> none;
  const std::string name = short_source_name(source_file);
  const auto found = files.find(name);
  if (found != files.end()) return found->second;
  return kSourcesAreFiles ? lines_of_file(name) : none;
}

}  // namespace sediment::viz

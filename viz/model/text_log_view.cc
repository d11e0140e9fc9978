#include "viz/model/text_log_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sediment::viz {

namespace {

constexpr std::size_t kLongest = 300;  // letters of a line

std::string letters_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte >= ' ' && byte <= '~' ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return bytes.size() > kLongest ? text + "…" : text;
}

}  // namespace

std::vector<TextLine> text_log_of(std::string_view file) {
  std::vector<TextLine> lines;
  for (std::size_t begin = 0; begin < file.size();) {
    const std::size_t end = std::min(file.find('\n', begin), file.size());
    const std::string_view line = file.substr(begin, end - begin);
    lines.push_back({begin, std::string(line.substr(0, line.find(','))), letters_of(line), end < file.size()});
    begin = end + 1;
  }
  std::set<std::string> later;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    line->current = line->complete && later.insert(line->key).second;
  }
  return lines;
}

}  // namespace sediment::viz

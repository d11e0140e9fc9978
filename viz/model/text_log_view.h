// The file of a text log (engine/text_log.h) as lines for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sediment::viz {

struct TextLine {
  std::uint64_t begin = 0;  // in the file
  std::string key;          // as written
  std::string text;         // for people
  bool complete = false;    // it ends with a newline
  bool current = false;     // no later line is about its key
};

/// A byte that no letter can show is \x and two digits.
std::vector<TextLine> text_log_of(std::string_view file);

}  // namespace sediment::viz

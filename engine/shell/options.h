// Options that each program of the project takes in the same way: numbers within a range, and choices among words.
//
// Such an option refuses everything else with a usage error that says what it takes. Its help says so, too, and so do the
// manual page, the completion and the tests, which read the definition (pages.h).
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/tools/printable.h"

namespace sediment::shell {

/// The least and the most that an option takes; both are allowed.
template <typename Number>
struct Range {
  Number least = 0;
  Number most = std::numeric_limits<Number>::max();
};

/// The number that the whole text is: digits for an integer, decimal for a floating point number. None if it is anything
/// else (nothing, a sign alone, hexadecimal, NaN, a unit), or if the type cannot hold it. Never throws.
template <typename Number>
std::optional<Number> parse_number(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const char* const end = text.data() + text.size();
  if constexpr (std::is_floating_point_v<Number>) {
    // std::from_chars would do, but not every standard library has it for these. strtod also takes spaces, NaN and more.
    if (text.find_first_not_of("0123456789.eE+-") != std::string::npos || text.front() == '+') return std::nullopt;
    char* stopped = nullptr;
    const double number = std::strtod(text.c_str(), &stopped);
    if (stopped != end || !std::isfinite(number)) return std::nullopt;
    return number;
  } else {
    Number number = 0;
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (stopped != end || error != std::errc()) return std::nullopt;
    return number;
  }
}

/// "(0.01 to 86400)", or "(1 or more)" when the type is the only upper limit. The end of the option's help.
template <typename Number>
std::string text_of(Range<Number> range) {
  if (range.most == std::numeric_limits<Number>::max()) return fmt::format("({} or more)", range.least);
  return fmt::format("({} to {})", range.least, range.most);
}

/// Adds an option that takes a number within a range. `target` is a number, or an optional one. `unit` is how help names
/// the value: "N", "SECONDS", "BYTES".
template <typename Target, typename Number>
CLI::Option* add_number(CLI::App* command, const std::string& name, Target* target, Range<Number> range,
                        const std::string& unit, const std::string& purpose) {
  const std::string limits = text_of(range);
  const auto take = [target, range, name, limits](const std::string& text) {
    const std::optional<Number> number = parse_number<Number>(text);
    if (!number || *number < range.least || *number > range.most) {
      throw CLI::ValidationError(name, "takes a number " + limits + ", not \"" + tools::preview(text, 40) + "\"");
    }
    *target = *number;
  };
  return command->add_option_function<std::string>(name, take, purpose + " " + limits)->type_name(unit);
}

/// Adds an option that takes one of a few words. (CLI11's own transformers would show the numbers that the words stand
/// for.)
template <typename Value>
CLI::Option* add_choice(CLI::App* command, const std::string& name, Value* value,
                        const std::map<std::string, Value>& choices, const std::string& purpose) {
  std::vector<std::string> words;
  words.reserve(choices.size());
  for (const auto& [word, meaning] : choices) words.push_back(word);
  const auto choose = [value, choices](const std::string& word) { *value = choices.at(word); };
  return command->add_option_function<std::string>(name, choose, purpose)
      ->check(CLI::IsMember(words))
      ->type_name("WORD");
}

}  // namespace sediment::shell

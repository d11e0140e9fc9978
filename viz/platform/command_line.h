// The command line of sediment-viz: its definition, and what it says. Everything that makes no sense is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "viz/app/app.h"
#include "viz/draw/layout.h"
#include "viz/draw/theme.h"
#include "viz/platform/headless.h"

namespace sediment::viz {

constexpr int kExitOk = 0;
constexpr int kExitUsage = 2;  // also for a missing or malformed file to show
constexpr int kExitIoError = 4;

struct Arguments {
  Input input;
  std::optional<std::size_t> entries;
  bool at_failure = false;
  std::optional<double> seconds;
  std::optional<bool> play;
  int width = 1280;  // pixels
  int height = 720;
  LayoutId layout = LayoutId::kLearn;
  Theme theme = Theme::kDark;
  int text_size = 100;  // percent
  std::string state_file;
  std::string figure;  // path of a description
  std::string answer;  // likewise
  double scale = 2;    // of a figure: pixels per unit
  bool empty = false;
  bool list_shows = false;
  bool narrate = false;
  bool reduced_motion = false;
  bool headless = false;
  HeadlessOutputs outputs;
};

/// Says on standard error what is wrong, with the program's name before it, and returns the exit code. No byte of the
/// message can act on a terminal.
int fail(int exit_code, const std::string& message);
int fail(int exit_code, const Status& status);

/// Reads the command line. None if it makes no sense or asks for a page such as --help: then the error or the page has
/// been printed, and the program must end with `exit_code`.
std::optional<Arguments> read_command_line(int argc, char** argv, int* exit_code);

}  // namespace sediment::viz

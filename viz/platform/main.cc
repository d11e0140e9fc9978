// sediment-viz: shows a run of the store in a window, or as pictures, a video or text.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/tools/standard_streams.h"
#include "sim/base/output.h"
#include "viz/app/app.h"
#include "viz/platform/headless.h"
#include "viz/platform/window.h"
#include "viz/shows/shows.h"

namespace {

using namespace sediment;       // NOLINT(google-build-using-namespace): this file is the program
using namespace sediment::viz;  // NOLINT(google-build-using-namespace)

constexpr int kOk = 0;
constexpr int kUsage = 2;  // also for a missing or malformed file to show
constexpr int kIoError = 4;

constexpr int kSmallestSide = 200;  // pixels
constexpr int kLargestSide = 8192;

struct Arguments {
  Input input;
  std::optional<std::size_t> entries;
  bool at_failure = false;
  std::optional<double> seconds;
  std::optional<bool> play;
  int width = 1280;
  int height = 720;
  LayoutId layout = LayoutId::kLearn;
  Theme theme = Theme::kDark;
  int text_size = 100;  // percent
  std::string state_file;
  bool empty = false;
  bool list_shows = false;
  bool narrate = false;
  bool reduced_motion = false;
  bool headless = false;
  HeadlessOutputs outputs;
};

int fail(int exit_code, const std::string& message) {
  sim::print_error("sediment-viz: {}\n", message);
  return exit_code;
}

int fail(int exit_code, const Status& status) {
  std::string message(status.message().empty() ? describe(status.code()) : status.message());
  if (!status.file().empty() && message.find(status.file()) == std::string::npos)
    message = std::string(status.file()) + ": " + message;
  return fail(exit_code, message);
}

void warn_about_fonts(const std::string& warning) {
  if (!warning.empty()) sim::print_error("sediment-viz: {}\n", warning);
}

// How far the opening of a large store is, once a second.
LargeStore::Progress told_progress() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  return [begin, told = begin](std::uint64_t done, std::uint64_t of) mutable {
    const Clock::time_point now = Clock::now();
    if (now - told < std::chrono::seconds(1)) return;
    told = now;
    const double share = static_cast<double>(done) / static_cast<double>(of);
    const double passed = std::chrono::duration<double>(now - begin).count();
    sim::print_error("sediment-viz: reading the store: {:.0f} %, about {:.0f} s left\n", 100 * share,
                     passed * (1 - share) / share);
  };
}

// Goes to the requested moment. The tour over texts plays at once; a run opened for study waits.
void start_show(App& app, const Arguments& arguments) {
  app.set_layout(arguments.layout);
  app.set_theme(arguments.theme);
  app.set_text_size(arguments.text_size);
  app.reduce_motion(arguments.reduced_motion);
  app.narrate_aloud(arguments.narrate);
  if (arguments.entries) app.seek(*arguments.entries);
  if (arguments.at_failure && !app.seek_failure()) {
    sim::print_error(
        "sediment-viz: nothing fails in this run. Was this program built with the same engine as the one that "
        "reported the failure?\n");
  }
  if (arguments.seconds) app.seek_time(*arguments.seconds);
  const bool is_tour = (!arguments.input.texts.empty() || !arguments.input.show.empty()) && !arguments.entries &&
                       !arguments.at_failure && !arguments.seconds;
  if (arguments.play.value_or(is_tour)) {
    app.play();
  } else {
    app.pause();
  }
}

int show_in_window(const Arguments& arguments) {
  if (!has_display()) {
    return fail(kUsage,
                "there is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set.\n"
                "Without one it can make pictures and a video:\n"
                "  sediment-viz --headless --frames pictures --video show.mp4");
  }
  Result<std::unique_ptr<Window>> window =
      Window::open({.width = arguments.width, .height = arguments.height, .state_file = arguments.state_file});
  if (!window.ok()) return fail(kIoError, window.status());
  warn_about_fonts((*window)->font_warning());
  Result<std::unique_ptr<App>> app = App::open(arguments.input, (*window)->fonts());
  if (!app.ok()) return fail(kUsage, app.status());
  (*app)->ask_questions(true);
  start_show(**app, arguments);
  if (Status s = (*window)->run(**app); !s.ok()) return fail(kIoError, s);
  return kOk;
}

int show_headless(const Arguments& arguments) {
  HeadlessScreen screen(arguments.width, arguments.height);
  warn_about_fonts(screen.font_warning());
  Result<std::unique_ptr<App>> app = App::open(arguments.input, screen.fonts());
  if (!app.ok()) return fail(kUsage, app.status());
  Arguments paused = arguments;
  paused.play = false;
  start_show(**app, paused);
  if (Status s = write_outputs(**app, screen, arguments.outputs); !s.ok()) return fail(kIoError, s);
  return kOk;
}

int run(Arguments& arguments) {
  arguments.input.progress = told_progress();
  if (arguments.list_shows) {
    for (const ShowInfo& show : shows()) sim::print_output("{:24}{}\n", show.name, show.title);
    return kOk;
  }
  Input& input = arguments.input;
  if (input.scenario.empty() && input.trace.empty() && input.texts.empty() && input.show.empty() &&
      input.store.empty()) {
    if (std::filesystem::exists("README.md") && !arguments.empty) input.texts = {"README.md"};
  }
  const HeadlessOutputs& outputs = arguments.outputs;
  const bool has_output =
      !outputs.png.empty() || !outputs.frames.empty() || !outputs.video.empty() || !outputs.transcript.empty();
  if (arguments.headless && !has_output)
    return fail(kUsage, "--headless needs something to make: --png, --frames, --video or --transcript");
  return arguments.headless ? show_headless(arguments) : show_in_window(arguments);
}

// "1280x720"
std::string read_size(const std::string& text, Arguments& arguments) {
  char rest = 0;
  const auto fits = [](int side) { return side >= kSmallestSide && side <= kLargestSide; };
  // NOLINTNEXTLINE(cert-err34-c): the range is checked
  const int read = std::sscanf(text.c_str(), "%dx%d%c", &arguments.width, &arguments.height, &rest);
  if (read == 2 && fits(arguments.width) && fits(arguments.height)) return {};
  return fmt::format("'{}' is not a size; write, for example, 1920x1080, with sides of {} to {} pixels", text,
                     kSmallestSide, kLargestSide);
}

// "120", "failure"
std::string read_moment(const std::string& text, Arguments& arguments) {
  arguments.at_failure = text == "failure";
  if (arguments.at_failure) return {};
  std::size_t entries = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), entries);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fmt::format("'{}' is not a moment; write a number of entries, or: failure", text);
  }
  arguments.entries = entries;
  return {};
}

// An option whose value is one of some words. (CLI::CheckedTransformer would do this alone, but it prints the numbers of
// an enum in help and messages.)
template <typename Value>
void add_choice(CLI::App& command, const std::string& name, const std::string& purpose, Value* value,
                const std::map<std::string, Value>& choices) {
  std::vector<std::string> words;
  words.reserve(choices.size());
  for (const auto& [word, meaning] : choices) words.push_back(word);
  const auto choose = [value, choices](const std::string& word) { *value = choices.at(word); };
  command.add_option_function<std::string>(name, choose, purpose)
      ->transform(CLI::IsMember(words, CLI::ignore_case))
      ->type_name("NAME");
}

int parse_and_run(int argc, char** argv) {
  Arguments arguments;
  CLI::App command("Shows what a store does, byte by byte: forwards, backwards, and through crashes.");

  CLI::Option* scenario =
      command.add_option("--scenario", arguments.input.scenario, "run this scenario and show it")->type_name("FILE");
  CLI::Option* trace =
      command.add_option("--trace", arguments.input.trace, "show what sediment-sim run --trace recorded")
          ->type_name("FILE");
  CLI::Option* text =
      command
          .add_option(
              "--text", arguments.input.texts,
              "the guided tour, over the words of these texts, up to 1 MiB and 200,000 words together (default: "
              "README.md, if it is there)")
          ->type_name("FILE");
  CLI::Option* store = command
                           .add_option("--store", arguments.input.store,
                                       "a store's directory, up to 64 MiB; it is read, and nothing is changed")
                           ->type_name("DIR");
  store->excludes(scenario)->excludes(trace)->excludes(text);
  std::string show_names;
  for (const ShowInfo& known : shows()) show_names += (show_names.empty() ? "" : ", ") + std::string(known.name);
  CLI::Option* show =
      command.add_option("--show", arguments.input.show, "a show of a minute or two: " + show_names)->type_name("NAME");
  command.add_flag("--list-shows", arguments.list_shows, "print the names and titles of the shows, and exit");
  CLI::Option* empty = command.add_flag(
      "--empty", arguments.empty, "an empty store to play with (also without --text where there is no README.md)");
  show->excludes(scenario)->excludes(store)->excludes(trace)->excludes(text);
  empty->excludes(scenario)->excludes(trace)->excludes(text)->excludes(show)->excludes(store);
  scenario->excludes(trace)->excludes(text);
  trace->excludes(text);

  CLI::Option* entries = command
                             .add_option_function<std::string>(
                                 "--at",
                                 [&arguments](const std::string& moment) {
                                   if (const std::string problem = read_moment(moment, arguments); !problem.empty())
                                     throw CLI::ValidationError("--at", problem);
                                 },
                                 "begin when this many entries of the trace have happened, or where the run fails")
                             ->type_name("N|failure");
  command.add_option("--time", arguments.seconds, "begin at this moment of the show")
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber)
      ->excludes(entries);
  command.add_flag("--play,!--no-play", arguments.play,
                   "play at once, or wait for the space key (default: play the tour from its beginning, else wait)");
  command
      .add_option_function<std::string>(
          "--size",
          [&arguments](const std::string& size) {
            if (const std::string problem = read_size(size, arguments); !problem.empty())
              throw CLI::ValidationError("--size", problem);
          },
          "size of the pictures in pixels, or of the window; the window is larger on a display of more than 100 % "
          "[1280x720]")
      ->type_name("WxH");
  add_choice<LayoutId>(command, "--layout", "which panels are beside the stage [learn]", &arguments.layout,
                       {{"learn", LayoutId::kLearn},
                        {"crash", LayoutId::kCrash},
                        {"all", LayoutId::kAll},
                        {"present", LayoutId::kPresent}});
  add_choice<Theme>(command, "--theme", "dark, or light for bright rooms [dark]", &arguments.theme,
                    {{"dark", Theme::kDark}, {"light", Theme::kLight}});
  command
      .add_option("--text-size", arguments.text_size,
                  "size of letters and everything else, in percent of what fits the window [100]")
      ->type_name("PERCENT")
      ->check(CLI::IsMember(std::set<int>(std::begin(kTextSizes), std::end(kTextSizes))));
  command.add_flag("--narrate", arguments.narrate, "also say on stdout what happens, one sentence per line");
  command.add_flag("--reduced-motion", arguments.reduced_motion, "changes happen at once, nothing moves");
  command.add_option("--state", arguments.state_file, "for tests: keep what the window shows in this file, as JSON")
      ->type_name("FILE");

  CLI::Option* headless = command.add_flag("--headless", arguments.headless, "no window; make these files:");
  command.add_option("--png", arguments.outputs.png, "one picture, of the moment of --at or --time")
      ->type_name("FILE")
      ->needs(headless);
  command.add_option("--frames", arguments.outputs.frames, "a picture for each chapter: 01.png, 02.png …")
      ->type_name("FOLDER")
      ->needs(headless);
  command.add_option("--video", arguments.outputs.video, "the whole show as an MP4 (needs ffmpeg)")
      ->type_name("FILE")
      ->needs(headless);
  command.add_option("--transcript", arguments.outputs.transcript, "the whole show in sentences")
      ->type_name("FILE")
      ->needs(headless);

  command.footer(
      "Examples:\n"
      "  sediment-viz --text README.md docs/format.md\n"
      "  sediment-viz --show torn-tail\n"
      "  sediment-viz --scenario tests/crash/scenarios/tombstone_too_early.json\n"
      "  sediment-viz --scenario failure-1.json --at failure\n"
      "  sediment-viz --store /tmp/words --layout all\n"
      "  sediment-viz --trace out.jsonl --at 120\n"
      "  sediment-viz --headless --frames pictures --video show.mp4\n"
      "Keys: Space plays and pauses, left and right step, ? explains the others.\n"
      "Exit codes: 0 all is well, 2 a usage error or a file that cannot be shown, 3 an error of this program itself, 4 "
      "an "
      "I/O error, or out of memory.");
  try {
    command.parse(argc, argv);
  } catch (const CLI::Success&) {  // --help
    sim::write_output(command.help());
    return kOk;
  } catch (const CLI::ParseError& error) {
    return fail(kUsage, fmt::format("{}; --help has examples", error.what()));
  }
  return run(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  tools::prepare_standard_streams();
  return sim::run_guarded("sediment-viz", [&] { return parse_and_run(argc, argv); });
}

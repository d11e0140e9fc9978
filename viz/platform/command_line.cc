#include "viz/platform/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <vector>

#include "engine/shell/options.h"
#include "engine/shell/pages.h"
#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "viz/shows/shows.h"

namespace sediment::viz {

namespace {

using shell::Range;

constexpr const char* kName = "sediment-viz";
constexpr const char* kVersion = "sediment-viz 1.0";
constexpr const char* kExamples =
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
    "I/O error, or out of memory.";

constexpr Range<int> kSides{200, 8192};    // pixels
constexpr Range<double> kMoments{0, 1e7};  // seconds
constexpr Range<double> kScales{0.5, 4};
constexpr Range<std::size_t> kEntries{0, std::size_t{1} << 40};

// "1280x720"
void read_size(const std::string& text, Arguments& arguments) {
  const std::size_t between = text.find('x');
  const auto side = [](const std::string& digits) {
    const std::optional<int> number = shell::parse_number<int>(digits);
    return number && *number >= kSides.least && *number <= kSides.most ? number : std::nullopt;
  };
  const auto width = side(text.substr(0, between));
  const auto height = between == std::string::npos ? std::nullopt : side(text.substr(between + 1));
  if (!width || !height) {
    throw CLI::ValidationError("--size",
                               fmt::format("takes a width and a height of {} to {} pixels, as in 1920x1080, not "
                                           "\"{}\"",
                                           kSides.least, kSides.most, tools::preview(text, 40)));
  }
  arguments.width = *width;
  arguments.height = *height;
}

// "120", "failure"
void read_moment(const std::string& text, Arguments& arguments) {
  arguments.at_failure = text == "failure";
  if (arguments.at_failure) return;
  const std::optional<std::size_t> entries = shell::parse_number<std::size_t>(text);
  if (!entries || *entries > kEntries.most) {
    throw CLI::ValidationError("--at", fmt::format("takes a number of entries {}, or failure, not \"{}\"",
                                                   shell::text_of(kEntries), tools::preview(text, 40)));
  }
  arguments.entries = *entries;
}

// One of kTextSizes. They are words here, so that they stay in the order of their size.
CLI::Option* add_text_size(CLI::App& command, int* percent) {
  std::vector<std::string> sizes;
  for (const int size : kTextSizes) sizes.push_back(std::to_string(size));
  return command
      .add_option_function<std::string>(
          "--text-size", [percent](const std::string& text) { *percent = std::stoi(text); },  // it is one of them
          "size of letters and everything else, in percent of what fits the window [100]")
      ->check(CLI::IsMember(sizes))
      ->type_name("PERCENT");
}

// A name that is empty names nothing, and would be taken for an option that was not given.
CLI::Option* has_name(CLI::Option* option, const char* type) {
  const auto is_empty = [](const std::string& name) { return name.empty() ? std::string("the name is empty") : ""; };
  return option->check(CLI::Validator(is_empty, ""))->type_name(type);
}

void define_input(CLI::App& command, Arguments& arguments) {
  Input& input = arguments.input;
  CLI::Option* scenario =
      has_name(command.add_option("--scenario", input.scenario, "run this scenario and show it"), "FILE");
  CLI::Option* trace = has_name(
      command.add_option("--trace", input.trace, "show what sediment-sim run --trace recorded, of any store"), "FILE");
  CLI::Option* text =
      has_name(command.add_option(
                   "--text", input.texts,
                   "the guided tour, over the words of these texts, up to 1 MiB and 200,000 words together (default: "
                   "README.md, if it is there)"),
               "FILE");
  CLI::Option* store = has_name(
      command.add_option("--store", input.store, "a store's directory; it is read, and nothing is changed"), "DIR");
  std::string show_names;
  for (const ShowInfo& known : shows()) show_names += (show_names.empty() ? "" : ", ") + std::string(known.name);
  CLI::Option* show =
      has_name(command.add_option("--show", input.show, "a show of three to five minutes: " + show_names), "NAME");
  command.add_flag("--list-shows", arguments.list_shows, "print the names and titles of the shows, and exit");
  CLI::Option* figure =
      has_name(command.add_option("--figure", arguments.figure,
                                  "with --headless: a figure of the book, described in this file (viz/shows/figure.h)"),
               "FILE");
  CLI::Option* answer = has_name(
      command.add_option("--answer", arguments.answer,
                         "print, as JSON, what the engine answers to the question of this description of a figure"),
      "FILE");
  shell::add_number(&command, "--scale", &arguments.scale, kScales, "N", "with --figure: pixels per unit of length [2]")
      ->needs(figure);
  for (CLI::Option* other : {scenario, trace, text, store, show}) {
    figure->excludes(other);
    answer->excludes(other);
  }
  figure->excludes(answer);
  CLI::Option* empty = command.add_flag("--empty", arguments.empty,
                                        "an empty store to play with (the default where there is no README.md)");
  store->excludes(scenario)->excludes(trace)->excludes(text);
  show->excludes(scenario)->excludes(store)->excludes(trace)->excludes(text);
  empty->excludes(scenario)->excludes(trace)->excludes(text)->excludes(show)->excludes(store);
  scenario->excludes(trace)->excludes(text);
  trace->excludes(text);
}

void define_look(CLI::App& command, Arguments& arguments) {
  CLI::Option* entries = command
                             .add_option_function<std::string>(
                                 "--at", [&arguments](const std::string& moment) { read_moment(moment, arguments); },
                                 "begin when this many entries of the trace have happened, or where the run fails")
                             ->type_name("N|failure");
  shell::add_number(&command, "--time", &arguments.seconds, kMoments, "SECONDS", "begin at this moment of the show")
      ->excludes(entries);
  command.add_flag("--play,!--no-play", arguments.play,
                   "play at once, or wait for the space key (default: play the tour from its beginning, else wait)");
  command
      .add_option_function<std::string>(
          "--size", [&arguments](const std::string& size) { read_size(size, arguments); },
          "size of the pictures in pixels, or of the window; the window is larger on a display of more than 100 % "
          "[1280x720]")
      ->type_name("WxH");
  shell::add_choice<LayoutId>(&command, "--layout", &arguments.layout,
                              {{"learn", LayoutId::kLearn},
                               {"crash", LayoutId::kCrash},
                               {"all", LayoutId::kAll},
                               {"present", LayoutId::kPresent}},
                              "which panels are beside the stage [learn]");
  shell::add_choice<Theme>(&command, "--theme", &arguments.theme, {{"dark", Theme::kDark}, {"light", Theme::kLight}},
                           "dark, or light for bright rooms [dark]");
  add_text_size(command, &arguments.text_size);
  command.add_flag("--narrate", arguments.narrate, "also say on stdout what happens, one sentence per line");
  command.add_flag("--reduced-motion", arguments.reduced_motion, "changes happen at once, nothing moves");
  has_name(command.add_option("--state", arguments.state_file,
                              "for tests: keep what the window shows in this file, as JSON"),
           "FILE");
}

void define_outputs(CLI::App& command, Arguments& arguments) {
  CLI::Option* headless =
      command.add_flag("--headless", arguments.headless, "no window; make the files of the options below");
  HeadlessOutputs& outputs = arguments.outputs;
  const auto add = [&](const char* name, std::string& target, const char* purpose, const char* type) {
    has_name(command.add_option(name, target, purpose), type)->needs(headless);
  };
  add("--png", outputs.png, "one picture, of the moment of --at or --time", "FILE");
  add("--frames", outputs.frames, "a picture for each chapter: 01.png, 02.png …", "FOLDER");
  add("--video", outputs.video, "the whole show as an MP4 (needs ffmpeg)", "FILE");
  add("--transcript", outputs.transcript, "the whole show in sentences", "FILE");
}

}  // namespace

int fail(int exit_code, const std::string& message) {
  sim::print_error("{}: {}\n", kName, tools::printable(message));
  return exit_code;
}

int fail(int exit_code, const Status& status) {
  std::string message(status.message().empty() ? describe(status.code()) : status.message());
  if (!status.file().empty() && message.find(status.file()) == std::string::npos)
    message = std::string(status.file()) + ": " + message;
  return fail(exit_code, message);
}

std::optional<Arguments> read_command_line(int argc, char** argv, int* exit_code) {
  std::optional<Arguments> arguments(std::in_place);
  CLI::App command("Shows what a store does, byte by byte: forwards, backwards, and through crashes.", kName);
  define_input(command, *arguments);
  define_look(command, *arguments);
  define_outputs(command, *arguments);
  command.footer(kExamples);
  shell::add_pages(command, kVersion);
  try {
    command.parse(argc, argv);
  } catch (const CLI::Success& wish) {  // --help, --version and the other pages
    sim::write_output(shell::text_of(command, wish));
    *exit_code = kExitOk;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    *exit_code = fail(kExitUsage, fmt::format("{}; --help has examples", error.what()));
    return std::nullopt;
  }
  return arguments;
}

}  // namespace sediment::viz

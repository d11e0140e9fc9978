// sediment-viz: shows a run of the store in a window, or as pictures, a video or text.
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/tools/standard_streams.h"
#include "sim/base/json_reader.h"
#include "sim/base/output.h"
#include "viz/app/app.h"
#include "viz/platform/command_line.h"
#include "viz/platform/headless.h"
#include "viz/platform/window.h"
#include "viz/shows/shows.h"

namespace {

using namespace sediment;       // NOLINT(google-build-using-namespace): this file is the program
using namespace sediment::viz;  // NOLINT(google-build-using-namespace)

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
    fail(kExitUsage, "there is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set.");
    sim::print_error(
        "Without one it can make pictures and a video:\n"
        "  sediment-viz --headless --frames pictures --video show.mp4\n");
    return kExitUsage;
  }
  Result<std::unique_ptr<Window>> window =
      Window::open({.width = arguments.width, .height = arguments.height, .state_file = arguments.state_file});
  if (!window.ok()) return fail(kExitIoError, window.status());
  warn_about_fonts((*window)->font_warning());
  Result<std::unique_ptr<App>> app = App::open(arguments.input, (*window)->fonts());
  if (!app.ok()) return fail(kExitUsage, app.status());
  (*app)->ask_questions(true);
  start_show(**app, arguments);
  if (Status s = (*window)->run(**app); !s.ok()) return fail(kExitIoError, s);
  return kExitOk;
}

// A picture of a figure, and its transcript: what a page shows without the engine.
int draw_figure(const Arguments& arguments) {
  const Result<std::string> description = sim::read_text_file(arguments.figure);
  if (!description.ok()) return fail(kExitUsage, description.status());
  Result<Figure> figure = make_figure(*description);
  if (!figure.ok()) return fail(kExitUsage, arguments.figure + ": " + std::string(figure.status().message()));
  HeadlessScreen screen(arguments.width, arguments.height, arguments.scale);
  warn_about_fonts(screen.font_warning());
  Result<std::unique_ptr<App>> app = App::open(std::move(*figure), screen.fonts());
  if (!app.ok()) return fail(kExitUsage, arguments.figure + ": " + std::string(app.status().message()));
  (*app)->set_theme(arguments.theme);
  if (Status s = write_outputs(**app, screen, arguments.outputs); !s.ok()) return fail(kExitIoError, s);
  return kExitOk;
}

int print_answer(const std::string& path) {
  const Result<std::string> description = sim::read_text_file(path);
  if (!description.ok()) return fail(kExitUsage, description.status());
  const Result<std::string> answer = answer_of_figure(*description);
  if (!answer.ok()) return fail(kExitUsage, path + ": " + std::string(answer.status().message()));
  sim::print_output("{}\n", nlohmann::json{{"answer", *answer}}.dump(-1, ' ', true));
  return kExitOk;
}

int show_headless(const Arguments& arguments) {
  HeadlessScreen screen(arguments.width, arguments.height);
  warn_about_fonts(screen.font_warning());
  Result<std::unique_ptr<App>> app = App::open(arguments.input, screen.fonts());
  if (!app.ok()) return fail(kExitUsage, app.status());
  Arguments paused = arguments;
  paused.play = false;
  start_show(**app, paused);
  if (Status s = write_outputs(**app, screen, arguments.outputs); !s.ok()) return fail(kExitIoError, s);
  return kExitOk;
}

int run(Arguments& arguments) {
  arguments.input.progress = told_progress();
  if (arguments.list_shows) {
    for (const ShowInfo& show : shows()) sim::print_output("{:24}{}\n", show.name, show.title);
    return kExitOk;
  }
  if (!arguments.answer.empty()) return print_answer(arguments.answer);
  Input& input = arguments.input;
  if (input.scenario.empty() && input.trace.empty() && input.texts.empty() && input.show.empty() &&
      input.store.empty()) {
    if (std::filesystem::exists("README.md") && !arguments.empty) input.texts = {"README.md"};
  }
  const HeadlessOutputs& outputs = arguments.outputs;
  const bool has_output =
      !outputs.png.empty() || !outputs.frames.empty() || !outputs.video.empty() || !outputs.transcript.empty();
  if (arguments.headless && !has_output)
    return fail(kExitUsage, "--headless needs something to make: --png, --frames, --video or --transcript");
  if (!arguments.figure.empty()) {
    if (!arguments.headless) return fail(kExitUsage, "--figure needs --headless, and --png or --transcript");
    return draw_figure(arguments);
  }
  return arguments.headless ? show_headless(arguments) : show_in_window(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  tools::prepare_standard_streams();
  return sim::run_guarded("sediment-viz", [&] {
    int exit_code = kExitOk;
    std::optional<Arguments> arguments = read_command_line(argc, argv, &exit_code);
    return arguments ? run(*arguments) : exit_code;
  });
}

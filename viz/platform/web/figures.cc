// The engine and the visualizer in a page: any number of figures, each a canvas of the page.
//
// sediment.js, beside this file, owns the page: it calls the functions below, and copies the pixels of a figure into its
// canvas. Nothing here runs by itself, so a page on which nothing moves costs nothing. The pictures are those of the
// desktop's software renderer, pixel by pixel, and need no WebGL. One thread.
#include <emscripten.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

// EM_ASM numbers its arguments with dollar signs.
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"

#include "engine/tools/printable.h"
#include "sim/base/json_reader.h"
#include "sim/disk/sim_disk.h"
#include "sim/run/store_adapter.h"
#include "viz/app/app.h"
#include "viz/draw/fonts.h"
#include "viz/draw/imgui_compat.h"
#include "viz/draw/named_items.h"
#include "viz/platform/input_queue.h"
#include "viz/platform/software_renderer.h"
#include "viz/shows/figure.h"

namespace sediment::viz {
namespace {

constexpr ImU32 kBackground = IM_COL32(0, 0, 0, 255);  // the application covers it completely
constexpr double kLongestStep = 0.1;                   // seconds; a page in the background gets no frames

struct PageFigure {
  ImGuiContext* context = nullptr;
  InputQueue input;
  std::unique_ptr<App> app;
  bool fits_window = false;  // the whole application, whose scale follows its size

  ~PageFigure() {
    app.reset();
    ImGui::SetCurrentContext(context);
    ImGui::DestroyContext(context);
  }
};

// What all figures share.
struct Page {
  ImFontAtlas atlas;
  Fonts fonts;
  SoftwareRenderer renderer;
  std::map<int, std::unique_ptr<PageFigure>> figures;
  int last_id = 0;
  std::string lent;  // to JavaScript, until the next call
};

Page& page() {
  static Page the_page;
  return the_page;
}

const char* lend(std::string text) {
  page().lent = std::move(text);
  return page().lent.c_str();
}

PageFigure* figure_of(int id) {
  const auto found = page().figures.find(id);
  if (found == page().figures.end()) return nullptr;
  ImGui::SetCurrentContext(found->second->context);
  return found->second.get();
}

void copy_to_clipboard(void*, const char* text) {
  EM_ASM({ Module['copied'](UTF8ToString($0)); }, text);
}
const char* pasted(void*) { return page().lent.c_str(); }

std::string said_by(const Status& status) {
  return std::string(status.message().empty() ? describe(status.code()) : status.message());
}

// Empty if it was done, or why not.
std::string refusal(const Status& status) { return status.ok() ? std::string() : said_by(status); }

// What only the whole application shows, with its menus and questions: a text, a show, or an empty store.
std::optional<Input> whole_input(const nlohmann::json& wanted) {
  Input input;
  if (!wanted.is_object() || wanted.size() > 1) return std::nullopt;
  for (const auto& [name, value] : wanted.items()) {
    if (!value.is_string() || (name != "show" && name != "text")) return std::nullopt;
    if (name == "show") input.show = value;
    if (name == "text") input.texts = {value};
  }
  return input;
}

Result<std::unique_ptr<App>> open_app(const std::string& description, bool whole) {
  const Result<nlohmann::json> wanted = sim::parse_json(description);
  if (!wanted.ok()) return wanted.status();
  if (const auto input = whole ? whole_input(*wanted) : std::nullopt) return App::open(*input, page().fonts);
  Result<Figure> figure = make_figure(description);
  if (!figure.ok()) return figure.status();
  const double at = figure->at;
  Result<std::unique_ptr<App>> app = App::open(std::move(*figure), page().fonts);
  if (app.ok() && whole) {
    (*app)->set_layout(LayoutId::kLearn);
    (*app)->seek_time(at);
  }
  return app;
}

}  // namespace
}  // namespace sediment::viz

using namespace sediment;       // NOLINT(google-build-using-namespace): what follows is the page's interface
using namespace sediment::viz;  // NOLINT(google-build-using-namespace)

extern "C" {

// Opens a figure; `whole`: with all of the application around it. Its number, or 0: then figure_message() says why not.
EMSCRIPTEN_KEEPALIVE int figure_open(const char* description, int whole) {
  auto figure = std::make_unique<PageFigure>();
  figure->context = ImGui::CreateContext(&page().atlas);
  ImGui::SetCurrentContext(figure->context);
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.SetClipboardTextFn = copy_to_clipboard;
  io.GetClipboardTextFn = pasted;
  prepare_keys();
  announce_renderer();
  figure->fits_window = whole != 0;
  Result<std::unique_ptr<App>> app = open_app(description, whole != 0);
  if (!app.ok()) {
    lend(said_by(app.status()));
    return 0;
  }
  figure->app = std::move(*app);
  const int id = ++page().last_id;
  page().figures[id] = std::move(figure);
  return id;
}

EMSCRIPTEN_KEEPALIVE const char* figure_message() { return page().lent.c_str(); }

EMSCRIPTEN_KEEPALIVE void figure_close(int id) { page().figures.erase(id); }

// Draws a frame of so many pixels, with `scale` pixels per unit (of the whole application: what fits). Whether the picture
// will change by itself.
EMSCRIPTEN_KEEPALIVE int figure_frame(int id, int width, int height, double scale, double seconds) {
  PageFigure* figure = figure_of(id);
  if (figure == nullptr) return 0;
  App& app = *figure->app;
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
  io.DeltaTime = static_cast<float>(std::clamp(seconds, 0.0001, kLongestStep));
  const float wanted = figure->fits_window ? scale_for(io.DisplaySize.x, io.DisplaySize.y) * app.text_scale()
                                           : static_cast<float>(scale);
  if (fonts_are_due(page().fonts, wanted)) load_fonts(page().fonts, wanted, nullptr);
  io.FontDefault = page().fonts.text;
  figure->input.feed_frame();
  named_items().begin_frame();
  ImGui::NewFrame();
  app.frame(std::min(seconds, kLongestStep));
  ImGui::Render();
  page().renderer.draw(*ImGui::GetDrawData(), glyph_texture(), kBackground);
  return app.animating() || figure->input.busy() ? 1 : 0;
}

// Of the last frame: red, green, blue, 255 for each pixel, from the top left corner on.
EMSCRIPTEN_KEEPALIVE const void* figure_pixels() { return page().renderer.pixels().data(); }

EMSCRIPTEN_KEEPALIVE void figure_pointer(int id, double x, double y) {
  if (PageFigure* figure = figure_of(id)) figure->input.mouse_position({static_cast<float>(x), static_cast<float>(y)});
}
EMSCRIPTEN_KEEPALIVE void figure_button(int id, int button, int down) {
  if (PageFigure* figure = figure_of(id)) figure->input.mouse_button(button, down != 0);
}
EMSCRIPTEN_KEEPALIVE void figure_leave(int id) {
  if (PageFigure* figure = figure_of(id)) figure->input.mouse_left();
}
EMSCRIPTEN_KEEPALIVE void figure_wheel(int id, double x, double y) {
  if (PageFigure* figure = figure_of(id)) figure->input.wheel({static_cast<float>(x), static_cast<float>(y)});
}
EMSCRIPTEN_KEEPALIVE void figure_key(int id, int key, int down) {
  if (PageFigure* figure = figure_of(id)) figure->input.key(key, down != 0);
}
EMSCRIPTEN_KEEPALIVE void figure_character(int id, int character, int repeated) {
  if (PageFigure* figure = figure_of(id)) figure->input.character(static_cast<unsigned>(character), repeated != 0);
}

// The C++ library would print the names of types that are thrown and not caught. Its code for that is a twentieth of what a
// page loads, and is left out.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreserved-identifier"
char* __cxa_demangle(const char*, char*, std::size_t*, int* status) {
  if (status != nullptr) *status = -1;
  return nullptr;
}
#pragma clang diagnostic pop

// What the page's buttons do: "step", "back", "event", "event-back", "play", "pause", "restart", "flip", "dark", "light",
// "calm" (nothing moves), "ask" (shows stop at their questions), "layout NAME", "panel TITLE", "at SECONDS", "entry N", "open PATH", or
// "do OPERATION". Empty, or why it could not be done.
EMSCRIPTEN_KEEPALIVE const char* figure_do(int id, const char* what) {
  PageFigure* figure = figure_of(id);
  if (figure == nullptr) return lend("there is no such figure");
  App& app = *figure->app;
  const std::string command = what;
  const std::size_t space = std::min(command.find(' '), command.size());
  const std::string verb = command.substr(0, space);
  const std::string rest = command.substr(std::min(space + 1, command.size()));
  if (verb == "do") return lend(app.perform(rest));
  if (verb == "flip") return lend(app.flip_a_bit());
  if (verb == "step" || verb == "back") app.step(verb == "step");
  if (verb == "event" || verb == "event-back") app.step(verb == "event", true);
  if (verb == "play") app.play();
  if (verb == "pause") app.pause();
  if (verb == "restart") app.restart();
  if (verb == "dark" || verb == "light") app.set_theme(verb == "dark" ? Theme::kDark : Theme::kLight);
  if (verb == "calm") app.reduce_motion(true);
  if (verb == "ask") app.ask_questions(true);
  if (verb == "at") app.seek_time(std::strtod(rest.c_str(), nullptr));
  if (verb == "entry") app.seek(static_cast<std::size_t>(std::max(0L, std::strtol(rest.c_str(), nullptr, 10))));
  if (verb == "open") app.open_dropped(rest);
  if (verb == "panel") return lend(refusal(app.show_panel(rest)));
  if (verb == "layout") {
    const auto layout = parse_layout(rest);
    if (!layout)
      return lend("there is no layout \"" + tools::preview(rest, 40) + "\"; there are learn, crash, all and present");
    app.set_layout(*layout);
  }
  return lend("");
}

// {"from", "now", "to": seconds, "playing", "animating", "sentence"}: for the page's controls.
EMSCRIPTEN_KEEPALIVE const char* figure_status(int id) {
  PageFigure* figure = figure_of(id);
  if (figure == nullptr) return lend("{}");
  const App::Range range = figure->app->range();
  nlohmann::json status{{"from", range.from},
                        {"now", range.now},
                        {"to", range.to},
                        {"playing", figure->app->playing()},
                        {"sentence", figure->app->sentence()}};
  return lend(status.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// Everything that is shown, and where it is: for tests.
EMSCRIPTEN_KEEPALIVE const char* figure_state(int id) {
  PageFigure* figure = figure_of(id);
  return lend(figure == nullptr ? "{}" : figure->app->state_json());
}
EMSCRIPTEN_KEEPALIVE const char* figure_items() { return lend(named_items().json()); }

// The run and the moment, for a link; empty if the run can only be watched.
EMSCRIPTEN_KEEPALIVE const char* figure_description(int id) {
  PageFigure* figure = figure_of(id);
  return lend(figure == nullptr ? "" : figure->app->description());
}
EMSCRIPTEN_KEEPALIVE const char* figure_digest(int id) {
  PageFigure* figure = figure_of(id);
  return lend(figure == nullptr ? "" : std::to_string(figure->app->trace_digest()));
}

// {"answer"} or {"error"}.
EMSCRIPTEN_KEEPALIVE const char* figure_answer(const char* description) {
  const Result<std::string> answer = answer_of_figure(description);
  const nlohmann::json told =
      answer.ok() ? nlohmann::json{{"answer", *answer}} : nlohmann::json{{"error", said_by(answer.status())}};
  return lend(told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// How long a get takes in a text log of so many lines, in milliseconds, as a mean: a browser's clock is too coarse for one.
// Less than 0: it failed.
EMSCRIPTEN_KEEPALIVE double measure_scan(int lines) {
  const auto disk = std::make_shared<sim::SimDisk>();
  const auto store = sim::text_log_kind().open(disk, {}, nullptr);
  if (!store.ok()) return -1;
  for (int i = 0; i < lines; ++i) {
    if (!(*store)->put("key-" + std::to_string(i), "value-" + std::to_string(i)).ok()) return -1;
  }
  constexpr double kLongEnough = 50;
  const double begin = emscripten_get_now();
  for (int gets = 1;; ++gets) {
    std::string value;
    if (!(*store)->get("key-" + std::to_string(lines / 2), &value).ok()) return -1;
    const double passed = emscripten_get_now() - begin;
    if (passed >= kLongEnough) return passed / gets;
  }
}

}  // extern "C"

int main() { return 0; }

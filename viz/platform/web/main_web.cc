// The application in a browser: one canvas that fills the page, and one frame each time the browser draws.
//
// It plays the tour over this project's README. The functions at the end are for tests, which call them from
// JavaScript.
#include <emscripten.h>
#include <emscripten/html5.h>

#include <algorithm>
#include <memory>
#include <string>

// EM_ASM numbers its arguments with dollar signs.
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"

#include "viz/draw/imgui_compat.h"  // before the backends, which include ImGui directly

#define GLFW_INCLUDE_ES3
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>

#include "viz/app/app.h"
#include "viz/draw/fonts.h"
#include "viz/draw/named_items.h"
#include "viz/platform/font_texture.h"
#include "viz/platform/glfw_input.h"
#include "viz/platform/input_queue.h"

namespace sediment::viz {
namespace {

constexpr double kLongestStepSeconds = 0.1;  // a page in the background gets no frames; the show resumes where it was

struct Page {
  GLFWwindow* window = nullptr;
  InputQueue input;
  Fonts fonts;
  std::unique_ptr<App> app;
  double last_frame_at = 0;  // milliseconds
  int frames = 0;
};

Page* page = nullptr;  // lives as long as the page

// Replaces "Loading…". The page's script defines sedimentFailed.
void show_failure(const std::string& message) {
  EM_ASM({ sedimentFailed(UTF8ToString($0)); }, message.c_str());
}

// Gives the canvas as many pixels as the screen uses for it, also where one page pixel is several screen pixels.
void fit_canvas() {
  double width = 0;
  double height = 0;
  emscripten_get_element_css_size("#canvas", &width, &height);
  const double ratio = emscripten_get_device_pixel_ratio();
  const int wanted_width = std::max(1, static_cast<int>(width * ratio));
  const int wanted_height = std::max(1, static_cast<int>(height * ratio));
  int has_width = 0;
  int has_height = 0;
  glfwGetWindowSize(page->window, &has_width, &has_height);
  // Not glfwSetWindowSize: emscripten's version requests full screen when given the size of the whole screen.
  if (has_width != wanted_width || has_height != wanted_height)
    EM_ASM({ Module['setCanvasSize']($0, $1); }, wanted_width, wanted_height);

  const float text_scale = page->app == nullptr ? 1 : page->app->text_scale();
  const float scale = scale_for(static_cast<float>(wanted_width), static_cast<float>(wanted_height)) * text_scale;
  if (!fonts_are_due(page->fonts, scale)) return;
  load_fonts(page->fonts, scale, nullptr);
  renew_font_texture();
}

void draw_frame() {
  glfwPollEvents();
  fit_canvas();
  const double now = emscripten_get_now();
  const double seconds = std::min((now - page->last_frame_at) / 1000, kLongestStepSeconds);
  page->last_frame_at = now;

  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  page->input.feed_frame();
  named_items().begin_frame();
  ImGui::NewFrame();
  page->app->frame(seconds);
  ImGui::Render();
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(page->window, &width, &height);
  glViewport(0, 0, width, height);
  glClearColor(0, 0, 0, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  ++page->frames;
}

// Empty, or a description of why it does not work.
std::string start() {
  if (glfwInit() == GLFW_FALSE) return "The canvas cannot be used.";
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 0);
  glfwWindowHint(GLFW_CLIENT_API, GLFW_OPENGL_ES_API);
  page->window = glfwCreateWindow(1280, 720, "Sediment", nullptr, nullptr);
  if (page->window == nullptr) return "This browser has no WebGL 2, which the pictures are drawn with.";
  glfwMakeContextCurrent(page->window);
  send_input_to(page->input, page->window);

  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;
  if (!ImGui_ImplGlfw_InitForOpenGL(page->window, false) || !ImGui_ImplOpenGL3_Init("#version 300 es"))
    return "WebGL 2 does not work in this browser.";
  prepare_keys();
  page->last_frame_at = emscripten_get_now();
  fit_canvas();

  Input input;
  input.texts = {"/texts/README.md"};
  Result<std::unique_ptr<App>> app = App::open(input, page->fonts);
  if (!app.ok()) return app.status().to_string();
  page->app = std::move(*app);
  page->app->play();
  return {};
}

// A string that JavaScript reads before the next call.
const char* lend(std::string text) {
  static std::string lent;
  lent = std::move(text);
  return lent.c_str();
}

}  // namespace
}  // namespace sediment::viz

extern "C" {

EMSCRIPTEN_KEEPALIVE const char* viz_state() {
  using namespace sediment::viz;
  return lend(page != nullptr && page->app != nullptr ? page->app->state_json() : "{}");
}

EMSCRIPTEN_KEEPALIVE const char* viz_items() { return sediment::viz::lend(sediment::viz::named_items().json()); }

EMSCRIPTEN_KEEPALIVE int viz_frame() { return sediment::viz::page != nullptr ? sediment::viz::page->frames : 0; }

}  // extern "C"

int main() {
  using namespace sediment::viz;
  static Page the_page;
  page = &the_page;
  if (const std::string failure = start(); !failure.empty()) {
    show_failure(failure);
    return 1;
  }
  emscripten_set_main_loop(draw_frame, 0, true);
  return 0;
}

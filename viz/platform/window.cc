#include "viz/platform/window.h"

#include "viz/draw/imgui_compat.h"  // before the backends, which include ImGui directly

#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "viz/draw/named_items.h"
#include "viz/platform/font_texture.h"
#include "viz/platform/glfw_input.h"
#include "viz/platform/software_renderer.h"

namespace sediment::viz {
namespace {

using Clock = std::chrono::steady_clock;

// Keep drawing this long after the last input, so that its effects are shown: ImGui itself needs two or three frames to
// react.
constexpr int kFramesAfterInput = 5;
constexpr double kSleepSeconds = 3;          // a frame takes some 15 ms in software: half a percent of a core
constexpr double kCursorBlinkSeconds = 0.1;  // while a text field is edited
constexpr double kLongestStepSeconds = 0.1;  // after a sleep the show resumes where it was
constexpr std::chrono::milliseconds kStateInterval(50);

std::string& last_glfw_error() {
  static std::string message;
  return message;
}

void on_glfw_error(int /*code*/, const char* message) { last_glfw_error() = message; }

// Keeps the state file up to date. A reader never sees half of it: the new file replaces the old one atomically.
class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  /// True if the file is out of date and should be written although nothing else happens.
  bool waiting() const { return waiting_; }

  Status update(const App& app, std::uint64_t frame) {
    if (path_.empty()) return {};
    const std::string content = "{\"state\": " + app.state_json() + ", \"items\": " + named_items().json();
    waiting_ = content != written_;
    if (!waiting_ || Clock::now() - written_at_ < kStateInterval) return {};
    const std::string temporary = path_ + ".tmp";
    std::ofstream file(temporary, std::ios::binary);
    file << content << ", \"frame\": " << frame << "}\n";
    file.close();
    std::error_code error;
    if (file) std::filesystem::rename(temporary, path_, error);
    if (!file || error) return Status::io_error(path_, "the state file cannot be written");
    written_ = content;
    written_at_ = Clock::now();
    waiting_ = false;
    return {};
  }

 private:
  std::string path_;
  std::string written_;
  Clock::time_point written_at_;
  bool waiting_ = false;
};

// What was dropped onto the window and is not opened yet; empty: nothing. There is one window, and one thread.
std::string& dropped_path() {
  static std::string path;
  return path;
}

void on_drop(GLFWwindow* /*window*/, int count, const char** paths) {
  if (count > 0) dropped_path() = paths[0];
}

}  // namespace

struct Window::Impl {
  GLFWwindow* window = nullptr;
  bool imgui_ready = false;
  Fonts fonts;
  std::string font_warning;
  InputQueue input;
  StateFile state_file{""};
  std::uint64_t frames = 0;
  int frames_to_go = kFramesAfterInput;

  void wait_for_events(const App& app);
  std::pair<int, int> size_in_pixels() const;
  void fit_fonts(float text_scale);
  void frame(App& app, double seconds);
};

// When there is nothing to do: waits until something happens. An occasional frame is drawn anyway.
void Window::Impl::wait_for_events(const App& app) {
  if (input.busy() || state_file.waiting()) frames_to_go = kFramesAfterInput;
  if (app.animating() || frames_to_go > 0) {
    frames_to_go -= frames_to_go > 0 ? 1 : 0;
    glfwPollEvents();
    return;
  }
  const double before = glfwGetTime();
  const double timeout = text_is_edited() ? kCursorBlinkSeconds : kSleepSeconds;
  glfwWaitEventsTimeout(timeout);
  if (glfwGetTime() - before < timeout * 0.9) frames_to_go = kFramesAfterInput;
}

std::pair<int, int> Window::Impl::size_in_pixels() const {
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(window, &width, &height);
  return {width, height};
}

// Letters are drawn at their displayed size, so a different window size may need a different set of them.
void Window::Impl::fit_fonts(float text_scale) {
  const auto [width, height] = size_in_pixels();
  if (width <= 0 || height <= 0) return;  // minimised
  const float scale = scale_for(static_cast<float>(width), static_cast<float>(height)) * text_scale;
  if (!fonts_are_due(fonts, scale)) return;
  load_fonts(fonts, scale, &font_warning);
  renew_font_texture();
}

void Window::Impl::frame(App& app, double seconds) {
  fit_fonts(app.text_scale());
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  // Everything is measured in pixels, also where the system measures windows in larger units: letters are sharp.
  const auto [width, height] = size_in_pixels();
  ImGui::GetIO().DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
  ImGui::GetIO().DisplayFramebufferScale = {1, 1};
  input.feed_frame();
  named_items().begin_frame();
  ImGui::NewFrame();
  app.frame(seconds);
  ImGui::Render();
  glViewport(0, 0, width, height);
  glClearColor(0, 0, 0, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  glfwSwapBuffers(window);
  ++frames;
  // Drawn again in memory, so that it is the same picture as --png makes.
  if (const auto path = app.wanted_picture()) {
    SoftwareRenderer renderer;
    renderer.draw(*ImGui::GetDrawData(), glyph_texture(), IM_COL32_BLACK);
    app.picture_made(renderer.write_png(*path));
    frames_to_go = kFramesAfterInput;
  }
}

Window::Window(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Window::~Window() {
  if (impl_->imgui_ready) {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
  }
  if (impl_->window != nullptr) glfwDestroyWindow(impl_->window);
  glfwTerminate();
}

Result<std::unique_ptr<Window>> Window::open(const WindowOptions& options) {
  glfwSetErrorCallback(on_glfw_error);
  if (glfwInit() == GLFW_FALSE) return Status::io_error("the screen", "it cannot be used: " + last_glfw_error());
  std::unique_ptr<Window> window(new Window(std::make_unique<Impl>()));
  Impl& impl = *window->impl_;
  impl.state_file = StateFile(options.state_file);

  // 3.2 with the core profile is the oldest that all systems with OpenGL 3 offer.
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);  // at 200 % the window has twice as many pixels each way
  impl.window = glfwCreateWindow(options.width, options.height, "Sediment", nullptr, nullptr);
  if (impl.window == nullptr) {
    return Status::io_error("the window", "it cannot be opened: " + last_glfw_error() +
                                              ". It needs OpenGL 3.2; without a graphics card the package "
                                              "libgl1-mesa-dri provides it");
  }
  glfwMakeContextCurrent(impl.window);
  glfwSwapInterval(1);  // one frame per screen refresh
  send_input_to(impl.input, impl.window);
  glfwSetDropCallback(impl.window, on_drop);

  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;  // remember nothing between runs
  const bool platform_ready = ImGui_ImplGlfw_InitForOpenGL(impl.window, false);
  if (!platform_ready || !ImGui_ImplOpenGL3_Init("#version 150"))
    return Status::io_error("the window", "OpenGL 3.2 does not work here; --headless makes pictures without it");
  impl.imgui_ready = true;
  prepare_keys();
  impl.fit_fonts(1);
  return window;
}

const Fonts& Window::fonts() const { return impl_->fonts; }

const std::string& Window::font_warning() const { return impl_->font_warning; }

Status Window::run(App& app) {
  Clock::time_point last = Clock::now();
  while (glfwWindowShouldClose(impl_->window) == GLFW_FALSE) {
    impl_->wait_for_events(app);
    const Clock::time_point now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last).count();
    last = now;
    if (const std::string path = std::exchange(dropped_path(), {}); !path.empty()) {
      app.open_dropped(path);
      impl_->frames_to_go = kFramesAfterInput;
    }
    impl_->frame(app, std::min(seconds, kLongestStepSeconds));
    if (Status s = impl_->state_file.update(app, impl_->frames); !s.ok()) return s;
  }
  return {};
}

bool has_display() {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
}

}  // namespace sediment::viz

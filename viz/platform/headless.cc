#include "viz/platform/headless.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "sim/base/output.h"
#include "viz/draw/named_items.h"
#include "viz/platform/video_writer.h"

namespace sediment::viz {
namespace {

constexpr int kPicturesPerSecond = 30;
// After a jump: until the layout has its sizes and animations have finished.
constexpr int kFramesToSettle = 45;
constexpr ImU32 kBackground = IM_COL32(0, 0, 0, 255);  // the application covers it completely

// The progress of a long job, on standard error: on a terminal one line that is rewritten, elsewhere a line for each
// tenth.
class Progress {
 public:
  Progress(std::string what, std::size_t total) : what_(std::move(what)), total_(total) {}
  ~Progress() {
    if (terminal_) sim::print_error("\r\x1b[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    const std::size_t tenth = done * 10 / total_;
    if (terminal_ && elapsed - shown_at_ > 0.2) {
      shown_at_ = elapsed;
      const double remaining = elapsed * static_cast<double>(total_ - done) / static_cast<double>(done);
      sim::print_error("\r\x1b[K{}: {}/{}, about {:.0f} s left", what_, done, total_, std::ceil(remaining));
    } else if (!terminal_ && tenth > tenth_) {
      tenth_ = tenth;
      sim::print_error("{}: {}/{} after {:.0f} s\n", what_, done, total_, elapsed);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  std::size_t total_;
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  Clock::time_point start_ = Clock::now();
  double shown_at_ = 0;
  std::size_t tenth_ = 0;
};

Status make_folder(const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Status::io_error(folder.string(), "the folder cannot be made: " + error.message());
  return {};
}

// Checks before the long job whether its result can be written.
Status make_empty_file(const std::string& path) {
  if (Status s = make_folder(std::filesystem::path(path).parent_path()); !s.ok()) return s;
  if (!std::ofstream(path, std::ios::binary).is_open())
    return Status::io_error(path, "the file cannot be written; can you write to its folder, and is there space?");
  return {};
}

Status write_frames(App& app, HeadlessScreen& screen, const std::string& folder) {
  if (Status s = make_folder(folder); !s.ok()) return s;
  const std::vector<double> times = app.picture_times();
  Progress progress("pictures", times.size());
  std::size_t number = 0;
  for (const double time : times) {
    app.pause();
    app.seek_time(time);
    screen.run(app, kFramesToSettle);
    const std::string name = fmt::format("{:02}.png", ++number);
    if (Status s = screen.draw().write_png((std::filesystem::path(folder) / name).string()); !s.ok()) return s;
    progress.show(number);
  }
  return {};
}

Status write_video(App& app, HeadlessScreen& screen, const std::string& path) {
  if (Status s = make_empty_file(path); !s.ok()) return s;
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  Result<VideoWriter> video =
      VideoWriter::open(path, static_cast<int>(size.x), static_cast<int>(size.y), kPicturesPerSecond);
  if (!video.ok()) return video.status();
  app.seek_time(0);
  app.pause();
  screen.run(app, kFramesToSettle);
  app.play();
  const auto total = static_cast<std::size_t>(std::ceil(app.duration() * kPicturesPerSecond)) + 1;
  Progress progress("video", total);
  for (std::size_t done = 0; done < total;) {
    screen.run(app);
    video->add(screen.draw());
    progress.show(++done);
  }
  return video->finish();
}

// What a US keyboard types; 0 for what is no sign.
char sign_of(Key key, bool shift) {
  switch (key) {
    case Key::kSlash: return shift ? '?' : '/';
    case Key::kEqual: return shift ? '+' : '=';
    case Key::kMinus: return shift ? '_' : '-';
    case Key::kComma: return shift ? '<' : ',';
    case Key::kPeriod: return shift ? '>' : '.';
    case Key::kLeftBracket: return shift ? '{' : '[';
    case Key::kRightBracket: return shift ? '}' : ']';
    default: return 0;
  }
}

Status write_transcript(const App& app, const std::string& path) {
  if (Status s = make_empty_file(path); !s.ok()) return s;
  std::ofstream file(path, std::ios::binary);
  file << app.transcript();
  file.close();
  if (!file) return Status::io_error(path, "the transcript cannot be written");
  return {};
}

}  // namespace

HeadlessScreen::HeadlessScreen(int width, int height, std::optional<double> scale)
    : context_(ImGui::CreateContext()), scale_(scale) {
  ImGui::SetCurrentContext(context_);
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;  // remember nothing between runs
  io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
  prepare_keys();
  announce_renderer();
  load_fonts(fonts_, static_cast<float>(scale_.value_or(scale_for(io.DisplaySize.x, io.DisplaySize.y))),
             &font_warning_);
}

HeadlessScreen::~HeadlessScreen() { ImGui::DestroyContext(context_); }

void HeadlessScreen::run(App& app, int frames, double seconds_each) {
  for (int i = 0; i < frames; ++i) {
    ImGui::GetIO().DeltaTime = static_cast<float>(std::max(seconds_each, 0.0001));  // ImGui requires some
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    const float scale = static_cast<float>(scale_.value_or(scale_for(size.x, size.y) * app.text_scale()));
    if (fonts_are_due(fonts_, scale)) load_fonts(fonts_, scale, &font_warning_);
    input_.feed_frame();
    named_items().begin_frame();
    ImGui::NewFrame();
    app.frame(seconds_each);
    ImGui::Render();
    if (const auto path = app.wanted_picture()) app.picture_made(draw().write_png(*path));
  }
}

const SoftwareRenderer& HeadlessScreen::draw() {
  renderer_.draw(*ImGui::GetDrawData(), glyph_texture(), kBackground);
  return renderer_;
}

// ImGui must know where the pointer is one frame before it reacts to a button there, so each step takes two frames.

bool HeadlessScreen::click(App& app, std::string_view name) {
  const NamedItem* item = named_items().find(name);
  if (item == nullptr || !item->enabled) return false;
  input_.mouse_position(item->centre());
  run(app, 2);
  input_.mouse_button(0, true);
  run(app, 2);
  input_.mouse_button(0, false);
  run(app, 2);
  return true;
}

bool HeadlessScreen::drag(App& app, std::string_view name, float from, float to) {
  const NamedItem* found = named_items().find(name);
  if (found == nullptr || !found->enabled) return false;
  const NamedItem item = *found;
  const auto point_at = [&item](float part) {
    return ImVec2(item.min.x + (item.max.x - item.min.x) * part, item.centre().y);
  };
  drag(app, point_at(from), point_at(to));
  return true;
}

bool HeadlessScreen::drag(App& app, std::string_view from, std::string_view to) {
  const NamedItem* first = named_items().find(from);
  const NamedItem* last = named_items().find(to);
  if (first == nullptr || !first->enabled || last == nullptr) return false;
  drag(app, first->centre(), last->centre());
  return true;
}

void HeadlessScreen::drag(App& app, const ImVec2& from, const ImVec2& to) {
  input_.mouse_position(from);
  run(app, 2);
  input_.mouse_button(0, true);
  run(app, 2);
  constexpr int kSteps = 10;
  for (int step = 1; step <= kSteps; ++step) {
    const float part = static_cast<float>(step) / kSteps;
    input_.mouse_position(ImVec2(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part));
    run(app);
  }
  input_.mouse_button(0, false);
  run(app, 2);
}

void HeadlessScreen::press(App& app, Key key, bool shift) {
  if (shift) input_.key(static_cast<int>(Key::kLeftShift), true);
  input_.key(static_cast<int>(key), true);
  if (const char sign = sign_of(key, shift); sign != 0) input_.character(static_cast<unsigned char>(sign));
  run(app, 2);
  input_.key(static_cast<int>(key), false);
  if (shift) input_.key(static_cast<int>(Key::kLeftShift), false);
  run(app, 2);
}

void HeadlessScreen::type(App& app, std::string_view ascii) {
  for (const char character : ascii) input_.character(static_cast<unsigned char>(character));
  run(app, 2);
}

Status write_outputs(App& app, HeadlessScreen& screen, const HeadlessOutputs& outputs) {
  if (!outputs.png.empty()) {
    if (Status s = make_empty_file(outputs.png); !s.ok()) return s;
    screen.run(app, kFramesToSettle);
    if (Status s = screen.draw().write_png(outputs.png); !s.ok()) return s;
  }
  if (!outputs.frames.empty()) {
    if (Status s = write_frames(app, screen, outputs.frames); !s.ok()) return s;
  }
  if (!outputs.video.empty()) {
    if (Status s = write_video(app, screen, outputs.video); !s.ok()) return s;
  }
  if (!outputs.transcript.empty()) {
    if (Status s = write_transcript(app, outputs.transcript); !s.ok()) return s;
  }
  return {};
}

}  // namespace sediment::viz

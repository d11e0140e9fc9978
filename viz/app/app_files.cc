// Files: what a run is opened from, and the dialog that opens and saves.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "sim/base/json_reader.h"
#include "viz/app/app_impl.h"
#include "viz/draw/menus.h"
#include "viz/model/directory.h"
#include "viz/shows/shows.h"
#include "viz/shows/tour.h"

namespace sediment::viz {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSegmentSize = 512;  // bytes, in a store to play with: small, so that a segment fills quickly
constexpr std::size_t kMostEntries = 2000;   // of a folder, in the dialog

const char* ending_of(FilePurpose purpose) {
  switch (purpose) {
    case FilePurpose::kSaveScenario: return ".json";
    case FilePurpose::kSaveTrace: return ".jsonl";
    case FilePurpose::kSavePicture: return ".png";
    case FilePurpose::kOpen: break;
  }
  return "";
}

// What is in this file or folder. Only the ending tells a trace from a scenario: both are JSON.
Input input_of(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return {.store = path};
  if (path.ends_with(".jsonl")) return {.trace = path};
  return {.scenario = path};
}

Status save_trace_file(const sim::Trace& trace, const std::string& path) {
  return sim::write_file(path, sim::text_of_trace(trace));
}

std::string said_by(const Status& status) {
  std::string said(status.message().empty() ? describe(status.code()) : status.message());
  const bool names_file = status.file().empty() || said.find(status.file()) != std::string::npos;
  return names_file ? said : std::string(status.file()) + ": " + said;
}

}  // namespace

// Whether it asks for an empty store to play with.
bool is_empty(const Input& input) {
  return input.scenario.empty() && input.trace.empty() && input.store.empty() && input.show.empty() &&
         input.texts.empty();
}

Result<std::unique_ptr<Session>> open_session(const Input& input) {
  if (!input.scenario.empty()) {
    Result<sim::Scenario> scenario = sim::read_scenario(input.scenario);
    if (!scenario.ok()) return scenario.status();
    if (const auto kind = store_kind_of(*scenario); !kind.ok()) {
      return Status::invalid_argument(input.scenario + ": " + std::string(kind.status().message()));
    }
    std::unique_ptr<Session> session = Session::of_scenario(*scenario);
    if (!session->nonsense().empty()) {
      return Status::invalid_argument(input.scenario + ": " + session->nonsense());
    }
    return session;
  }
  if (!input.trace.empty()) return Session::of_trace_file(input.trace);
  if (!input.store.empty()) {
    const Result<std::uint64_t> bytes = bytes_of_directory(input.store);
    if (!bytes.ok()) return bytes.status();
    if (*bytes > kMostDirectoryBytes) {
      Result<std::shared_ptr<const LargeStore>> large = LargeStore::open(input.store, input.progress);
      if (!large.ok()) return large.status();
      return Session::of_large_store(std::move(*large));
    }
    Result<sim::Trace> trace = trace_of_directory(input.store);
    if (!trace.ok()) return trace.status();
    return Session::of_directory(std::move(*trace));
  }
  if (!input.show.empty()) return make_show(input.show);
  if (is_empty(input)) {
    sim::Scenario scenario;
    scenario.title = "An empty store";
    scenario.segment_size = kSegmentSize;
    scenario.snapshots = sim::Snapshots::kOff;
    return Session::of_scenario(scenario);
  }
  return make_tour_of(input.texts);
}

void App::Impl::show_session(std::unique_ptr<Session> shown) {
  session = std::move(shown);
  atlas.clear();
  atlas_of.reset();  // a new session may lie where an old one did
  atlas_disk.reset();
  atlas_choice.reset();
  search.reset();
  searching = false;
  show.clear();
  left_end = false;
  large_place = {};
  large.reset();
  ++changes;
  given.clear();
  selection = {};
  rot.reset();
  bookmarks.clear();
  go_to(0);
}

void App::Impl::ask_for_file(FilePurpose purpose) {
  if (!kHasFiles) return;
  if (purpose == FilePurpose::kSaveScenario && session->is_recorded()) {
    message = session->as_scenario().status().message();
    return;
  }
  std::error_code error;
  if (file_dialog.folder.empty()) file_dialog.folder = fs::current_path(error).string();
  file_dialog.purpose = purpose;
  file_dialog.name = purpose == FilePurpose::kOpen ? "" : std::string("run") + ending_of(purpose);
  file_dialog.take_keyboard = true;
  go_to_folder(file_dialog.folder);
}

void App::Impl::go_to_folder(const std::string& path) {
  const auto suits = [&](const fs::path& file) {
    const std::string ending = file.extension().string();
    if (*file_dialog.purpose == FilePurpose::kOpen) return ending == ".json" || ending == ".jsonl";
    return ending == ending_of(*file_dialog.purpose);
  };
  std::error_code error;
  fs::path folder = fs::canonical(path, error);
  std::vector<FileDialogState::Entry> entries;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    const bool is_folder = entry->is_directory(ignored);
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || (!is_folder && !suits(entry->path()))) continue;
    entries.push_back({name, is_folder});
    if (entries.size() == kMostEntries) break;
  }
  file_dialog.exists = false;
  if (error) {
    file_dialog.problem = path + " cannot be read: " + error.message();
    return;
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(!a.is_folder, a.name) < std::pair(!b.is_folder, b.name);
  });
  file_dialog.folder = folder == folder.root_path() ? "" : folder.string();
  file_dialog.entries = std::move(entries);
  file_dialog.problem.clear();
}

void App::Impl::use_file(const UseFile& file) {
  if (!file_dialog.purpose) return;
  const FilePurpose purpose = *file_dialog.purpose;
  if (purpose == FilePurpose::kOpen) {
    std::error_code ignored;
    const bool is_store = fs::exists(fs::path(file.path) / kManifestName, ignored);
    const bool only_on_the_way = fs::is_directory(file.path, ignored) && !is_store && file.path != file_dialog.folder;
    if (!only_on_the_way) return open_file(file.path);
    file_dialog.name.clear();
    file_dialog.take_keyboard = true;
    return go_to_folder(file.path);
  }
  std::string path = file.path;
  if (!path.ends_with(ending_of(purpose))) path += ending_of(purpose);
  std::error_code ignored;
  if (!file.replace && fs::exists(path, ignored)) {
    file_dialog.exists = true;
    file_dialog.problem = path + " is there already: once more replaces it";
    return;
  }
  if (purpose == FilePurpose::kSavePicture) {
    close_file_dialog();
    picture_path = path;
    frames_to_picture = 2;  // until the dialog is gone
    return;
  }
  Status status;
  if (purpose == FilePurpose::kSaveTrace) status = save_trace_file(session->timeline().trace(), path);
  if (purpose == FilePurpose::kSaveScenario) {
    const Result<sim::Scenario> scenario = session->as_scenario();
    status = scenario.ok() ? sim::write_scenario(*scenario, path) : scenario.status();
  }
  if (!status.ok()) {
    file_dialog.problem = said_by(status);
    return;
  }
  close_file_dialog();
  tell("saved as " + path);
}

void App::Impl::open_file(const std::string& path) {
  Result<std::unique_ptr<Session>> opened = open_session(input_of(path));
  if (!opened.ok()) {
    file_dialog.problem = said_by(opened.status());
    return;
  }
  close_file_dialog();
  show_session(std::move(*opened));
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) go_to(session->pace().duration());  // as it is
}

void App::open_dropped(const std::string& path) {
  const bool has_dialog = impl_->file_dialog.purpose.has_value();
  impl_->open_file(path);
  if (!has_dialog) impl_->message = std::exchange(impl_->file_dialog.problem, {});
}

void App::Impl::close_file_dialog() {
  file_dialog.purpose.reset();
  file_dialog.problem.clear();
  close_menu();
}

std::optional<std::string> App::wanted_picture() {
  if (impl_->frames_to_picture == 0 || --impl_->frames_to_picture > 0) return std::nullopt;
  return impl_->picture_path;
}

void App::picture_made(const Status& status) {
  if (status.ok()) {
    impl_->tell("saved as " + impl_->picture_path);
  } else {
    impl_->message = said_by(status);
  }
}

}  // namespace sediment::viz

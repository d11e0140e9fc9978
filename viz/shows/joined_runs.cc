#include "viz/shows/joined_runs.h"

#include <algorithm>

#include "sim/disk/crash.h"
#include "viz/shows/story.h"

namespace sediment::viz {

namespace {

using Kind = sim::DiskOperation::Kind;

bool has_file(const sim::DiskOperation& operation) {
  return operation.kind != Kind::kSyncDirectory && operation.kind != Kind::kDropChanges;
}

// The disk that the crash leaves; an empty one if no run records such a crash.
sim::DiskState disk_after(const sim::CrashEntry& crash, const sim::Trace& trace) {
  const Result<sim::DiskState> before = trace.state_after(crash.after_operation);
  if (!before.ok()) return {};
  const Result<sim::DiskState> image = sim::crash_image(*before, crash.choice);
  return image.ok() ? *image : sim::DiskState();
}

}  // namespace

JoinedRuns::JoinedRuns(std::string title) {
  sim::TraceAbout about;
  about.title = std::move(title);
  trace_.set_about(std::move(about));
}

void JoinedRuns::add(std::unique_ptr<Session> run) {
  if (!parts_.empty()) remove_files();
  operations_before_ = trace_.operation_count();
  file_ids_.clear();
  parts_.push_back({trace_.entries().size(), std::move(run)});
  const sim::Trace& added = parts_.back().run->timeline().trace();
  for (const sim::TraceEntry& entry : added.entries()) {
    if (const auto* operation = std::get_if<sim::DiskOperation>(&entry)) {
      add(*operation);
    } else if (const auto* crash = std::get_if<sim::CrashEntry>(&entry)) {
      add(*crash, added);
    } else {
      trace_.add(entry);
    }
  }
}

// Each run numbers its files from 1. Here a number is used once.
void JoinedRuns::add(sim::DiskOperation operation) {
  if (operation.kind == Kind::kCreate) file_ids_[operation.file] = next_file_id_++;
  if (has_file(operation)) operation.file = file_ids_.at(operation.file);
  trace_.add(std::move(operation));
}

// A crash may number the files anew.
void JoinedRuns::add(sim::CrashEntry crash, const sim::Trace& run) {
  const sim::DiskState there = disk_after(crash, run);
  crash.after_operation += operations_before_;
  const sim::DiskState here = disk_after(crash, trace_);
  trace_.add(crash);
  file_ids_.clear();
  for (const auto& [name, id] : there.names()) {
    if (here.names().contains(name)) file_ids_[id] = here.names().at(name);
  }
  for (const auto& [name, id] : here.names()) next_file_id_ = std::max(next_file_id_, id + 1);
}

void JoinedRuns::remove_files() {
  Timeline& timeline = parts_.back().run->timeline();
  timeline.seek(timeline.size());
  const sim::DiskState& disk = timeline.scene().disk();
  trace_.add(sim::InputEntry{{std::string(kNewRun), "another run, on an empty disk"}});
  for (const auto& [name, id] : disk.names()) {
    trace_.add(sim::DiskOperation{.kind = Kind::kRemove, .file = file_ids_.at(id), .name = name});
  }
  trace_.add(sim::DiskOperation{.kind = Kind::kSyncDirectory});
  trace_.add(sim::OutcomeEntry{"ok", true});
}

std::unique_ptr<Session> JoinedRuns::finish() {
  std::unique_ptr<Session> joined = Session::of_trace(std::move(trace_));
  std::size_t done = 0;
  for (const Part& part : parts_) {
    joined->pace().stretch(done, part.begin, kUnseen);  // removing the files
    const Pace& pace = part.run->pace();
    for (std::size_t i = 0; i < pace.size(); ++i) {
      const double seconds = pace.end_of(i + 1) - pace.end_of_hold(i);
      joined->pace().stretch(part.begin + i, part.begin + i + 1, seconds);
    }
    for (std::size_t i = 0; i <= pace.size(); ++i) {
      joined->pace().hold(part.begin + i, pace.end_of_hold(i) - pace.end_of(i));
    }
    for (Chapter chapter : part.run->chapters()) {
      chapter.position += part.begin;
      chapter.picture += part.begin;
      joined->chapters().push_back(std::move(chapter));
    }
    for (Question question : part.run->questions()) {
      question.position += part.begin;
      joined->questions().push_back(std::move(question));
    }
    done = part.begin + pace.size();
  }
  return joined;
}

}  // namespace sediment::viz

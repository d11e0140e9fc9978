#include "viz/model/store_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/format.h"
#include "engine/manifest.h"
#include "engine/segment_header.h"
#include "viz/model/scene.h"

namespace sediment::viz {

namespace {

// The first bytes of a file.
bool begins_as_sediment(const std::string& bytes) {
  if (parse_manifest(bytes).ok()) return true;
  return bytes.size() >= kSegmentHeaderSize &&
         decode_segment_header("", std::string_view(bytes).substr(0, kSegmentHeaderSize)).ok();
}

// The steps of a check of a student's component alone have these two without a store.
bool is_of_a_store(EventKind kind) { return kind != EventKind::kCalled && kind != EventKind::kStopped; }

}  // namespace

StoreFormat StoreFormats::Run::format() const {
  if (is_sediment || !has_files) return StoreFormat::kSediment;
  return has_only_text ? StoreFormat::kTextLog : StoreFormat::kForeign;
}

void StoreFormats::add(const sim::TraceEntry& entry) {
  using Kind = sim::DiskOperation::Kind;
  if (const auto* input = std::get_if<sim::InputEntry>(&entry)) {
    if (!input->step.empty() && input->step[0] == kNewRun) runs_.push_back({.begin = size_});
  }
  Run& run = runs_.back();
  if (const auto* event = std::get_if<sim::EventEntry>(&entry)) run.is_sediment |= is_of_a_store(event->kind);
  // A new run begins with the removal of the old one's files, which says nothing.
  if (const auto* operation = std::get_if<sim::DiskOperation>(&entry)) {
    const bool begins = operation->kind == Kind::kAppend && operation->offset == 0;
    if (begins && !run.is_sediment) run.is_sediment = begins_as_sediment(operation->bytes);
    if (operation->kind == Kind::kCreate || operation->kind == Kind::kAppend || operation->kind == Kind::kRename) {
      const std::string& name = operation->kind == Kind::kRename ? operation->new_name : operation->name;
      run.has_files = true;
      run.has_only_text = run.has_only_text && name == sim::kTextLogName;
    }
  }
  ++size_;
}

StoreFormat StoreFormats::at(std::size_t position) const {
  const auto next = std::upper_bound(runs_.begin() + 1, runs_.end(), position,
                                     [](std::size_t entries, const Run& run) { return entries <= run.begin; });
  return std::prev(next)->format();
}

bool is_name_of_sediment(std::string_view name) {
  for (const std::string_view one : {kManifestName, kManifestTemporaryName, kLockName, kReserveName}) {
    if (name == one) return true;
  }
  if (parse_segment_file_name(name)) return true;
  if (name.ends_with(kTemporarySuffix)) name.remove_suffix(kTemporarySuffix.size());
  return parse_snapshot_file_name(name).has_value();
}

Result<const sim::StoreKind*> store_kind_of(const sim::Scenario& scenario) {
  for (const sim::StoreKind* kind : {&sim::engine_kind(), &sim::text_log_kind()}) {
    if (scenario.store == kind->name) return kind;
  }
  return Status::invalid_argument(
      fmt::format("this scenario is for the store \"{}\", which this program does not contain; record a trace with "
                  "your own simulator (run FILE --trace out.jsonl) and open it with --trace",
                  scenario.store));
}

}  // namespace sediment::viz

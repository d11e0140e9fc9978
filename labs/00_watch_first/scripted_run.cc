#include "labs/00_watch_first/scripted_run.h"

#include <algorithm>
#include <stdexcept>

#include "engine/format.h"
#include "engine/segment_header.h"
#include "engine/store.h"

namespace sediment::labs {

namespace {

Log decode_log(const std::string& name, std::string_view bytes) {
  const Result<SegmentHeader> header = decode_segment_header(name, bytes.substr(0, kSegmentHeaderSize));
  if (!header.ok()) return {};  // a crash has taken it
  Log log{{}, kSegmentHeaderSize};
  Record record;
  while (decode_record({header->nonce, log.end}, bytes.substr(std::min(bytes.size(), std::size_t{log.end})), &record) ==
         RecordVerdict::kValid) {
    log.records.push_back(
        {record.type, log.end, record.size_bytes, std::string(record.key), std::string(record.value)});
    log.end += record.size_bytes;
  }
  return log;
}

sim::Scenario without_steps(sim::Scenario scenario) {
  scenario.steps.clear();
  return scenario;
}

}  // namespace

std::size_t Seen::count(EventKind kind) const {
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const sim::EventEntry& event) { return event.kind == kind; }));
}

const sim::EventEntry* Seen::find(EventKind kind) const {
  const auto found =
      std::find_if(events.rbegin(), events.rend(), [&](const sim::EventEntry& event) { return event.kind == kind; });
  return found == events.rend() ? nullptr : &*found;
}

ScriptedRun::ScriptedRun(const sim::Scenario& options) : runner_(without_steps(options)) { look(runner_.start()); }

const Seen& ScriptedRun::perform(const sim::Step& step) {
  look(runner_.perform(step));
  return last();
}

std::size_t ScriptedRun::step_that_wrote(std::uint64_t segment, std::uint64_t offset) const {
  const auto wrote = [&](const sim::EventEntry& event) {
    return event.kind == EventKind::kAppended && event.segment == segment && event.offset == offset;
  };
  for (std::size_t i = seen_.size(); i-- > 0;) {
    if (std::any_of(seen_[i].events.begin(), seen_[i].events.end(), wrote)) return i + 1;
  }
  throw std::logic_error("no step wrote this record");
}

void ScriptedRun::look(const sim::StepReport& report) {
  if (!report.passed)
    throw std::logic_error("the engine fails at " + sim::to_string(report.step) + ": " + report.outcome);
  Seen seen{report.step, report.outcome};
  const std::vector<sim::TraceEntry>& entries = runner_.trace().entries();
  for (; entries_ < entries.size(); ++entries_) {
    const auto* event = std::get_if<sim::EventEntry>(&entries[entries_]);
    if (event != nullptr) seen.events.push_back(*event);
  }
  if (runner_.store() != nullptr) seen.segments = runner_.store()->stats().segments.size();
  seen.writes = runner_.ledger().bounds_after(runner_.trace().operation_count()).acknowledged;
  seen.contents = runner_.ledger().after(seen.writes);
  const sim::DiskState& disk = runner_.disk()->state();
  for (const auto& [name, id] : disk.names()) {
    const auto number = parse_segment_file_name(name);
    if (number) seen.logs[value_of(*number)] = decode_log(name, disk.file(id).cached);
  }
  seen_.push_back(std::move(seen));
}

}  // namespace sediment::labs

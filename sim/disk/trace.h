// The trace: everything that happened in a run, in order.
//
// There are five kinds of entries: inputs (what a user asked for), their outcomes, the operations on the disk with
// their bytes, the engine's events (the why), and crashes. Narration, crash images, explorations and pictures are made
// from the trace and from nothing else. A trace is saved as JSON lines, one entry per line; the first line names format
// and version and what the run is about, and bytes that are not UTF-8 are {"hex": "..."}.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

#include "engine/event.h"
#include "engine/status.h"
#include "sim/disk/crash.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/step.h"

namespace sediment::sim {

struct InputEntry {
  Step step;
  bool operator==(const InputEntry&) const = default;
};

struct OutcomeEntry {
  std::string text;  // "ok", "not found", a value, or what went wrong
  bool ok = false;
  bool operator==(const OutcomeEntry&) const = default;
};

/// An Event that owns its bytes.
struct EventEntry {
  EventKind kind = EventKind::kOpened;
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string key;
  std::string why;
  std::string source_file;
  int source_line = 0;
  bool operator==(const EventEntry&) const = default;
};

/// The disk became crash_image(the state after operation `after_operation`, choice). Operations are counted from 1 over
/// the whole trace; those between `after_operation` and this entry never reached the disk.
struct CrashEntry {
  CrashChoice choice;
  std::uint64_t after_operation = 0;
  bool operator==(const CrashEntry&) const = default;
};

using TraceEntry = std::variant<InputEntry, OutcomeEntry, DiskOperation, EventEntry, CrashEntry>;

/// What a trace tells of its run besides what happened, where it is known. Saved in the first line.
struct TraceAbout {
  std::string title;
  std::string hint;  // if the run fails: the kind of mistake to look for
  /// A component that is not the engine's own, but a student's (labs/): the name under which events give its lines, the
  /// path at which the student knows it, and the file beside the trace with its text as it was run.
  std::string component;
  std::string component_path;
  std::string component_copy;
  bool operator==(const TraceAbout&) const = default;
};

class Trace {
 public:
  void add(TraceEntry entry);
  void add(const Event& event);

  const std::vector<TraceEntry>& entries() const { return entries_; }
  /// The number of operations on the disk.
  std::uint64_t operation_count() const { return operations_.size(); }

  /// The disk after operation k, including any crashes before it; the empty disk for 0. kInvalidArgument if there are
  /// fewer than k.
  Result<DiskState> state_after(std::uint64_t k) const;

  const TraceAbout& about() const { return about_; }
  void set_about(TraceAbout about) { about_ = std::move(about); }

  bool operator==(const Trace& other) const { return entries_ == other.entries_; }

 private:
  TraceAbout about_;
  std::vector<TraceEntry> entries_;
  std::vector<std::size_t> operations_;  // where in entries_ each operation is
};

/// The trace as text, a line for each entry.
std::string text_of_trace(const Trace& trace);
/// kInvalidArgument; the message names the line.
Result<Trace> parse_trace(std::string_view text);

// The same with streams.
void save_trace(const Trace& trace, std::ostream& out);
Result<Trace> load_trace(std::istream& in);

}  // namespace sediment::sim

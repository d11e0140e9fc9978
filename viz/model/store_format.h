// Which store a run belongs to, and so how much of its files can be read: everything for the engine, the lines for a
// text log, and only the bytes for a foreign store.
//
// A trace does not name its store. The run shows it: the engine reports events and writes manifests and headers that
// verify, and a text log has a single file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "sim/disk/trace.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::viz {

enum class StoreFormat : std::uint8_t {
  kSediment,
  kTextLog,
  kForeign,  // its files are bytes
};

/// The formats along a trace: a trace may join several runs (kNewRun in scene.h).
class StoreFormats {
 public:
  void add(const sim::TraceEntry& entry);
  /// Of the run to which the last of this many entries belongs.
  StoreFormat at(std::size_t position) const;

 private:
  struct Run {
    std::size_t begin = 0;      // entries before it
    bool is_sediment = false;   // something verifies, or an event says so
    bool has_files = false;     // some file was created
    bool has_only_text = true;  // and it was the text log's
    StoreFormat format() const;
  };

  std::size_t size_ = 0;
  std::vector<Run> runs_ = {Run{}};
};

/// Whether this is the name of a file that an engine's store has (engine/format.h), if only for a moment.
bool is_name_of_sediment(std::string_view name);

/// The kind of store that a scenario is for. kInvalidArgument if this program has none of that name.
Result<const sim::StoreKind*> store_kind_of(const sim::Scenario& scenario);

}  // namespace sediment::viz

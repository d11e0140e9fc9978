// What a dump shows, and the two ways to show it: lines for a person (text_dump.cc) and one JSON object (json_dump.cc).
//
// Both print as they go, so a dump's memory does not grow with what it shows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cli/console.h"
#include "engine/segment_header.h"
#include "engine/slot_table.h"
#include "engine/status.h"
#include "engine/tools/log_walk.h"

namespace sediment::cli {

/// A segment's file, as far as its first bytes and its directory tell.
struct DumpedLog {
  std::string name;
  std::string role;  // "sealed, 2 of 3", in words
  std::uint64_t size_bytes = 0;
  std::string header_bytes;  // the first 32, or fewer if the file is shorter
  Status header_status;      // what decode_segment_header says
  std::string nonce_source;  // if not the header: where the nonce that verifies the records comes from
  const File* file = nullptr;

  bool has_whole_header() const { return header_bytes.size() == kSegmentHeaderSize; }
};

/// The file of a snapshot, as far as its first bytes tell.
struct DumpedSnapshot {
  std::string name;
  std::uint64_t size_bytes = 0;
  std::string header_bytes;  // the first 64, or fewer if the file is shorter
  Status status;             // whether an open would use it, if it fits its log
  const File* file = nullptr;

  bool has_whole_header() const { return header_bytes.size() == kSnapshotHeaderSize; }
};

/// Called in this order: begin, manifest?, then for each segment begin_log, stretch*, end_log, for each snapshot
/// begin_snapshot, slot*, end_snapshot, and for any other file other_file; then other_files, end.
class DumpPrinter {
 public:
  DumpPrinter() = default;
  virtual ~DumpPrinter() = default;
  DumpPrinter(const DumpPrinter&) = delete;
  DumpPrinter& operator=(const DumpPrinter&) = delete;

  virtual void begin() = 0;
  /// `text` is what the file holds; `status` is the result of parsing it.
  virtual void manifest(std::string_view text, const Status& status) = 0;
  virtual void begin_log(const DumpedLog& log) = 0;
  virtual void stretch(const DumpedLog& log, const tools::Stretch& stretch) = 0;
  /// `status`: why the rest of the file could not be read.
  virtual void end_log(const Status& status) = 0;
  virtual void begin_snapshot(const DumpedSnapshot& snapshot) = 0;
  /// A slot that is not empty.
  virtual void slot(std::uint64_t number, Slot slot) = 0;
  virtual void end_snapshot(const Status& status) = 0;
  /// A file without a format of its own: `what` says in words what it is.
  virtual void other_file(const std::string& name, std::uint64_t size_bytes, std::string_view what) = 0;
  virtual void other_files(const std::vector<std::string>& names) = 0;
  virtual void end() = 0;
};

std::unique_ptr<DumpPrinter> make_text_dump(Console& console, bool hex);
std::unique_ptr<DumpPrinter> make_json_dump(Console& console, bool hex);

}  // namespace sediment::cli

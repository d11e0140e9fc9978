// The files of a disk as bytes: what each has in the cache, what is durable, and the names in either. For files whose
// contents this program cannot read.
//
// Trusts nothing, keeps nothing, and does not draw.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk/disk_state.h"

namespace sediment::viz {

/// Bytes of a file that are alike.
struct ByteSpan {
  enum class State : std::uint8_t {
    kDurable,   // the disk has the byte that a read sees, and no unsynced change may take it
    kCached,    // in the cache only, and nothing durable stands in its place
    kReplaced,  // in the cache; the disk still has the byte that stood there before
    kOnDisk,    // on the disk only: the file has been cut, and no sync covers that
  };

  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  State state = State::kDurable;

  std::uint64_t size() const { return end - begin; }
  bool in_cache() const { return state == State::kCached || state == State::kReplaced; }
  bool operator==(const ByteSpan&) const = default;
};

struct FileView {
  sim::FileId file = 0;
  std::string name = {};          // in the cache; empty if it has been removed there
  std::string durable_name = {};  // on the disk; empty if a power cut takes the file
  std::string path = {};          // what is shown instead, for a file below another directory
  std::uint64_t size = 0;         // bytes that a read sees
  std::uint64_t on_disk = 0;      // bytes that the disk has
  std::vector<ByteSpan> spans = {};

  /// The name under which a process finds it, or else that on the disk.
  const std::string& any_name() const { return name.empty() ? durable_name : name; }
  /// The same for people.
  const std::string& label() const { return path.empty() ? any_name() : path; }
  bool name_durable() const { return name == durable_name; }
  /// How many of its bytes are in this state.
  std::uint64_t count(ByteSpan::State state) const;
  std::uint64_t durable() const { return count(ByteSpan::State::kDurable); }
  std::uint64_t cached() const { return count(ByteSpan::State::kCached) + count(ByteSpan::State::kReplaced); }
  ByteSpan::State state_of(std::uint64_t offset) const;
  bool operator==(const FileView&) const = default;
};

/// Every file, but no directory, with a name in the cache or on the disk; sorted by name.
std::vector<FileView> files_of(const sim::DiskState& disk);
/// A single one.
FileView file_of(const sim::DiskState& disk, sim::FileId file);

/// What a crash took from a file.
struct LostBytes {
  std::string name;           // before the crash
  std::uint64_t size = 0;     // of the file before it
  std::uint64_t bytes = 0;    // of these, how many are gone or different
  bool file_is_gone = false;  // no file has this name any more
  bool operator==(const LostBytes&) const = default;
};

/// The files that are not what they were, sorted by name.
std::vector<LostBytes> lost_between(const sim::DiskState& before, const sim::DiskState& after);

}  // namespace sediment::viz

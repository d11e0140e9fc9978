// A store with too many records to show each of them: how much of each part of each segment is live. Single records are
// decoded only when they are looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "engine/format.h"
#include "engine/status.h"
#include "viz/model/segment_view.h"

namespace sediment::viz {

class LargeStore {
 public:
  /// More would take more than about 1 GB of memory while the store is opened.
  static constexpr std::uint64_t kMostRecords = 20'000'000;
  /// The parts of a segment; all have about as many bytes.
  static constexpr std::size_t kParts = 512;

  struct Part {
    std::uint64_t begin = 0;         // the offset of its first record
    std::uint64_t first_record = 0;  // its number in the store
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;       // of its records
    std::uint64_t live_bytes = 0;  // of those that a lookup finds
    bool is_damaged = false;       // some bytes in it are no valid record
  };
  struct Segment {
    SegmentNumber number{};
    std::uint64_t nonce = 0;
    bool is_active = false;
    std::uint64_t size_bytes = 0;  // written ones
    std::uint64_t records = 0;
    std::uint64_t live = 0;  // records that a lookup finds
    std::vector<Part> parts;
  };
  /// Called now and then with the bytes that have been read, and how many there are.
  using Progress = std::function<void(std::uint64_t done, std::uint64_t of)>;

  /// Reads the segments that the manifest names, and changes none. kNotFound, kIoError, kCorruption (of the manifest or
  /// a segment's header); kInvalidArgument if there are too many records.
  static Result<std::shared_ptr<const LargeStore>> open(const std::string& path, const Progress& progress = {});

  const std::string& path() const { return path_; }
  /// The newest first, as lookups search them.
  const std::vector<Segment>& segments() const { return segments_; }
  std::uint64_t records() const { return is_live_.size(); }
  std::uint64_t live() const;

  /// Decodes the records of a part, from the `first` one on (0 is its first), but at most this many. kIoError.
  Result<std::vector<RecordView>> decode(std::size_t segment, std::size_t part, std::size_t first,
                                         std::size_t most) const;

 private:
  LargeStore(std::string path, std::shared_ptr<Disk> disk) : path_(std::move(path)), disk_(std::move(disk)) {}

  std::string path_;
  std::shared_ptr<Disk> disk_;
  std::vector<Segment> segments_;
  std::vector<std::unique_ptr<File>> files_;  // of the segments
  std::vector<bool> is_live_;                 // by the number of the record
};

}  // namespace sediment::viz

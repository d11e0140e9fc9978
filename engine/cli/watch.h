// Watch: repeated looks at a store from outside, while another process may be working on it.
//
// Takes no lock and opens no store. It reads the MANIFEST, asks for sizes, and reads the active log from where the last
// look ended. Everything may change meanwhile: a file that the manifest names may be gone when it is opened, because a
// merge has published another manifest. So it reads the manifest again after the files, and starts over if the two
// differ. The last record of the active log may be half written; the next look finds it whole.
//
// What happened between two looks is inferred from them: a segment was sealed, or a merge replaced a run. What appeared
// and vanished in between is not seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "engine/manifest.h"
#include "engine/status.h"

namespace sediment::cli {

struct WatchedSegment {
  SegmentNumber number{};
  std::uint64_t nonce = 0;
  bool sealed = false;
  std::uint64_t size_bytes = 0;  // header and records: as the manifest says, or as far as the active log was read
  std::uint64_t records = 0;
  std::uint64_t file_bytes = 0;   // of the file; more than size_bytes where space is reserved
  std::uint64_t synced_upto = 0;  // active: bytes that its records say are synced; there may be more
  bool read_to_end = true;        // active: false if there was more to read than one look is allowed
  Status problem;                 // the file is missing, or its size is not what the manifest says
};

struct WatchedFile {
  std::string name;
  std::uint64_t size_bytes = 0;
};

/// Something that happened since the last look.
struct Happening {
  enum class Kind : std::uint8_t { kRolled, kMerged, kRewritten, kRemoved, kAppeared };

  Kind kind = Kind::kAppeared;
  std::vector<SegmentNumber> from;    // the segments that are gone
  std::optional<SegmentNumber> into;  // what took their place; for a roll, the new active one
  std::string text;                   // a sentence without the full stop
};

struct WatchView {
  enum class State : std::uint8_t {
    kNoStore,  // no directory, or no part of a store in it
    kDamaged,  // the manifest cannot be used: it is missing, damaged, or cannot be read
    kStore,
  };
  struct Rates {
    double bytes_per_second = 0;
    double records_per_second = 0;
  };

  State state = State::kNoStore;
  Status status;                         // unless kStore: why
  std::vector<WatchedSegment> segments;  // oldest first, the active one last
  std::vector<WatchedFile> unnamed;      // files that the manifest does not name
  std::uint64_t manifest_changes = 0;    // seen since the first look; there may have been more
  double seconds = 0;                    // since the last look
  std::optional<Rates> rates;            // of what was written since then, without merges; none at the first look
  std::vector<Happening> happenings;     // since then

  std::uint64_t size_bytes() const;
  std::uint64_t records() const;
  bool has_problem() const;
};

/// One thread at a time.
class Watch {
 public:
  /// The most that one look reads of the active log; later looks read the rest.
  explicit Watch(std::uint64_t most_bytes_read = UINT64_MAX) : most_bytes_read_(most_bytes_read) {}

  /// `disk`: the directory, opened for this look, or why that failed. kNotFound is not a problem: a store may still
  /// appear. `now_seconds`: any clock that only moves forward. Never fails: the view reports problems.
  WatchView look(const Result<std::shared_ptr<Disk>>& disk, double now_seconds);

 private:
  // The active log, as far as it was read.
  struct ActiveLog {
    SegmentNumber number{};
    std::uint64_t nonce = 0;
    std::uint64_t end = 0;
    std::uint64_t records = 0;
    std::uint64_t synced_upto = 0;
    bool read_to_end = true;
  };

  Status look_at_store(Disk& disk, WatchView* view);
  WatchedSegment look_at_file(Disk& disk, WatchedSegment segment);
  Status read_active(const File& file);
  void compare(WatchView* view);

  std::uint64_t most_bytes_read_;
  std::optional<ActiveLog> active_;
  std::string manifest_text_;                        // of the last look that saw a good one
  std::optional<std::vector<WatchedSegment>> last_;  // its segments
  std::uint64_t manifest_changes_ = 0;
  std::optional<double> last_seconds_;
};

/// What happened between two looks; both oldest first. A pure function.
std::vector<Happening> happenings_between(const std::vector<WatchedSegment>& before,
                                          const std::vector<WatchedSegment>& after);

}  // namespace sediment::cli

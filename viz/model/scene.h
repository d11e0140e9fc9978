// The scene: everything that a picture shows, as a pure fold of the trace.
//
//   scene after t entries = fold of the entries 0 .. t-1
//
// What is on the disk comes from the disk's bytes: segments, records, tombstones, torn tails and the manifest are
// decoded from what the recorded operations wrote. Events add the *why*, and what is only in memory: the index, the
// path of a lookup, a merge's cursor and its reasons, recovery's cursor. So a store that emits no events, or lies, is
// still shown as it is.
//
// Nothing here knows about time or drawing. A Scene is a value; copies share the files that neither has changed since.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/hash_index.h"
#include "engine/manifest.h"
#include "engine/record.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/trace.h"
#include "viz/model/twin.h"

namespace sediment::viz {

/// What a merge did with a record of one of its inputs.
enum class Fate : std::uint8_t { kNone, kKept, kDropped };

struct RecordView {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  RecordType type = RecordType::kPut;
  std::string key = {};
  std::string value = {};
  /// kValid, or what is wrong with the bytes from offset on; then this is the last thing in its segment.
  RecordVerdict verdict = RecordVerdict::kValid;
  /// A newer record of the key counts, so this one is garbage.
  bool superseded = false;
  /// The current or the last recovery has read and verified it.
  bool recovered = false;
  Fate fate = Fate::kNone;
  std::string why = {};  // for the fate

  std::uint64_t end() const { return offset + size_bytes; }
  bool operator==(const RecordView&) const = default;
};

/// A segment's file.
struct SegmentView {
  sim::FileId file = 0;
  SegmentNumber number{};
  std::uint64_t nonce = 0;
  bool has_header = false;  // false: nothing in the file can be decoded
  std::vector<RecordView> records = {};

  /// Where the written bytes end.
  std::uint64_t written_end() const { return records.empty() ? kSegmentHeaderSize : records.back().end(); }
  const RecordView* record_at(std::uint64_t offset) const;
  bool operator==(const SegmentView&) const = default;
};

/// What a segment's file means to the store, according to the manifest on the disk.
enum class Role : std::uint8_t {
  kActive,
  kSealed,
  kMergeOutput,  // being written by a merge; the manifest does not name it yet
  kUnnamed,      // the manifest does not name it: it does not exist for the store
};

struct LookupView {
  enum class Verdict : std::uint8_t { kAsked, kNotHere, kFound, kTombstone };
  struct Stop {
    SegmentNumber segment{};
    std::uint64_t slots_visited = 0;
    Verdict verdict = Verdict::kAsked;
    bool operator==(const Stop&) const = default;
  };

  std::string key;
  std::vector<Stop> stops = {};  // in the order of the search: newest first
  std::string answer = {};       // once it is known
  bool over = false;
  bool operator==(const LookupView&) const = default;
};

struct MergeView {
  enum class Phase : std::uint8_t { kCopying, kFileSynced, kDirectorySynced, kSwitched, kOver };

  std::vector<SegmentNumber> inputs;  // oldest first
  SegmentNumber output{};             // 0 before the first kept record
  std::size_t input = 0;              // the cursor: the next record to decide on
  std::size_t record = 0;
  std::uint64_t kept = 0;
  std::uint64_t dropped = 0;
  Phase phase = Phase::kCopying;
  bool operator==(const MergeView&) const = default;
};

struct RecoveryView {
  bool under_way = false;
  SegmentNumber segment{};    // where the cursor is
  std::uint64_t offset = 0;   // after the last byte that was read
  std::uint64_t records = 0;  // verified so far
  SegmentNumber cut_segment{};
  std::uint64_t cut_offset = 0;
  std::uint64_t bytes_cut = 0;
  std::string cut_reason;
  bool operator==(const RecoveryView&) const = default;
};

struct CrashView {
  /// A record that was in the cache before the crash and is not on the disk after it.
  struct Lost {
    SegmentNumber segment{};
    RecordView record;
    bool operator==(const Lost&) const = default;
  };

  sim::CrashChoice choice;
  std::vector<Lost> lost;
  std::vector<std::string> lost_files;  // files that are gone, by their old names
  bool operator==(const CrashView&) const = default;
};

/// The key that this step looks up, with "get" or "expect get"; null if none.
const std::string* looked_up_by(const sim::Step& step);

class Scene {
 public:
  enum class Store : std::uint8_t { kClosed, kOpening, kOpen, kCrashed };

  /// `crash_base`: for a crash, the disk as it was after the operation before the crash (crash_image builds the rest);
  /// otherwise ignored.
  void apply(const sim::TraceEntry& entry, const sim::DiskState* crash_base = nullptr);

  /// How many entries were applied, and how many of them were disk operations.
  std::size_t position() const { return position_; }
  std::uint64_t operations() const { return operations_; }

  const sim::DiskState& disk() const { return disk_; }
  /// The manifest on the disk, as a process sees it; none if no manifest can be read.
  const std::optional<Manifest>& manifest() const { return manifest_; }

  /// Every segment's file on the disk, in the order in which lookups search them: newest first. Of the files that the
  /// manifest does not name, those newer than all others (a merge's output) come first, the older ones (replaced by a
  /// merge or a recovery) last.
  std::vector<const SegmentView*> segments() const;
  const SegmentView* segment(SegmentNumber number) const;
  Role role(const SegmentView& segment) const;
  /// Whether the file's name would survive a power cut.
  bool name_durable(const SegmentView& segment) const;
  /// How many bytes from the file's start would survive a power cut.
  std::uint64_t durable_end(const SegmentView& segment) const;
  /// The index of a segment in memory; null if there is none.
  const HashIndex* index(SegmentNumber number) const;

  Store store() const { return store_; }
  const sim::Step& step() const { return step_; }          // the current input, or the last one
  const std::string& outcome() const { return outcome_; }  // of that input; empty until it is known
  bool outcome_ok() const { return outcome_ok_; }
  const std::optional<LookupView>& lookup() const { return lookup_; }  // the last lookup
  const std::optional<MergeView>& merge() const { return merge_; }     // under way, or just finished
  const RecoveryView& recovery() const { return recovery_; }
  const std::optional<CrashView>& crash() const { return crash_; }  // until the store is open again

  /// The map beside the store.
  const Twin& twin() const { return twin_; }

  /// Puts that a lookup would find, and all records in segments that count.
  std::uint64_t live_records() const { return newest_.size() - tombstones_; }
  std::uint64_t all_records() const;
  /// What a reader of the store should find.
  std::map<std::string, std::string> live() const;

  bool operator==(const Scene& other) const;

 private:
  struct Place {
    SegmentNumber segment{};
    std::size_t record = 0;
    bool operator==(const Place&) const = default;
  };

  void on(const sim::InputEntry& input);
  void on(const sim::OutcomeEntry& outcome);
  void on(const sim::DiskOperation& operation);
  void on(const sim::EventEntry& event);
  void on_crash(const sim::CrashEntry& crash, const sim::DiskState& base);

  SegmentView* changeable(SegmentNumber number);
  std::size_t decode_tail(SegmentView& segment);
  void decode_again(SegmentNumber number);
  void decode_all();
  void read_manifest();
  std::vector<SegmentNumber> order() const;
  void take_newest(const SegmentView& segment, std::size_t from_record);
  void find_newest();
  void add_to_index(SegmentNumber number, std::uint64_t offset);
  void make_index(SegmentNumber number, std::size_t entries);
  void index_all(SegmentNumber number);
  void fit_index(SegmentNumber number);
  void decide(const sim::EventEntry& event);
  void forget_marks();

  std::size_t position_ = 0;
  std::uint64_t operations_ = 0;
  sim::DiskState disk_;
  std::optional<Manifest> manifest_;
  std::map<SegmentNumber, std::shared_ptr<SegmentView>> segments_;  // a shared one is never changed
  std::map<std::string, Place> newest_;                             // for each key, the record that counts
  std::uint64_t tombstones_ = 0;                                    // among these
  std::vector<SegmentNumber> counted_;                              // the segments in newest_, oldest first
  std::map<SegmentNumber, std::shared_ptr<HashIndex>> indexes_;     // likewise
  Store store_ = Store::kClosed;
  sim::Step step_;
  std::string outcome_;
  bool outcome_ok_ = false;
  std::optional<LookupView> lookup_;
  std::optional<MergeView> merge_;
  RecoveryView recovery_;
  std::optional<CrashView> crash_;
  Twin twin_;
};

}  // namespace sediment::viz

// The scene: everything that a picture shows, as a pure fold of the trace.
//
//   scene after t entries = fold of the entries 0 .. t-1
//
// What is on the disk comes from the disk's bytes: segments, records, tombstones, torn and corrupt places and the
// manifest are decoded from what the recorded operations wrote (segment_view.h). Events add the *why*, and what is only in memory: the index, the
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
#include <string_view>
#include <vector>

#include "engine/hash_index.h"
#include "engine/manifest.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/trace.h"
#include "viz/model/file_view.h"
#include "viz/model/segment_view.h"
#include "viz/model/twin.h"

namespace sediment::viz {

/// The step between two runs in one trace: nothing of the run before it matters any more, and its files are removed.
constexpr std::string_view kNewRun = "new-run";

/// What a segment's file means to the store, according to the manifest on the disk.
enum class Role : std::uint8_t {
  kActive,
  kSealed,
  kMergeOutput,  // being written by a merge; the manifest does not name it yet
  kUnnamed,      // the manifest does not name it: it does not exist for the store
};

struct LookupView {
  enum class Verdict : std::uint8_t { kAsked, kNotHere, kFound, kTombstone, kCorrupt };
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
  /// A record that was in the cache before the crash and is not on the disk after it; what is corrupt is not lost.
  struct Lost {
    SegmentNumber segment{};
    RecordView record;
    bool operator==(const Lost&) const = default;
  };

  sim::CrashChoice choice;
  std::vector<Lost> lost = {};
  std::vector<std::string> lost_files = {};  // files that are gone, by their old names
  std::vector<LostBytes> lost_bytes = {};    // of any file, whatever it holds
  std::size_t corrupt = 0;                   // places on the disk that hold something else than what was synced
  bool operator==(const CrashView&) const = default;
};

/// The key that this step looks up, with "get" or "expect get"; null if none.
const std::string* looked_up_by(const sim::Step& step);

class Scene {
 public:
  enum class Store : std::uint8_t {
    kClosed,
    kOpening,
    kOpen,
    kCrashed,
    kRefused,  // the last open has failed; outcome() says why
  };

  /// `crash_base`: for a crash, the disk as it was after the operation before the crash (crash_image builds the rest);
  /// otherwise ignored.
  void apply(const sim::TraceEntry& entry, const sim::DiskState* crash_base = nullptr);
  /// Passes an entry that a later crash undoes: it never reached the disk. Only the twin hears of it, which may still
  /// find the write after the crash.
  void pass_undone(const sim::TraceEntry& entry);

  /// How much memory a copy takes, in records and what is as large as a record.
  std::size_t weight() const;
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
  /// A merge of a faulty store may drop a tombstone too early. Then this is an older segment that still has a value of its
  /// key; null if the tombstone hid nothing, or if the merge is over.
  const SegmentView* exposed_by(const sim::EventEntry& dropped) const;
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
  std::uint64_t live_records() const { return newest_.size() - without_value_; }
  std::uint64_t all_records() const;
  /// What a reader of the store should find: for each key a value, or a report that its newest record is corrupt. Of a
  /// text log, what it answers. Of another store nothing: this program cannot read its files.
  Answers answers() const;
  /// How many corrupt places there are in segments that count, and files that are missing.
  std::size_t corrupt_places() const;
  /// The segments that the manifest names and that have no file.
  std::vector<SegmentNumber> missing_segments() const;
  /// Whether the disk has been damaged: then the store may report corruption.
  bool damaged() const { return twin_.damaged() || corrupt_places() > 0 || unreadable_manifest(); }
  /// There is a MANIFEST, and it does not verify.
  bool unreadable_manifest() const { return !manifest_ && disk_.find(kManifestName) != nullptr; }

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
  const std::string& bytes_of(const SegmentView& segment) const { return disk_.file(segment.file).cached; }
  void decode_again(SegmentNumber number);
  void decode_files();
  void read_manifest();
  std::optional<NamedAs> named_as(SegmentNumber number) const;
  void judge_files();
  void name_corrupt_records(SegmentNumber number);
  void note_open_ended();
  void end_at_corrupt_record(LookupView& lookup) const;
  std::vector<SegmentNumber> order() const;
  void take_newest(const SegmentView& segment, std::size_t from_record);
  bool take_merge(const std::vector<SegmentNumber>& now);
  void find_newest();
  void add_to_index(SegmentNumber number, std::uint64_t offset);
  void make_index(SegmentNumber number, std::size_t entries);
  void index_all(SegmentNumber number);
  void fit_index(SegmentNumber number);
  void fit_sealed_indexes();
  void decide(const sim::EventEntry& event);
  void forget_marks();
  void begin_new_run();

  std::size_t position_ = 0;
  std::uint64_t operations_ = 0;
  sim::DiskState disk_;
  std::optional<Manifest> manifest_;
  std::map<SegmentNumber, std::shared_ptr<SegmentView>> segments_;  // a shared one is never changed
  std::map<std::string, Place> newest_;                             // for each key, the record that counts
  std::uint64_t without_value_ = 0;                                 // among these: tombstones and corrupt records
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

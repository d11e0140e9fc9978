// A segment's file as it is shown: its records, and the places that hold none, decoded from its bytes.
//
// What does not verify is torn or corrupt, and these are two things. A write that a crash interrupted is torn: no caller
// was promised that it is there. Bytes that had been synced and are not what was written are corrupt. The rule is that
// of verify and of an open (engine/log_end.h). Decoding goes on after corrupt bytes; at a torn tail the log ends.
//
// Trusts nothing, keeps nothing, and does not draw.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/format.h"
#include "engine/record.h"
#include "sim/disk/disk_state.h"

namespace sediment::viz {

/// What a merge did with a record of one of its inputs.
enum class Fate : std::uint8_t { kNone, kKept, kDropped };

struct RecordView {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  RecordType type = RecordType::kPut;
  std::string key = {};
  std::string value = {};
  /// kValid, or what is wrong with these bytes: then they are corrupt or torn. A torn tail is the last in its segment.
  RecordVerdict verdict = RecordVerdict::kValid;
  bool corrupt = false;
  /// Of corrupt bytes: key, value and type are those of the record that was there, as far as is known. False: they are
  /// empty.
  bool was_known = false;
  /// A newer record of the key counts, so this one is garbage.
  bool superseded = false;
  /// The current or the last recovery has read and verified it.
  bool recovered = false;
  Fate fate = Fate::kNone;
  std::string why = {};  // for the fate; or what is wrong with corrupt bytes

  bool valid() const { return verdict == RecordVerdict::kValid; }
  bool torn() const { return !valid() && !corrupt; }
  /// Whether its key is known, and a lookup of the key may meet it.
  bool has_key() const { return valid() || (corrupt && was_known); }
  std::uint64_t end() const { return offset + size_bytes; }
  bool operator==(const RecordView&) const = default;
};

/// What the manifest says of a segment.
struct NamedAs {
  std::uint64_t nonce = 0;
  std::optional<std::uint64_t> sealed_size = {};  // bytes; none if the segment is active
  bool operator==(const NamedAs&) const = default;
};

/// A segment's file.
struct SegmentView {
  sim::FileId file = 0;
  SegmentNumber number{};
  std::uint64_t nonce = 0;
  bool has_header = false;            // false: nothing in the file can be decoded
  std::optional<NamedAs> named = {};  // by the manifest, when it was decoded
  std::vector<RecordView> records = {};

  /// Where the written bytes end.
  std::uint64_t written_end() const { return records.empty() ? kSegmentHeaderSize : records.back().end(); }
  const RecordView* record_at(std::uint64_t offset) const;
  std::size_t valid_records() const;
  std::size_t corrupt_places() const;
  bool operator==(const SegmentView&) const = default;
};

/// Decodes what follows the last valid record: the usual case, an append. Returns where in the list of records the new
/// ones begin.
std::size_t decode_tail(const std::string& bytes, SegmentView* segment);
/// Decodes the whole file again. Of corrupt bytes it knows what was there, if the old list of records does.
void decode_all(const std::string& bytes, SegmentView* segment);
/// Whether a file that was decoded must be decoded again, now that the manifest names it so.
bool is_judged_differently(const std::string& bytes, const SegmentView& segment, const std::optional<NamedAs>& named);
/// Divides corrupt bytes into the records that were there, and takes over what is known of them.
void remember(const std::vector<RecordView>& before, std::vector<RecordView>* records);

}  // namespace sediment::viz

// The fields of a record, and of a file's header, where they lie in the file: as engine/format.h lays them out.
//
// Trusts nothing: of a record that does not verify, only what its header still says, or what was there before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viz/model/narration.h"
#include "viz/model/scene.h"
#include "viz/model/segment_view.h"

namespace sediment::viz {

struct RecordField {
  std::string_view name;
  std::uint64_t begin = 0;  // in the file
  std::uint64_t end = 0;
  std::string value;  // for people; empty: zeros
};

/// Bytes of the file, without the one at `end`.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool contains(std::uint64_t offset) const { return offset >= begin && offset < end; }
};

struct RecordFields {
  std::vector<RecordField> fields;       // one after another
  ByteRange covered_by_header_checksum;  // of a file's header: by its only checksum
  ByteRange covered_by_body_checksum;    // empty if it is not known where key and value are

  /// The number of the field that this byte belongs to; the number of fields if it belongs to none.
  std::size_t field_at(std::uint64_t offset) const;
};

/// `bytes` are those of the whole file.
RecordFields fields_of_file_header(std::string_view bytes);
/// Of corrupt bytes that begin where the file's header is, these are the header's.
RecordFields fields_of(std::string_view bytes, const SegmentView& segment, const RecordView& record);

/// What the record is, and in which state.
Sentence describe_record(const Scene& scene, const SegmentView& segment, const RecordView& record);

/// What the engine would find at the record if this bit of the file were the other one.
RecordVerdict verdict_with_flipped(std::string_view bytes, const SegmentView& segment, const RecordView& record,
                                   std::uint64_t offset, unsigned bit);

}  // namespace sediment::viz

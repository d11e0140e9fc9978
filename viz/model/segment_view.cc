#include "viz/model/segment_view.h"

#include <algorithm>
#include <utility>

#include "engine/disk.h"
#include "engine/log_end.h"
#include "engine/segment_header.h"
#include "engine/tools/log_gaps.h"
#include "engine/tools/log_walk.h"

namespace sediment::viz {

namespace {

constexpr std::string_view kForeign = "this file belongs to another segment";
constexpr std::string_view kTooShort = "the file ends too early";

// Bytes in memory, for what reads files.
class BytesFile final : public File {
 public:
  explicit BytesFile(std::string_view bytes) : bytes_(bytes) {}

  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* /*scratch*/) const override {
    return bytes_.substr(std::min<std::uint64_t>(offset, bytes_.size()), size);
  }
  std::uint64_t size() const override { return bytes_.size(); }
  Status append(std::initializer_list<std::string_view> /*parts*/) override { return read_only(); }
  Status sync() override { return read_only(); }
  Status truncate(std::uint64_t /*size*/) override { return read_only(); }

 private:
  static Status read_only() { return Status::invalid_argument("these bytes are only read"); }

  std::string_view bytes_;
};

RecordView corrupt_bytes(std::uint64_t offset, std::uint64_t size, RecordVerdict verdict, std::string_view why) {
  return {.offset = offset, .size_bytes = size, .verdict = verdict, .corrupt = true, .why = std::string(why)};
}

RecordView view_of(const tools::Stretch& stretch) {
  return {.offset = stretch.offset,
          .size_bytes = stretch.size_bytes,
          .type = stretch.header->type,
          .key = std::string(stretch.key),
          .value = std::string(stretch.value)};
}

// The key may be what is damaged; then it is some other key, or none.
RecordView view_of(const tools::Finding& gap, RecordVerdict verdict) {
  RecordView view = corrupt_bytes(gap.offset, gap.size_bytes, verdict, describe(verdict));
  view.was_known = gap.has_key;
  view.key = gap.key;
  return view;
}

// The log after its header.
void decode_log(const std::string& bytes, SegmentView* segment) {
  const BytesFile file(bytes);
  const LogExtent log{"", segment->nonce, bytes.size()};
  const bool sealed = segment->named && segment->named->sealed_size;
  tools::LogGaps gaps;
  const auto take = [&](const tools::Stretch& stretch) -> Status {
    segment->records.push_back(view_of(stretch));
    return {};
  };
  // Reading bytes in memory never fails.
  (void)tools::find_gaps(file, log, sealed ? tools::BlankEnd::kDamage : tools::BlankEnd::kReserved, take, &gaps);
  std::size_t proven = gaps.gaps.size();
  if (!sealed) {
    const Result<std::size_t> count = tools::count_proven(file, log, gaps.gaps);
    proven = count.ok() ? *count : 0;
  }
  std::vector<RecordView>& records = segment->records;
  for (std::size_t i = 0; i < proven; ++i) {
    const std::string_view rest = std::string_view(bytes).substr(gaps.gaps[i].offset);
    Record ignored;
    records.push_back(view_of(gaps.gaps[i], decode_record({segment->nonce, gaps.gaps[i].offset}, rest, &ignored)));
  }
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
  if (proven == gaps.gaps.size()) return;

  // A torn tail: the log ends there, whatever verifies after it.
  const std::uint64_t offset = gaps.gaps[proven].offset;
  std::erase_if(records, [&](const RecordView& record) { return record.offset > offset; });
  Record ignored;
  const RecordVerdict verdict =
      decode_record({segment->nonce, offset}, std::string_view(bytes).substr(offset), &ignored);
  const Result<std::uint64_t> end = end_of_written_bytes(file, log, offset);
  records.push_back({.offset = offset, .size_bytes = end.ok() ? *end - offset : 0, .verdict = verdict});
}

bool decode_header(const std::string& bytes, SegmentView* segment) {
  const Result<SegmentHeader> header = decode_segment_header(segment_file_name(segment->number), bytes);
  if (!header.ok()) return false;
  segment->has_header = true;
  segment->nonce = header->nonce;
  return true;
}

}  // namespace

const RecordView* SegmentView::record_at(std::uint64_t offset) const {
  const auto found = std::lower_bound(records.begin(), records.end(), offset,
                                      [](const RecordView& record, std::uint64_t at) { return record.offset < at; });
  return found != records.end() && found->offset == offset ? &*found : nullptr;
}

std::size_t SegmentView::valid_records() const {
  return static_cast<std::size_t>(
      std::count_if(records.begin(), records.end(), [](const RecordView& record) { return record.valid(); }));
}

std::size_t SegmentView::corrupt_places() const {
  return static_cast<std::size_t>(
      std::count_if(records.begin(), records.end(), [](const RecordView& record) { return record.corrupt; }));
}

std::size_t decode_tail(const std::string& bytes, SegmentView* segment) {
  if (!segment->has_header && !decode_header(bytes, segment)) return 0;
  std::vector<RecordView>& records = segment->records;
  if (!records.empty() && !records.back().valid()) {
    decode_all(bytes, segment);
    return 0;
  }
  const std::size_t first_new = records.size();
  for (std::uint64_t offset = segment->written_end(); offset < bytes.size();) {
    Record record;
    const RecordVerdict verdict =
        decode_record({segment->nonce, offset}, std::string_view(bytes).substr(offset), &record);
    if (verdict != RecordVerdict::kValid) {
      if (bytes.find_first_not_of('\0', offset) == std::string::npos) break;  // only space that was reserved
      decode_all(bytes, segment);
      return 0;
    }
    records.push_back({.offset = offset,
                       .size_bytes = record.size_bytes,
                       .type = record.type,
                       .key = std::string(record.key),
                       .value = std::string(record.value)});
    offset = records.back().end();
  }
  return first_new;
}

void decode_all(const std::string& bytes, SegmentView* segment) {
  const std::vector<RecordView> before = std::exchange(segment->records, {});
  segment->has_header = false;
  const std::optional<NamedAs>& named = segment->named;
  const bool header_verifies = decode_header(bytes, segment);
  if (header_verifies && named && named->nonce != segment->nonce) {
    segment->records.push_back(corrupt_bytes(0, bytes.size(), RecordVerdict::kHeaderInvalid, kForeign));
    return;
  }
  if (!header_verifies && named) {  // the manifest, too, says with which nonce the records are decoded
    segment->nonce = named->nonce;
    segment->has_header = true;
    const std::uint64_t size = std::min<std::uint64_t>(kSegmentHeaderSize, bytes.size());
    if (size > 0) {
      segment->records.push_back(
          corrupt_bytes(0, size, RecordVerdict::kHeaderInvalid, "the file's header does not verify"));
    }
  }
  if (!segment->has_header) return;
  if (bytes.size() > kSegmentHeaderSize) decode_log(bytes, segment);
  if (named && named->sealed_size.value_or(0) > bytes.size()) {
    segment->records.push_back(
        corrupt_bytes(bytes.size(), *named->sealed_size - bytes.size(), RecordVerdict::kEnd, kTooShort));
  }
  remember(before, &segment->records);
}

bool is_judged_differently(const std::string& bytes, const SegmentView& segment, const std::optional<NamedAs>& named) {
  if (segment.named == named) return false;
  const bool verifies = segment.has_header && segment.corrupt_places() == 0 &&
                        (segment.records.empty() || segment.records.back().valid());
  if (!verifies || !named) return !verifies;
  return named->nonce != segment.nonce || (named->sealed_size && *named->sealed_size != segment.written_end()) ||
         (named->sealed_size && *named->sealed_size != bytes.size());
}

void remember(const std::vector<RecordView>& before, std::vector<RecordView>* records) {
  std::vector<RecordView> divided;
  for (RecordView& record : *records) {
    std::uint64_t at = record.offset;
    const std::uint64_t end = record.end();
    if (record.corrupt) {
      auto known =
          std::partition_point(before.begin(), before.end(), [&](const RecordView& old) { return old.end() <= at; });
      for (; known != before.end() && known->offset < end; ++known) {
        const RecordView& old = *known;
        if (!old.has_key()) continue;
        if (old.offset > at) {
          divided.push_back(corrupt_bytes(at, old.offset - at, record.verdict, record.why));
          at = old.offset;
        }
        RecordView part = corrupt_bytes(at, std::min(end, old.end()) - at, record.verdict, record.why);
        part.was_known = true;
        part.type = old.type;
        part.key = old.key;
        part.value = old.value;
        at = part.end();
        divided.push_back(std::move(part));
      }
      if (at == end) continue;
      if (at > record.offset) {
        divided.push_back(corrupt_bytes(at, end - at, record.verdict, record.why));
        continue;
      }
    }
    divided.push_back(std::move(record));
  }
  *records = std::move(divided);
}

}  // namespace sediment::viz

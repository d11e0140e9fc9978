// Lab 2 in the student's process: calls the functions for records, each time as the grader says.
#include <sys/mman.h>

#include <algorithm>
#include <functional>

#include "engine/record.h"
#include "engine/status.h"
#include "labs/02_records/operations.h"
#include "labs/harness/component.h"

namespace sediment::labs {

namespace {

// Bytes, and after the last one memory that must not be read: a read beyond them ends the process. (AddressSanitizer
// would see only those reads that the student's file does itself, and not those of checksum64 or load_u32.)
class GuardedBytes {
 public:
  explicit GuardedBytes(std::string_view bytes)
      : size_(bytes.size()), room_((size_ + kGuard - 1) / kGuard * kGuard), start_(map(room_ + kGuard)) {
    require(::mprotect(start_ + room_, kGuard, PROT_NONE) == 0, "memory cannot be protected");
    std::copy(bytes.begin(), bytes.end(), start_ + room_ - size_);
  }
  ~GuardedBytes() { ::munmap(start_, room_ + kGuard); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  std::string_view view() const { return {start_ + room_ - size_, size_}; }

 private:
  static constexpr std::size_t kGuard = 65'536;  // a multiple of each machine's size of a page

  static char* map(std::size_t size) {
    void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(start != MAP_FAILED, "there is no memory for the bytes of a record");
    return static_cast<char*>(start);
  }

  std::size_t size_;
  std::size_t room_;  // bytes before the guard
  char* start_;
};

RecordPlace place_from(MessageReader* request) {
  const std::uint64_t nonce = request->number();
  return {nonce, request->number()};
}

bool is_inside(std::string_view part, std::string_view bytes) {
  const std::less_equal<> before;
  return part.empty() ||
         (before(bytes.data(), part.data()) && before(part.data() + part.size(), bytes.data() + bytes.size()));
}

void write_record(RecordVerdict verdict, const Record& record, std::string_view bytes, MessageWriter* answer) {
  answer->number(static_cast<std::uint64_t>(verdict));
  if (verdict != RecordVerdict::kValid) return;
  answer->number(static_cast<std::uint64_t>(record.type)).number(record.offset).number(record.size_bytes);
  answer->number(record.durable_upto).text(record.key).text(record.value);
  answer->number(is_inside(record.key, bytes) && is_inside(record.value, bytes) ? 1 : 0);
}

void encode(MessageReader* request, MessageWriter* answer) {
  const RecordPlace place = place_from(request);
  const auto type = static_cast<RecordType>(request->number());
  const GuardedBytes key(request->text());
  const GuardedBytes value(request->text());
  const EncodedRecord encoded = encode_record(place, type, key.view(), value.view(), request->number());
  answer->text({encoded.header.data(), encoded.header.size()}).number(encoded.padding_size);
}

void decode(MessageReader* request, MessageWriter* answer) {
  const RecordPlace place = place_from(request);
  const GuardedBytes bytes(request->text());
  RecordHeader header;
  const RecordVerdict verdict = decode_record_header(place, bytes.view(), &header);
  answer->number(static_cast<std::uint64_t>(verdict));
  if (verdict == RecordVerdict::kValid) {
    answer->number(static_cast<std::uint64_t>(header.type)).number(header.key_size).number(header.value_size);
    answer->number(header.durable_upto).number(header.body_checksum);
    Record record;
    const RecordVerdict body = decode_record_body(place, header, bytes.view(), &record);
    write_record(body, record, bytes.view(), answer);
  }
  Record record;
  const RecordVerdict whole = decode_record(place, bytes.view(), &record);
  write_record(whole, record, bytes.view(), answer);
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  switch (static_cast<RecordOperation>(request->number())) {
    case RecordOperation::kEncode: return encode(request, answer);
    case RecordOperation::kDecode: return decode(request, answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs

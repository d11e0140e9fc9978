// Logs in memory, written by a LogWriter, to be damaged and read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log_reader.h"
#include "engine/log_writer.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {

// A log with these records, synced before each record whose value begins with "synced".
struct Log {
  std::string bytes;
  std::uint64_t nonce = 0;
  std::vector<std::uint64_t> offsets;

  LogExtent extent() const { return {"000001.log", nonce, bytes.size()}; }
};

inline Log log_of(const std::vector<Pairs::value_type>& pairs, std::uint64_t capacity = 0) {
  const auto disk = disk_with({});
  const auto writer = must(LogWriter::create_durable(*disk, SegmentNumber{1}, capacity));
  Log log;
  for (const auto& [key, value] : pairs) {
    if (value.starts_with("synced")) must(writer->sync());
    log.offsets.push_back(must(writer->append(RecordType::kPut, key, value)));
  }
  log.bytes = disk->state().contents().at("000001.log");
  log.nonce = writer->nonce();
  return log;
}

inline void flip(std::string& bytes, std::uint64_t at) { bytes[at] = static_cast<char>(bytes[at] ^ 1); }

// A file whose reads fail from an offset on.
class BadSector final : public File {
 public:
  BadSector(std::unique_ptr<File> file, std::uint64_t bad_from) : file_(std::move(file)), bad_from_(bad_from) {}
  Status append(std::initializer_list<std::string_view>) override { return Status::io_error("bad", "no"); }
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    if (offset + size > bad_from_) return Status::io_error("bad", "bad sector");
    return file_->read(offset, size, scratch);
  }
  Status sync() override { return Status::io_error("bad", "no"); }
  Status truncate(std::uint64_t) override { return Status::io_error("bad", "no"); }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t bad_from_;
};

}  // namespace sediment::test

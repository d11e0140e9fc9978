// A file as far as it can be read: where the operating system refuses to read, there are zeros instead, and a note.
//
// For whoever wants what is left of a damaged disk. A checksum does not take those zeros for what was written there,
// unless zeros were written there. For reading only. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "engine/status.h"

namespace sediment::tools {

class BadSectorFile final : public File {
 public:
  /// What is given up at a time: a disk's sector, or a page of the cache.
  static constexpr std::uint64_t kSectorSize = 4096;

  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;
    std::string reason;
  };

  explicit BadSectorFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  /// Never fails.
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override;
  std::uint64_t size() const override { return file_->size(); }
  Status append(std::initializer_list<std::string_view> parts) override;
  Status sync() override;
  Status truncate(std::uint64_t size) override;

  /// What was asked for so far and could not be read, in whole sectors, neighbours put together; by offset.
  std::vector<Range> unreadable() const;

 private:
  bool is_known_bad(std::uint64_t offset, std::uint64_t end) const;

  std::unique_ptr<File> file_;
  mutable std::map<std::uint64_t, std::string> bad_;  // sectors by their offset, and why; asked for once only
};

}  // namespace sediment::tools

// A file as far as it can be read: where the operating system cannot read, it holds zeros instead, and remembers why.
//
// For recovering what is left on a damaged disk. A checksum does not mistake those zeros for the original bytes, unless
// the original bytes were zeros. For reading only. One thread at a time.
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
  /// The unit that is given up: a disk's sector, or a page of the cache.
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

  /// What was requested so far and could not be read: whole sectors, adjacent ones joined, by offset.
  std::vector<Range> unreadable() const;

 private:
  bool is_known_bad(std::uint64_t offset, std::uint64_t end) const;

  std::unique_ptr<File> file_;
  mutable std::map<std::uint64_t, std::string> bad_;  // sectors by offset, with the reason; each is read only once
};

}  // namespace sediment::tools

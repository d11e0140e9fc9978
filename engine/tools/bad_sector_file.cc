#include "engine/tools/bad_sector_file.h"

#include <algorithm>

namespace sediment::tools {

Result<std::string_view> BadSectorFile::read(std::uint64_t offset, std::size_t size, std::string* scratch) const {
  const std::uint64_t end = std::min(offset + size, std::max(offset, file_->size()));
  if (!is_known_bad(offset, end)) {
    Result<std::string_view> bytes = file_->read(offset, size, scratch);
    if (bytes.ok()) return bytes;
  }

  // Sector by sector.
  std::string whole(end - offset, '\0');
  std::string sector_scratch;
  for (std::uint64_t at = offset; at < end;) {
    const std::uint64_t sector = at / kSectorSize * kSectorSize;
    const std::uint64_t sector_end = std::min(end, sector + kSectorSize);
    if (!bad_.contains(sector)) {
      Result<std::string_view> bytes = read_fully(*file_, at, sector_end - at, &sector_scratch);
      if (bytes.ok()) {
        whole.replace(at - offset, bytes->size(), *bytes);
      } else {
        bad_.emplace(sector, bytes.status().message());
      }
    }
    at = sector_end;
  }
  *scratch = std::move(whole);
  return std::string_view(*scratch);
}

bool BadSectorFile::is_known_bad(std::uint64_t offset, std::uint64_t end) const {
  const auto first = bad_.lower_bound(offset / kSectorSize * kSectorSize);
  return first != bad_.end() && first->first < end;
}

std::vector<BadSectorFile::Range> BadSectorFile::unreadable() const {
  std::vector<Range> ranges;
  for (const auto& [offset, reason] : bad_) {
    const std::uint64_t bytes = std::min(kSectorSize, file_->size() - std::min(offset, file_->size()));
    if (!ranges.empty() && ranges.back().offset + ranges.back().size_bytes == offset) {
      ranges.back().size_bytes += bytes;
    } else {
      ranges.push_back({offset, bytes, reason});
    }
  }
  return ranges;
}

Status BadSectorFile::append(std::initializer_list<std::string_view> /*parts*/) {
  return Status::read_only("this file is for reading");
}
Status BadSectorFile::sync() { return Status::read_only("this file is for reading"); }
Status BadSectorFile::truncate(std::uint64_t /*size*/) { return Status::read_only("this file is for reading"); }

}  // namespace sediment::tools

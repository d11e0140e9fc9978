#include "engine/disk.h"

namespace sediment {

Result<std::string_view> read_fully(const File& file, std::uint64_t offset, std::size_t size, std::string* scratch) {
  Result<std::string_view> first = file.read(offset, size, scratch);
  if (!first.ok() || first->size() == size || first->empty()) return first;

  std::string whole(*first);
  std::string more_scratch;
  while (whole.size() < size) {
    Result<std::string_view> more = file.read(offset + whole.size(), size - whole.size(), &more_scratch);
    if (!more.ok()) return more;
    if (more->empty()) break;
    whole.append(*more);
  }
  *scratch = std::move(whole);
  return std::string_view(*scratch);
}

}  // namespace sediment

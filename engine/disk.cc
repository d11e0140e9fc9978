#include "engine/disk.h"

namespace sediment {

Result<std::string_view> read_fully(const File& file, std::uint64_t offset, std::size_t size, std::string* scratch) {
  Result<std::string_view> bytes = file.read(offset, size, scratch);
  const bool was_short = bytes.ok() && bytes->size() < size && !bytes->empty();
  if (!was_short) return bytes;

  std::string whole(*bytes);
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

#include "engine/disk.h"

namespace sediment {

namespace {

// Reads what is missing after `first`, the result of a first read. Everything is then in `*scratch`.
Result<std::string_view> read_rest(const File& file, std::uint64_t offset, std::size_t size, std::string_view first,
                                   std::string* scratch) {
  std::string whole(first);
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

}  // namespace

Result<std::string_view> read_fully(const File& file, std::uint64_t offset, std::size_t size, std::string* scratch) {
  Result<std::string_view> bytes = file.read(offset, size, scratch);
  const bool was_short = bytes.ok() && bytes->size() < size && !bytes->empty();
  if (was_short) bytes = read_rest(file, offset, size, *bytes, scratch);
  return bytes;
}

}  // namespace sediment

#include "sim/campaign/disk_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

#include "engine/format.h"
#include "sim/campaign/files.h"

namespace sediment::sim {

namespace {

constexpr std::string_view kMagic = "SEDDISKS";
constexpr std::uint64_t kHeader = 16;                 // bytes
constexpr std::size_t kPiece = std::size_t{1} << 16;  // fingerprints, for which a checksum is taken

void append_number(std::string* bytes, std::uint64_t number) {
  for (unsigned i = 0; i < 8; ++i) *bytes += static_cast<char>(number >> (8 * i));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < 8; ++i) number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

Status damaged(const std::string& path, const char* why) { return Status::invalid_argument(path + ": " + why); }

// A file whose header is right.
class Reader {
 public:
  static Result<Reader> open(const std::string& path) {
    Reader reader;
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (error) return Status::not_found(path + ": " + error.message());
    reader.file_.open(path, std::ios::binary);
    std::string header(kHeader, '\0');
    reader.file_.read(header.data(), kHeader);
    if (!reader.file_ || !header.starts_with(kMagic)) return damaged(path, "this is no file of fingerprints");
    reader.count_ = number_at(header, 8);
    if (size % 8 != 0 || (size - kHeader) / 8 != reader.count_) return damaged(path, "it is cut, or something follows");
    reader.path_ = path;
    return reader;
  }

  std::uint64_t count() const { return count_; }

  // `count` fingerprints from the `first` one on, as bytes.
  Result<std::string_view> bytes(std::uint64_t first, std::size_t count) {
    bytes_.resize(count * 8);
    file_.seekg(static_cast<std::streamoff>(kHeader + first * 8));
    file_.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    if (!file_) return Status::io_error(path_, "it cannot be read");
    return std::string_view(bytes_);
  }

  // The number of the first fingerprint that is `least` or more.
  Result<std::uint64_t> find(std::uint64_t least) {
    std::uint64_t low = 0;
    std::uint64_t high = count_;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      const Result<std::string_view> found = bytes(middle, 1);
      if (!found.ok()) return found.status();
      (number_at(*found, 0) < least ? low : high) = number_at(*found, 0) < least ? middle + 1 : middle;
    }
    return low;
  }

 private:
  std::string path_;
  std::ifstream file_;
  std::uint64_t count_ = 0;
  std::string bytes_;
};

// Calls `visit` for pieces of the file, in order.
template <typename Visit>
Status for_each_piece(Reader& reader, std::uint64_t first, std::uint64_t last, Visit visit) {
  while (first < last) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, last - first));
    const Result<std::string_view> bytes = reader.bytes(first, count);
    if (!bytes.ok()) return bytes.status();
    if (Status s = visit(*bytes); !s.ok()) return s;
    first += count;
  }
  return {};
}

}  // namespace

Result<DiskFile> write_disks(const std::string& path, const std::vector<std::uint64_t>& disks) {
  std::uint64_t checksum = disks.size();
  const auto write = [&](const Sink& sink) -> Status {
    std::string bytes(kMagic);
    append_number(&bytes, disks.size());
    if (Status s = sink(bytes); !s.ok()) return s;
    for (std::size_t first = 0; first < disks.size(); first += kPiece) {
      bytes.clear();
      for (const std::uint64_t disk : std::span(disks).subspan(first, std::min(kPiece, disks.size() - first))) {
        append_number(&bytes, disk);
      }
      checksum = checksum64(bytes, checksum);
      if (Status s = sink(bytes); !s.ok()) return s;
    }
    return {};
  };
  if (Status s = write_durably(path, write); !s.ok()) return s;
  return DiskFile{path, disks.size(), hex(checksum)};
}

Status check_disks(const DiskFile& file) {
  Result<Reader> reader = Reader::open(file.path);
  if (!reader.ok()) return reader.status();
  if (reader->count() != file.count) return damaged(file.path, "it does not belong to this result");
  std::uint64_t checksum = file.count;
  std::uint64_t last = 0;
  bool ascends = true;
  bool is_first = true;
  const Status read = for_each_piece(*reader, 0, file.count, [&](std::string_view bytes) -> Status {
    checksum = checksum64(bytes, checksum);
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
      const std::uint64_t number = number_at(bytes, at);
      ascends = ascends && (is_first || number > last);
      is_first = false;
      last = number;
    }
    return {};
  });
  if (!read.ok()) return read;
  if (hex(checksum) != file.checksum) return damaged(file.path, "its checksum does not match");
  return ascends ? Status() : damaged(file.path, "its numbers do not ascend");
}

Result<std::vector<std::uint64_t>> read_disks(const DiskFile& file) {
  if (Status s = check_disks(file); !s.ok()) return s;
  Result<Reader> reader = Reader::open(file.path);
  if (!reader.ok()) return reader.status();
  std::vector<std::uint64_t> disks;
  const Status read = for_each_piece(*reader, 0, reader->count(), [&](std::string_view bytes) -> Status {
    for (std::size_t at = 0; at < bytes.size(); at += 8) disks.push_back(number_at(bytes, at));
    return {};
  });
  if (!read.ok()) return read;
  return disks;
}

Result<std::uint64_t> distinct_disks(const std::vector<DiskFile>& files, std::size_t memory_bytes) {
  std::uint64_t total = 0;
  for (const DiskFile& file : files) total += file.count;
  // Fingerprints are spread evenly, so slices of the numbers hold about as many each. Four bits more or less do no harm.
  unsigned bits = 0;
  while (bits < 32 && ((total * 8) >> bits) > memory_bytes) ++bits;
  std::uint64_t distinct = 0;
  std::vector<std::uint64_t> slice;
  for (std::uint64_t i = 0; i < std::uint64_t{1} << bits; ++i) {
    slice.clear();
    for (const DiskFile& file : files) {
      Result<Reader> reader = Reader::open(file.path);
      if (!reader.ok()) return reader.status();
      const bool is_last = i + 1 == std::uint64_t{1} << bits;
      const Result<std::uint64_t> first = bits == 0 ? 0 : reader->find(i << (64 - bits));
      const Result<std::uint64_t> last = is_last ? reader->count() : reader->find((i + 1) << (64 - bits));
      if (!first.ok()) return first.status();
      if (!last.ok()) return last.status();
      const Status read = for_each_piece(*reader, *first, *last, [&](std::string_view bytes) -> Status {
        for (std::size_t at = 0; at < bytes.size(); at += 8) slice.push_back(number_at(bytes, at));
        return {};
      });
      if (!read.ok()) return read;
    }
    std::sort(slice.begin(), slice.end());
    distinct += static_cast<std::uint64_t>(std::unique(slice.begin(), slice.end()) - slice.begin());
  }
  return distinct;
}

std::vector<std::uint64_t> united(const std::vector<std::uint64_t>& one, const std::vector<std::uint64_t>& other) {
  std::vector<std::uint64_t> all;
  all.reserve(one.size() + other.size());
  std::set_union(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(all));
  return all;
}

}  // namespace sediment::sim

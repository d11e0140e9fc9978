// A file with unreadable sectors: everything else is read as it is, and no bad sector is retried again and again.
#include "engine/tools/bad_sector_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "tests/support/store_helpers.h"

namespace sediment::test {
namespace {

using tools::BadSectorFile;

constexpr std::uint64_t kSector = BadSectorFile::kSectorSize;

// Fails each read that touches a bad sector, and counts the failures per sector. Returns at most `most` bytes per read,
// as a file may.
class FailingFile final : public File {
 public:
  FailingFile(std::string bytes, unsigned bad_sectors, std::size_t most, std::map<std::uint64_t, int>* failures)
      : bytes_(std::move(bytes)), bad_sectors_(bad_sectors), most_(most), failures_(failures) {}

  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* /*scratch*/) const override {
    size = std::min({size, most_, bytes_.size() - std::min<std::size_t>(offset, bytes_.size())});
    for (std::uint64_t at = offset / kSector * kSector; at < offset + size; at += kSector) {
      if ((bad_sectors_ >> at / kSector & 1U) == 0) continue;
      if (size <= kSector) ++(*failures_)[at];
      return Status::io_error("bad", "read: Input/output error");
    }
    return std::string_view(bytes_).substr(std::min<std::size_t>(offset, bytes_.size()), size);
  }
  Status append(std::initializer_list<std::string_view> /*parts*/) override { return {}; }
  Status sync() override { return {}; }
  Status truncate(std::uint64_t /*size*/) override { return {}; }
  std::uint64_t size() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  unsigned bad_sectors_;  // one bit each
  std::size_t most_;
  std::map<std::uint64_t, int>* failures_;
};

std::string numbered_bytes(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(1 + i % 251);  // no zeros
  return bytes;
}

// What a read should return: the file's bytes, with zeros in its bad sectors.
std::string expected_bytes(std::string bytes, unsigned bad_sectors, std::uint64_t offset, std::size_t size) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if ((bad_sectors >> i / kSector & 1U) != 0) bytes[i] = '\0';
  }
  return bytes.substr(std::min<std::size_t>(offset, bytes.size()), size);
}

TEST(BadSectorFile, GivesEveryByteOutsideBadSectorsAndZerosInThem) {
  const std::string bytes = numbered_bytes(4 * kSector + 100);
  std::uint64_t reads = 0;
  for (unsigned bad = 0; bad < 32; ++bad) {
    for (const std::size_t most : {bytes.size(), std::size_t{1000}}) {
      std::map<std::uint64_t, int> failures;
      const BadSectorFile file(std::make_unique<FailingFile>(bytes, bad, most, &failures));
      std::string scratch;
      for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{1}, kSector - 1, kSector, 2 * kSector + 7,
                                       4 * kSector + 99, 4 * kSector + 100, 9 * kSector}) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{24}, std::size_t{kSector}, bytes.size()}) {
          const std::string read(must(read_fully(file, from, size, &scratch)));
          ASSERT_EQ(read, expected_bytes(bytes, bad, from, size)) << bad << " from " << from << " size " << size;
          ++reads;
        }
      }
      // Once with its neighbours, and once alone.
      for (const auto& [sector, count] : failures) EXPECT_LE(count, 2) << "sector " << sector << " was tried again";
    }
  }
  EXPECT_EQ(reads, 32U * 2 * 8 * 4);
}

TEST(BadSectorFile, ReportsTheBadSectorsThatWereReadAsRanges) {
  const std::string bytes = numbered_bytes(4 * kSector + 100);
  const unsigned bad = 0b11011;
  std::map<std::uint64_t, int> failures;
  const BadSectorFile file(std::make_unique<FailingFile>(bytes, bad, bytes.size(), &failures));
  std::string scratch;
  EXPECT_TRUE(is_ok(read_fully(file, 2 * kSector, kSector, &scratch)));
  EXPECT_TRUE(file.unreadable().empty()) << "nothing bad was requested yet";

  EXPECT_TRUE(is_ok(read_fully(file, kSector + 5, 1, &scratch)));
  ASSERT_EQ(file.unreadable().size(), 1U);
  EXPECT_EQ(file.unreadable()[0].offset, kSector);
  EXPECT_EQ(file.unreadable()[0].size_bytes, kSector);
  EXPECT_NE(file.unreadable()[0].reason.find("Input/output error"), std::string::npos);

  EXPECT_TRUE(is_ok(read_fully(file, 0, bytes.size(), &scratch)));
  const std::vector<BadSectorFile::Range> ranges = file.unreadable();
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0].offset, 0U);
  EXPECT_EQ(ranges[0].size_bytes, 2 * kSector);
  EXPECT_EQ(ranges[1].offset, 3 * kSector);
  EXPECT_EQ(ranges[1].size_bytes, kSector + 100) << "the last one ends with the file";
}

}  // namespace
}  // namespace sediment::test

// Fingerprints of judged disks in files, and how many different ones are in many files.
//
//   0   "SEDDISKS"
//   8   how many fingerprints follow, N
//   16  N fingerprints of 8 bytes, ascending, each once
//
// All numbers are little-endian. Ten million fingerprints are 80 MB; to count the different ones in all files, a slice of
// the numbers is read from every file at a time, so memory does not grow with the campaign.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace sediment::sim {

/// What is known of such a file.
struct DiskFile {
  std::string path;
  std::uint64_t count = 0;
  std::string checksum;  // of the whole file
};

/// The fingerprints must ascend. Durable when it returns ok.
Result<DiskFile> write_disks(const std::string& path, const std::vector<std::uint64_t>& disks);
/// Whether the file is whole. kNotFound, kIoError; kInvalidArgument if it is damaged.
Status check_disks(const DiskFile& file);
/// kInvalidArgument if it is damaged.
Result<std::vector<std::uint64_t>> read_disks(const DiskFile& file);

/// How many different fingerprints there are in these files, which were checked.
Result<std::uint64_t> distinct_disks(const std::vector<DiskFile>& files, std::size_t memory_bytes = 64U << 20);

/// Both ascend, and so does the result: each fingerprint once.
std::vector<std::uint64_t> united(const std::vector<std::uint64_t>& one, const std::vector<std::uint64_t>& other);

}  // namespace sediment::sim

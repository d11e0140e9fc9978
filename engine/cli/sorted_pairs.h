// Sorts the pairs of a store by key in little memory, however large the store is.
//
// A hash index has no order, so a scan must sort. It collects pairs until its memory is full, sorts them, and writes them
// to a temporary file: a run. At the end it merges the runs. With a limit it keeps no more pairs than that, and often
// needs no file at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace sediment::cli {

/// One thread at a time.
class SortedPairs {
 public:
  static constexpr std::size_t kMemoryBytes = std::size_t{8} << 20;

  /// Keeps the first `limit` pairs. It uses `memory_bytes` for what it collects, and more only for a single pair that is
  /// larger.
  explicit SortedPairs(std::uint64_t limit, std::size_t memory_bytes = kMemoryBytes);
  ~SortedPairs();
  SortedPairs(const SortedPairs&) = delete;
  SortedPairs& operator=(const SortedPairs&) = delete;

  /// Keys must differ. kNoSpace and kIoError of the temporary file, which is made in $TMPDIR, or else in /tmp. It has no
  /// name there, so nothing is left however the program ends.
  Status add(std::string_view key, std::string_view value);

  /// Visits the pairs in the order of their keys, until `visit` returns false. Call it once, after the last add. Errors as
  /// add.
  Status for_each(const std::function<bool(std::string_view key, std::string_view value)>& visit);

  /// How many runs were written.
  std::size_t runs() const { return runs_.size(); }

 private:
  struct Entry {
    std::size_t offset;  // in bytes_, of the key; the value follows it
    std::uint32_t key_size;
    std::uint32_t value_size;
  };
  struct Run {
    std::uint64_t begin;  // in the file
    std::uint64_t end;
  };
  class RunReader;

  std::string_view key_of(const Entry& entry) const { return {bytes_.data() + entry.offset, entry.key_size}; }
  std::string_view value_of(const Entry& entry) const {
    return {bytes_.data() + entry.offset + entry.key_size, entry.value_size};
  }
  std::size_t memory_used() const { return bytes_.size() + entries_.size() * sizeof(Entry); }
  void sort();
  void keep_the_first();
  Status make_room();
  Status write_run();
  Status write(std::string_view bytes);
  Status merge(const std::function<bool(std::string_view key, std::string_view value)>& visit);

  std::uint64_t limit_;
  std::size_t memory_bytes_;
  std::string bytes_;
  std::vector<Entry> entries_;
  // With as many pairs as the limit allows, a key that is not below the last of them cannot be among the first.
  bool has_bound_ = false;
  std::string bound_;
  int file_ = -1;
  std::string directory_;  // of the file
  std::uint64_t file_size_ = 0;
  std::vector<Run> runs_;
};

}  // namespace sediment::cli

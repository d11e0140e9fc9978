#include "engine/cli/sorted_pairs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <queue>
#include <system_error>

namespace sediment::cli {

namespace {

constexpr std::size_t kSizesBytes = 2 * sizeof(std::uint32_t);  // of a key and its value, before them in a run
constexpr std::size_t kLeastBufferBytes = std::size_t{4} << 10;

Status failed(const std::string& directory, const std::string& operation) {
  const std::string message = operation + " a temporary file for sorting: " + std::generic_category().message(errno) +
                              "; set TMPDIR to a directory with more space";
  return errno == ENOSPC || errno == EDQUOT ? Status::no_space(directory, message)
                                            : Status::io_error(directory, message);
}

std::string temporary_directory() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

}  // namespace

// Reads a run from its begin to its end.
class SortedPairs::RunReader {
 public:
  RunReader(int file, const std::string& directory, Run run, std::size_t buffer_bytes)
      : file_(file), directory_(directory), next_(run.begin), end_(run.end), buffer_bytes_(buffer_bytes) {}

  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

  /// Goes to the next pair; false at the end.
  Result<bool> advance() {
    position_ += pair_size_;
    if (position_ == buffer_.size() && next_ == end_) return false;
    if (Status s = require(kSizesBytes); !s.ok()) return s;
    std::uint32_t sizes[2];
    std::memcpy(sizes, buffer_.data() + position_, kSizesBytes);
    pair_size_ = kSizesBytes + sizes[0] + std::size_t{sizes[1]};
    if (Status s = require(pair_size_); !s.ok()) return s;
    const char* const key = buffer_.data() + position_ + kSizesBytes;
    key_ = {key, sizes[0]};
    value_ = {key + sizes[0], sizes[1]};
    return true;
  }

 private:
  // Makes sure that the buffer has this many bytes from position_ on.
  Status require(std::size_t size) {
    if (buffer_.size() - position_ >= size) return {};
    buffer_.erase(0, position_);
    position_ = 0;
    const std::size_t held = buffer_.size();
    const std::size_t wanted = std::max(size, buffer_bytes_) - held;
    buffer_.resize(held + static_cast<std::size_t>(std::min<std::uint64_t>(wanted, end_ - next_)));
    for (std::size_t filled = held; filled < buffer_.size();) {
      const ssize_t got = ::pread(file_, buffer_.data() + filled, buffer_.size() - filled, static_cast<off_t>(next_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed(directory_, "read");
      if (got == 0) return Status::io_error(directory_, "a temporary file for sorting has become shorter");
      filled += static_cast<std::size_t>(got);
      next_ += static_cast<std::uint64_t>(got);
    }
    if (buffer_.size() < size)
      return Status::io_error(directory_, "a temporary file for sorting has other bytes than were written");
    return {};
  }

  int file_;
  const std::string& directory_;
  std::uint64_t next_;  // in the file
  std::uint64_t end_;
  std::size_t buffer_bytes_;
  std::string buffer_;
  std::size_t position_ = 0;   // in buffer_, of the current pair
  std::size_t pair_size_ = 0;  // 0 before the first pair
  std::string_view key_;
  std::string_view value_;
};

SortedPairs::SortedPairs(std::uint64_t limit, std::size_t memory_bytes) : limit_(limit), memory_bytes_(memory_bytes) {}

SortedPairs::~SortedPairs() {
  if (file_ >= 0) ::close(file_);
}

Status SortedPairs::add(std::string_view key, std::string_view value) {
  if (limit_ == 0 || (has_bound_ && key >= bound_)) return {};
  const std::size_t needed = key.size() + value.size() + sizeof(Entry);
  if (!entries_.empty() && memory_used() + needed > memory_bytes_) {
    if (Status s = make_room(); !s.ok()) return s;
    if (has_bound_ && key >= bound_) return {};
  }
  entries_.push_back({bytes_.size(), static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())});
  bytes_ += key;
  bytes_ += value;
  return {};
}

void SortedPairs::sort() {
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) { return key_of(a) < key_of(b); });
}

// Of sorted entries, as many as the limit allows.
void SortedPairs::keep_the_first() {
  if (entries_.empty() || entries_.size() < limit_) return;
  entries_.resize(static_cast<std::size_t>(limit_));
  std::string kept;
  for (Entry& entry : entries_) {
    const std::size_t offset = kept.size();
    kept += key_of(entry);
    kept += value_of(entry);
    entry.offset = offset;
  }
  bytes_ = std::move(kept);
  bound_ = key_of(entries_.back());
  has_bound_ = true;
}

Status SortedPairs::make_room() {
  sort();
  keep_the_first();
  if (memory_used() <= memory_bytes_ / 2) return {};
  return write_run();
}

Status SortedPairs::write_run() {
  if (file_ < 0) {
    directory_ = temporary_directory();
    std::string name = directory_ + "/sediment-sort-XXXXXX";
    file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) return failed(directory_, "create");
    (void)::unlink(name.c_str());
  }
  const std::uint64_t begin = file_size_;
  std::string piece;
  for (const Entry& entry : entries_) {
    const std::uint32_t sizes[2] = {entry.key_size, entry.value_size};
    piece.append(reinterpret_cast<const char*>(sizes), kSizesBytes);
    piece += key_of(entry);
    piece += value_of(entry);
    if (piece.size() < kLeastBufferBytes * 16) continue;
    if (Status s = write(piece); !s.ok()) return s;
    piece.clear();
  }
  if (Status s = write(piece); !s.ok()) return s;
  runs_.push_back({begin, file_size_});
  entries_.clear();
  bytes_.clear();
  return {};
}

Status SortedPairs::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(directory_, "write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    file_size_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Status SortedPairs::for_each(const std::function<bool(std::string_view key, std::string_view value)>& visit) {
  sort();
  keep_the_first();
  if (!runs_.empty()) {
    if (!entries_.empty()) {
      if (Status s = write_run(); !s.ok()) return s;
    }
    return merge(visit);
  }
  for (const Entry& entry : entries_) {
    if (!visit(key_of(entry), value_of(entry))) break;
  }
  return {};
}

Status SortedPairs::merge(const std::function<bool(std::string_view key, std::string_view value)>& visit) {
  bytes_ = {};  // the buffers of the readers take its place
  entries_ = {};
  const std::size_t buffer_bytes = std::max(kLeastBufferBytes, memory_bytes_ / runs_.size());
  std::vector<std::unique_ptr<RunReader>> readers;
  const auto is_later = [&](std::size_t a, std::size_t b) { return readers[a]->key() > readers[b]->key(); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(is_later)> first(is_later);
  for (const Run& run : runs_) {
    readers.push_back(std::make_unique<RunReader>(file_, directory_, run, buffer_bytes));
    if (Result<bool> more = readers.back()->advance(); !more.ok()) return more.status();
    first.push(readers.size() - 1);
  }
  for (std::uint64_t visited = 0; visited < limit_ && !first.empty(); ++visited) {
    const std::size_t at = first.top();
    first.pop();
    if (!visit(readers[at]->key(), readers[at]->value())) return {};
    Result<bool> more = readers[at]->advance();
    if (!more.ok()) return more.status();
    if (*more) first.push(at);
  }
  return {};
}

}  // namespace sediment::cli

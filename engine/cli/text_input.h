// A file, or standard input, read piece by piece: of any size, and as soon as bytes arrive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/status.h"

namespace sediment::cli {

/// One thread at a time.
class TextInput {
 public:
  /// kText: a byte order mark is left out, and a file that is no text (compressed, UTF-16 or UTF-32, by its first bytes)
  /// is refused with kInvalidArgument, which says what to do. kBytes: everything is taken as it is.
  enum class Content : std::uint8_t { kText, kBytes };

  /// "-" is standard input. kIoError when the file cannot be opened: a missing input is not a missing store. For kText
  /// also kInvalidArgument; of a pipe, the first read_more returns it.
  static Result<std::unique_ptr<TextInput>> open(const std::string& path, Content content = Content::kText);

  ~TextInput();
  TextInput(const TextInput&) = delete;
  TextInput& operator=(const TextInput&) = delete;

  /// Appends the next bytes to `*text`, at most one MiB; false at the end. From a pipe it returns what is available.
  Result<bool> read_more(std::string* text);

  const std::string& name() const { return name_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  /// None for a pipe or a terminal.
  std::optional<std::uint64_t> size_bytes() const { return size_bytes_; }

 private:
  TextInput(std::string name, int descriptor, Content content);
  Result<std::size_t> read(char* bytes, std::size_t size);
  Result<bool> read_first(std::string* text);

  std::string name_;
  int descriptor_;
  bool is_first_read_;  // of a text
  std::uint64_t bytes_read_ = 0;
  std::optional<std::uint64_t> size_bytes_;
  bool is_directory_ = false;
};

}  // namespace sediment::cli

#include "engine/cli/text_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace sediment::cli {

namespace {

constexpr std::size_t kPieceSize = std::size_t{1} << 20;

Status failed(const std::string& name, const std::string& operation) {
  return Status::io_error(name, operation + ": " + std::generic_category().message(errno));
}

constexpr std::size_t kTellingBytes = 6;  // at the start of a file
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// What a file is that is no text, and the command that makes text of it.
struct OtherContent {
  std::string_view begins_with;
  std::string_view name;
  std::string_view command;
};
using namespace std::string_view_literals;
constexpr OtherContent kOtherContents[] = {
    {"\x1f\x8b"sv, "is compressed with gzip", "zcat FILE"},
    {"BZh91A"sv, "is compressed with bzip2", "bzcat FILE"},
    {"\xfd"
     "7zXZ\x00"sv,
     "is compressed with xz", "xzcat FILE"},
    {"\x28\xb5\x2f\xfd"sv, "is compressed with zstd", "zstdcat FILE"},
    {"PK\x03\x04"sv, "is a zip archive", "unzip -p FILE"},
    {"\xff\xfe\x00\x00"sv, "is UTF-32", "iconv -f UTF-32 -t UTF-8 FILE"},
    {"\x00\x00\xfe\xff"sv, "is UTF-32", "iconv -f UTF-32 -t UTF-8 FILE"},
    {"\xff\xfe"sv, "is UTF-16", "iconv -f UTF-16 -t UTF-8 FILE"},
    {"\xfe\xff"sv, "is UTF-16", "iconv -f UTF-16 -t UTF-8 FILE"},
};

Status check_is_text(const std::string& name, std::string_view first_bytes) {
  for (const OtherContent& other : kOtherContents) {
    if (!first_bytes.starts_with(other.begins_with)) continue;
    return Status::invalid_argument(name + ": this " + std::string(other.name) +
                                    "; pipe its text in: " + std::string(other.command) + " | sediment ... -");
  }
  return {};
}

// Whether more bytes are needed to know what a file with these first bytes is.
bool may_still_tell(std::string_view first_bytes) {
  const auto continues = [&](std::string_view begin) {
    return begin.size() > first_bytes.size() && begin.starts_with(first_bytes);
  };
  return continues(kByteOrderMark) ||
         std::any_of(std::begin(kOtherContents), std::end(kOtherContents),
                     [&](const OtherContent& other) { return continues(other.begins_with); });
}

}  // namespace

Result<std::unique_ptr<TextInput>> TextInput::open(const std::string& path, Content content) {
  if (path == "-") return std::unique_ptr<TextInput>(new TextInput("standard input", STDIN_FILENO, content));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed(path, "open");
  std::unique_ptr<TextInput> input(new TextInput(path, descriptor, content));
  if (input->is_directory_) return Status::io_error(path, "this is a directory, not a file");
  char first[kTellingBytes];
  if (content == Content::kText && input->size_bytes_) {
    const ssize_t size = ::pread(descriptor, first, sizeof(first), 0);
    if (size < 0) return failed(path, "read");
    if (Status s = check_is_text(path, {first, static_cast<std::size_t>(size)}); !s.ok()) return s;
  }
  return input;
}

TextInput::TextInput(std::string name, int descriptor, Content content)
    : name_(std::move(name)), descriptor_(descriptor), is_first_read_(content == Content::kText) {
  struct stat information {};
  if (::fstat(descriptor_, &information) < 0) return;
  is_directory_ = S_ISDIR(information.st_mode);
  if (S_ISREG(information.st_mode)) size_bytes_ = static_cast<std::uint64_t>(information.st_size);
}

TextInput::~TextInput() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

Result<bool> TextInput::read_more(std::string* text) {
  if (is_first_read_) {
    is_first_read_ = false;
    return read_first(text);
  }
  const std::size_t old_size = text->size();
  text->resize(old_size + kPieceSize);
  Result<std::size_t> size = read(text->data() + old_size, kPieceSize);
  text->resize(old_size + (size.ok() ? *size : 0));
  if (!size.ok()) return size.status();
  return *size > 0;
}

// Reads as many bytes as tell what the file is, even if a pipe brings them one by one. Of a text the first one does.
Result<bool> TextInput::read_first(std::string* text) {
  std::string first;
  while (may_still_tell(first)) {
    char bytes[kTellingBytes];
    Result<std::size_t> size = read(bytes, kTellingBytes - first.size());
    if (!size.ok()) return size.status();
    if (*size == 0) break;
    first.append(bytes, *size);
  }
  if (Status s = check_is_text(name_, first); !s.ok()) return s;
  if (first.starts_with(kByteOrderMark)) first.erase(0, kByteOrderMark.size());
  *text += first;
  if (!first.empty() || bytes_read_ == 0) return !first.empty();
  return read_more(text);  // there was nothing but the mark so far
}

Result<std::size_t> TextInput::read(char* bytes, std::size_t size) {
  ssize_t result = -1;
  do {
    result = ::read(descriptor_, bytes, size);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return failed(name_, "read");
  bytes_read_ += static_cast<std::uint64_t>(result);
  return static_cast<std::size_t>(result);
}

}  // namespace sediment::cli

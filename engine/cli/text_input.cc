#include "engine/cli/text_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sediment::cli {

namespace {

constexpr std::size_t kPieceSize = std::size_t{1} << 20;

Status failed(const std::string& name, const std::string& operation) {
  return Status::io_error(name, operation + ": " + std::generic_category().message(errno));
}

}  // namespace

Result<std::unique_ptr<TextInput>> TextInput::open(const std::string& path) {
  if (path == "-") return std::unique_ptr<TextInput>(new TextInput("standard input", STDIN_FILENO));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed(path, "open");
  std::unique_ptr<TextInput> input(new TextInput(path, descriptor));
  if (input->is_directory_) return Status::io_error(path, "this is a directory, not a file");
  return input;
}

TextInput::TextInput(std::string name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {
  struct stat information {};
  if (::fstat(descriptor_, &information) < 0) return;
  is_directory_ = S_ISDIR(information.st_mode);
  if (S_ISREG(information.st_mode)) size_bytes_ = static_cast<std::uint64_t>(information.st_size);
}

TextInput::~TextInput() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

Result<bool> TextInput::read_more(std::string* text) {
  const std::size_t old_size = text->size();
  text->resize(old_size + kPieceSize);
  ssize_t result = -1;
  do {
    result = ::read(descriptor_, text->data() + old_size, kPieceSize);
  } while (result < 0 && errno == EINTR);
  text->resize(old_size + static_cast<std::size_t>(result < 0 ? 0 : result));
  if (result < 0) return failed(name_, "read");
  bytes_read_ += static_cast<std::uint64_t>(result);
  return result > 0;
}

}  // namespace sediment::cli

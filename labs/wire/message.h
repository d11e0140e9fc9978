// What the grader and a student's process say to each other: numbers and texts, one after the other, in a string.
//
// The grader must be able to read anything: the student's process may send whatever it likes. So reading never goes
// past the end, and a message that does not hold what was expected is an exception, not a crash.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sediment::labs {

/// Thrown when a message does not hold what was expected.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class MessageWriter {
 public:
  MessageWriter& number(std::uint64_t value);
  MessageWriter& text(std::string_view bytes);
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Throws Malformed. `bytes` must outlive the reader.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number();
  /// A number that is at most this large.
  std::uint64_t number_up_to(std::uint64_t most);
  bool flag() { return number_up_to(1) == 1; }
  std::string text();
  bool at_end() const { return rest_.empty(); }
  /// Throws unless everything was read.
  void end() const;

 private:
  std::string_view take(std::size_t size);

  std::string_view rest_;
};

}  // namespace sediment::labs

// The keys and values that all contestants store, and the check of every value that is read.
//
// A key is 16 hex digits of its index, so ascending indices are ascending keys. A value is 100 bytes: its index, its
// version, and a window of random bytes that depends on both. Making and checking one costs a few nanoseconds, which is
// the same for all contestants.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sediment::bench {

constexpr std::size_t kKeySize = 16;
constexpr std::size_t kValueSize = 100;

/// A store returned bytes that were never put. Ends the whole benchmark: a wrong answer has no speed.
class WrongValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Key {
 public:
  Key() : Key(0) {}
  explicit Key(std::uint64_t index) { set(index); }

  void set(std::uint64_t index) {
    for (std::size_t i = 0; i < kKeySize / 2; ++i) {
      const auto byte = static_cast<unsigned char>(index >> (8 * (7 - i)));
      std::memcpy(&digits_[2 * i], &kHexDigits[std::size_t{2} * byte], 2);
    }
  }
  /// A key that was never put, directly after that of the index.
  void set_missing(std::uint64_t index) {
    set(index);
    digits_.back() = 'x';
  }
  std::string_view view() const { return {digits_.data(), digits_.size()}; }

 private:
  static constexpr std::array<char, 512> kHexDigits = [] {
    std::array<char, 512> digits{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
      digits[2 * byte] = "0123456789abcdef"[byte / 16];
      digits[2 * byte + 1] = "0123456789abcdef"[byte % 16];
    }
    return digits;
  }();

  std::array<char, kKeySize> digits_{};
};

class Values {
 public:
  Values();

  /// Valid until the next call. One thread at a time.
  std::string_view make(std::uint64_t index, std::uint64_t version) {
    std::memcpy(value_.data(), &index, 8);
    std::memcpy(value_.data() + 8, &version, 8);
    std::memcpy(value_.data() + 16, window(index, version), kValueSize - 16);
    return {value_.data(), value_.size()};
  }

  /// Throws WrongValue unless this is one of the values for that index.
  void check(std::uint64_t index, std::string_view value) const {
    if (!is_value_of(index, value)) report_wrong(index, value);
  }
  /// The same for a pair whose index is not known in advance.
  void check_pair(std::string_view key, std::string_view value) const;

 private:
  static constexpr int kWindowBits = 13;

  bool is_value_of(std::uint64_t index, std::string_view value) const {
    std::uint64_t found_index = 0;
    std::uint64_t version = 0;
    if (value.size() != kValueSize) return false;
    std::memcpy(&found_index, value.data(), 8);
    std::memcpy(&version, value.data() + 8, 8);
    return found_index == index && std::memcmp(value.data() + 16, window(index, version), kValueSize - 16) == 0;
  }
  const char* window(std::uint64_t index, std::uint64_t version) const {
    const std::uint64_t mixed = (index + version * 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
    return random_.data() + (mixed >> (64 - kWindowBits));
  }
  [[noreturn]] static void report_wrong(std::uint64_t index, std::string_view value);

  std::string random_;
  std::array<char, kValueSize> value_{};
};

}  // namespace sediment::bench

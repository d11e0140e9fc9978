#include "tests/bench/data.h"

#include <fmt/format.h>

#include "sim/base/random.h"

namespace sediment::bench {

Values::Values() {
  sim::Random random(7);
  random_.resize((std::size_t{1} << kWindowBits) + kValueSize);
  for (char& byte : random_) byte = static_cast<char>(random.next() >> 56);
}

void Values::check_pair(std::string_view key, std::string_view value) const {
  std::uint64_t index = 0;
  if (value.size() == kValueSize) std::memcpy(&index, value.data(), 8);
  if (key != Key(index).view()) report_wrong(index, value);
  check(index, value);
}

void Values::report_wrong(std::uint64_t index, std::string_view value) {
  throw WrongValue(fmt::format("key {} came with {} bytes that were never put there", Key(index).view(), value.size()));
}

}  // namespace sediment::bench

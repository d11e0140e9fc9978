#include "tests/bench/streams.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/base/random.h"

namespace sediment::bench {
namespace {

constexpr double kZipfExponent = 0.99;

double next_fraction(sim::Random& random) { return static_cast<double>(random.next() >> 11) * 0x1p-53; }

// Draws ranks from 0, the most popular one, to count - 1.
class ZipfRanks {
 public:
  explicit ZipfRanks(std::uint64_t count) : count_(static_cast<double>(count)) {
    for (std::uint64_t i = 1; i <= count; ++i) zeta_ += std::pow(1.0 / static_cast<double>(i), kZipfExponent);
    const double zeta_of_two = 1 + std::pow(0.5, kZipfExponent);
    eta_ = (1 - std::pow(2 / count_, 1 - kZipfExponent)) / (1 - zeta_of_two / zeta_);
  }

  std::uint64_t draw(sim::Random& random) const {
    const double fraction = next_fraction(random);
    const double scaled = fraction * zeta_;
    if (scaled < 1) return 0;
    if (scaled < 1 + std::pow(0.5, kZipfExponent)) return std::min<std::uint64_t>(1, last());
    const double rank = count_ * std::pow(eta_ * fraction - eta_ + 1, 1 / (1 - kZipfExponent));
    return std::min(static_cast<std::uint64_t>(rank), last());
  }

 private:
  std::uint64_t last() const { return static_cast<std::uint64_t>(count_) - 1; }

  double count_;
  double zeta_ = 0;
  double eta_ = 0;
};

}  // namespace

Stream ascending(std::uint64_t count) {
  Stream stream(count);
  std::iota(stream.begin(), stream.end(), 0U);
  return stream;
}

Stream shuffled(std::uint64_t count, std::uint64_t seed) {
  Stream stream = ascending(count);
  sim::Random random(seed);
  for (std::size_t i = stream.size(); i > 1; --i) std::swap(stream[i - 1], stream[random.below(i)]);
  return stream;
}

Stream uniform(std::uint64_t count, std::size_t length, std::uint64_t seed) {
  Stream stream(length);
  sim::Random random(seed);
  for (std::uint32_t& index : stream) index = static_cast<std::uint32_t>(random.below(count));
  return stream;
}

Stream zipf(std::uint64_t count, std::size_t length, std::uint64_t seed) {
  const ZipfRanks ranks(count);
  const Stream scattered = shuffled(count, seed + 1);
  sim::Random random(seed);
  Stream stream(length);
  for (std::uint32_t& index : stream) index = scattered[ranks.draw(random)];
  return stream;
}

}  // namespace sediment::bench

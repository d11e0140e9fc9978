#include "tests/bench/contestant.h"

#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

namespace sediment::bench {
namespace {

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

void ReadHandle::multi_get(std::span<const std::string_view> keys, const FoundVisitor& found) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (get(keys[i], &value_)) found(i, value_);
  }
}

std::string Contestant::durability_text(Durability durability) const {
  if (durability == Durability::kEveryWrite) return "an acknowledged put survives a power cut";
  if (!describe().survives_kill) return "a killed process loses everything";
  return "a killed process loses nothing; a power cut loses what was not synced";
}

void Contestant::range(std::string_view /*first*/, std::string_view /*last*/, const PairVisitor& /*visit*/) {
  throw Failure("has no ranges");
}

void Contestant::settle() { wait_until_idle(); }

std::vector<CatalogEntry>& catalog() {
  static std::vector<CatalogEntry> entries = {
      {"sediment", "Sediment", "", nullptr},
      {"text-log", "Text log (the first lab)", "", nullptr},
      {"unordered-map", "std::unordered_map in memory", "", nullptr},
      {"leveldb", "LevelDB", "libleveldb-dev", nullptr},
      {"rocksdb", "RocksDB", "librocksdb-dev", nullptr},
      {"lmdb", "LMDB", "liblmdb-dev", nullptr},
      {"sqlite", "SQLite", "libsqlite3-dev", nullptr},
      {"tkrzw", "Tkrzw HashDBM", "libtkrzw-dev", nullptr},
      {"kyoto", "Kyoto Cabinet HashDB", "libkyotocabinet-dev", nullptr},
  };
  return entries;
}

bool enter_contestant(std::string_view id, const std::function<std::unique_ptr<Contestant>()>& make) {
  for (CatalogEntry& entry : catalog()) {
    if (entry.id == id) entry.make = make;
  }
  return true;
}

void wait_until_idle() {
  constexpr int kSteps = 600;
  constexpr int kIdleStepsWanted = 3;
  constexpr double kIdleSeconds = 0.002;  // per step: what polling alone may cost
  int idle_steps = 0;
  double used = processor_seconds();
  for (int step = 0; step < kSteps && idle_steps < kIdleStepsWanted; ++step) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const double used_now = processor_seconds();
    idle_steps = used_now - used < kIdleSeconds ? idle_steps + 1 : 0;
    used = used_now;
  }
}

}  // namespace sediment::bench

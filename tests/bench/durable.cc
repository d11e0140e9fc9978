// Puts that return once they survive a power cut: from one thread, and from many threads, which may share a sync.
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "tests/bench/fill.h"
#include "tests/bench/session.h"

namespace sediment::bench {
namespace {

constexpr std::uint64_t kMostKeys = 1'000'000;

// All threads put until the time is up, each with its own keys.
class DurablePuts {
 public:
  DurablePuts(Contestant& store, unsigned threads, double seconds)
      : store_(store),
        threads_(threads),
        end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}

  Timing run() {
    const Clock::time_point start = Clock::now();
    std::vector<std::thread> running;
    for (unsigned thread = 0; thread < threads_; ++thread)
      running.emplace_back([this, thread] { put_until_end(thread); });
    for (std::thread& thread : running) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    return {done_, done_, seconds_since(start)};
  }

 private:
  void put_until_end(unsigned thread) {
    Values values;
    std::uint64_t puts = 0;
    try {
      for (; Clock::now() < end_; ++puts) {
        const std::uint64_t index = puts * threads_ + thread;
        store_.put(Key(index).view(), values.make(index, 0));
      }
    } catch (...) {
      const std::lock_guard lock(failing_);
      failure_ = std::current_exception();
    }
    done_ += puts;
  }

  Contestant& store_;
  const unsigned threads_;
  const Clock::time_point end_;
  std::atomic<std::uint64_t> done_ = 0;
  std::mutex failing_;
  std::exception_ptr failure_;
};

Group durable_group(unsigned threads, double seconds) {
  const std::string variant = fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
  std::vector<std::string> contestants = persistent_contestants();
  const auto phase = [threads, seconds, variant](Session& session) {
    const auto store = session.open(kMostKeys, Durability::kEveryWrite);
    session.begins("durable-put, " + variant);
    const Details before = store->counters();
    const Timing timing = DurablePuts(*store, threads, seconds).run();
    session.report_rate("durable-put", variant, timing, counters_since(*store, before), Durability::kEveryWrite);
    store->close();
  };
  return {"durable-put, " + variant, seconds + 0.5, {"durable-put"}, {}, contestants, {phase}};
}

}  // namespace

std::vector<Group> durable_groups(const Settings& settings) {
  const double seconds = std::min(1.5, settings.limit_seconds);
  return {durable_group(1, seconds), durable_group(16, seconds), durable_group(64, seconds)};
}

}  // namespace sediment::bench

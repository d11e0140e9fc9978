// How long single operations take while something else is going on.
//
// Operations follow a schedule, one every N nanoseconds, and latency counts from the scheduled time: an operation that
// starts late because the previous one was slow has waited too. Measuring from the call would hide exactly the worst
// moments ("coordinated omission", Gil Tene).
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <exception>
#include <thread>

#include "tests/bench/sediment_store.h"
#include "tests/bench/timing.h"

namespace sediment::bench {
namespace {

constexpr double kGetsPerSecond = 100'000;
constexpr double kPutsPerSecond = 200'000;

struct Latencies {
  std::vector<std::uint64_t> nanoseconds;
  double seconds = 0;
  double wanted_rate = 0;
};

/// Does operation(i) at its scheduled time. Waits by polling the clock: sleeping is less precise than what is measured.
template <typename Operation>
Latencies run_scheduled(double rate, double seconds, const Operation& operation) {
  const auto count = static_cast<std::uint64_t>(rate * seconds);
  Latencies latencies;
  latencies.wanted_rate = rate;
  latencies.nanoseconds.reserve(count);
  const Clock::time_point start = Clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto scheduled =
        start + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / rate));
    while (Clock::now() < scheduled) {
    }
    operation(i);
    const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - scheduled);
    latencies.nanoseconds.push_back(static_cast<std::uint64_t>(took.count()));
    if (seconds_since(start) > 4 * seconds) break;  // hopelessly late
  }
  latencies.seconds = seconds_since(start);
  return latencies;
}

void report_latencies(Session& session, const char* workload, const char* variant, Latencies latencies,
                      Details details) {
  std::vector<std::uint64_t>& values = latencies.nanoseconds;
  const auto p999 = static_cast<double>(percentile(values, 0.999));
  details.merge(Details{{"p50_ns", static_cast<double>(percentile(values, 0.5))},
                        {"p99_ns", static_cast<double>(percentile(values, 0.99))},
                        {"p999_ns", p999},
                        {"max_ns", static_cast<double>(percentile(values, 1))},
                        {"wanted_rate", latencies.wanted_rate},
                        {"achieved_rate", static_cast<double>(values.size()) / latencies.seconds}});
  session.report({workload, variant, "ns", p999, values.size(), "", details});
}

// Overwrites random keys as fast as the store accepts them, from construction to destruction.
class FullSpeedWriter {
 public:
  FullSpeedWriter(Store& store, std::uint64_t keys) : thread_([this, &store, keys] { write(store, keys); }) {}
  ~FullSpeedWriter() { stop(); }
  FullSpeedWriter(const FullSpeedWriter&) = delete;
  FullSpeedWriter& operator=(const FullSpeedWriter&) = delete;

  /// The number of puts.
  std::uint64_t stop() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
    return puts_;
  }
  /// What the writer threw, if anything. After stop().
  const std::exception_ptr& failure() const { return failure_; }

 private:
  void write(Store& store, std::uint64_t keys) {
    const Stream stream = uniform(keys, keys, 51);
    Values values;
    try {
      for (; !ends_; ++puts_) {
        const std::uint32_t index = stream[puts_ % stream.size()];
        check_ok(store.put(Key(index).view(), values.make(index, puts_ + 1)));
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  std::atomic<bool> ends_ = false;
  std::uint64_t puts_ = 0;
  std::exception_ptr failure_;
  std::thread thread_;  // last, because it uses the others
};

// Two threads that only count: as many as a writer and a merge, sharing nothing with them but the processors. The store
// cannot help the time that a get waits beside these.
class TwoCounters {
 public:
  TwoCounters() = default;
  ~TwoCounters() {
    ends_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  TwoCounters(const TwoCounters&) = delete;
  TwoCounters& operator=(const TwoCounters&) = delete;

 private:
  void count() {
    for (std::uint64_t i = 0; !ends_; ++i) counted_.store(i, std::memory_order_relaxed);
  }

  std::atomic<bool> ends_ = false;
  std::atomic<std::uint64_t> counted_ = 0;
  std::array<std::thread, 2> threads_{std::thread([this] { count(); }), std::thread([this] { count(); })};
};

Latencies get_on_schedule(Session& session, Store& store) {
  const Stream stream = uniform(session.settings().keys, 1'000'000, 52);
  const Values values;
  Reader reader = store.reader();
  std::string value;
  return run_scheduled(kGetsPerSecond, session.settings().limit_seconds / 2, [&](std::uint64_t i) {
    const std::uint32_t index = stream[i % stream.size()];
    check_ok(reader.get(Key(index).view(), &value));
    values.check(index, value);
  });
}

void get_beside_writer(Session& session) {
  const std::uint64_t keys = session.settings().keys;
  const auto store = open_sediment(session.directory());
  fill_sediment(*store, shuffled(keys, 15));
  settle_sediment(*store);
  session.begins("get-beside-writer");
  report_latencies(session, "get-beside-writer", "idle", get_on_schedule(session, *store), {});
  {
    const TwoCounters counters;
    report_latencies(session, "get-beside-writer", "busy", get_on_schedule(session, *store), {});
  }
  const Stats before = store->stats();
  const Clock::time_point start = Clock::now();
  FullSpeedWriter writer(*store, keys);
  Latencies latencies = get_on_schedule(session, *store);
  const double puts_per_second = static_cast<double>(writer.stop()) / seconds_since(start);
  if (writer.failure()) std::rethrow_exception(writer.failure());
  const Stats after = store->stats();
  report_latencies(session, "get-beside-writer", "beside", std::move(latencies),
                   {{"writer_puts_per_second", puts_per_second},
                    {"merges", static_cast<double>(after.merges - before.merges)},
                    {"rolls", static_cast<double>(after.rolls - before.rolls)}});
  check_ok(store->close());
}

// Making a new file of a segment's size durable: the yardstick for the longest put.
double fsync_of_a_segment_nanoseconds(const std::filesystem::path& directory) {
  const std::string file_name = directory / "fsync-probe";
  const std::string bytes(Options().segment_size_bytes, 's');
  const int file = open(file_name.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
  if (file < 0) throw Failure("cannot create " + file_name);
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t size = write(file, bytes.data() + written, bytes.size() - written);
    if (size <= 0) throw Failure("cannot write " + file_name);
    written += static_cast<std::size_t>(size);
  }
  const Clock::time_point start = Clock::now();
  if (fsync(file) != 0) throw Failure("cannot sync " + file_name);
  const double seconds = seconds_since(start);
  close(file);
  std::filesystem::remove(file_name);
  return seconds * 1e9;
}

void put_latency(Session& session) {
  const std::uint64_t keys = session.settings().keys;
  const double fsync_nanoseconds = fsync_of_a_segment_nanoseconds(session.directory());
  const auto store = open_sediment(session.directory());
  fill_sediment(*store, shuffled(keys, 16));
  settle_sediment(*store);
  session.begins("put-latency");
  const Stream stream = uniform(keys, 1'000'000, 53);
  Values values;
  const Stats before = store->stats();
  Latencies latencies = run_scheduled(kPutsPerSecond, session.settings().limit_seconds, [&](std::uint64_t i) {
    const std::uint32_t index = stream[i % stream.size()];
    check_ok(store->put(Key(index).view(), values.make(index, i + 1)));
  });
  const Stats after = store->stats();
  report_latencies(session, "put-latency", "", std::move(latencies),
                   {{"rolls", static_cast<double>(after.rolls - before.rolls)},
                    {"longest_roll_ns", static_cast<double>(after.longest_roll_nanoseconds)},
                    {"merges", static_cast<double>(after.merges - before.merges)},
                    {"stalls", static_cast<double>(after.stalls - before.stalls)},
                    {"longest_stall_ns", static_cast<double>(after.longest_stall_nanoseconds)},
                    {"fsync_of_a_segment_ns", fsync_nanoseconds}});
  check_ok(store->close());
}

}  // namespace

std::vector<Group> latency_groups(const Settings& settings) {
  return {{"get-beside-writer",
           settings.limit_seconds * 1.5 + 2,
           {"get-beside-writer"},
           {},
           {"sediment"},
           {get_beside_writer}},
          {"put-latency", settings.limit_seconds + 2, {"put-latency"}, {}, {"sediment"}, {put_latency}}};
}

}  // namespace sediment::bench

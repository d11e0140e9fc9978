// The session that measures most of the rows: a random fill, then reads of all kinds, mixtures, and overwrites.
#include <array>
#include <barrier>
#include <exception>
#include <thread>

#include "tests/bench/fill.h"
#include "tests/bench/session.h"
#include "tests/bench/streams.h"

namespace sediment::bench {
namespace {

constexpr std::size_t kBatchSize = 16;
constexpr std::uint64_t kRangeKeys = 100;

// The session's open store, and what all its workloads share.
class Core {
 public:
  explicit Core(Session& session)
      : session_(session),
        keys_(session.settings().keys),
        reads_(2 * keys_),
        limit_seconds_(session.settings().limit_seconds),
        store_(session.open(keys_)) {}

  void run();

 private:
  void fill_random();
  void get_hit();
  void get_miss();
  void get_two_threads();
  void full_pass();
  void range_100();
  void range_by_length();
  void ycsb(const char* workload, std::uint64_t percent_reads);
  void overwrite();
  void multi_get();

  Timing read_all(ReadHandle& reader, const Stream& stream, double limit_seconds) const;
  Timing read_with_two_threads(const std::array<Stream, 2>& streams) const;
  Timing read_ranges(std::uint64_t length, std::uint64_t ranges, double limit_seconds) const;
  /// True if this workload is wanted; then the store has settled.
  bool begin(const char* workload) const {
    if (!session_.wants(workload)) return false;
    store_->settle();
    session_.begins(workload);
    return true;
  }

  Session& session_;
  std::uint64_t keys_;
  std::uint64_t reads_;
  double limit_seconds_;
  std::unique_ptr<Contestant> store_;
  Values values_;
  std::uint64_t next_version_ = 1;
};

void Core::run() {
  fill_random();
  get_hit();
  get_miss();
  get_two_threads();
  full_pass();
  range_100();
  range_by_length();
  ycsb("ycsb-c", 100);
  ycsb("ycsb-b", 95);
  ycsb("ycsb-a", 50);
  overwrite();
  multi_get();
  store_->close();
}

void Core::fill_random() {
  const Stream order = shuffled(keys_, 11);
  const bool is_measured = session_.wants("fill-random");
  session_.begins("fill-random");
  Timing timing;
  if (is_measured) {
    const Details before = store_->counters();
    timing = fill_timed(*store_, order, limit_seconds_);
    session_.report_rate("fill-random", short_count(keys_), timing, counters_since(*store_, before));
  }
  fill_rest(*store_, order, timing.operations);
}

Timing Core::read_all(ReadHandle& reader, const Stream& stream, double limit_seconds) const {
  Key key;
  std::string value;
  return run_timed(stream.size(), limit_seconds, [&](std::uint64_t i) {
    key.set(stream[i]);
    if (!reader.get(key.view(), &value)) throw WrongValue("a key that was put is not found");
    values_.check(stream[i], value);
  });
}

void Core::get_hit() {
  if (!begin("get-hit")) return;
  const Stream stream = uniform(keys_, reads_, 21);
  const auto reader = store_->reader();
  const Timing timing = read_all(*reader, stream, limit_seconds_);
  session_.report_rate("get-hit", "", timing, store_->counters());
}

void Core::get_miss() {
  if (!begin("get-miss")) return;
  const Stream stream = uniform(keys_, reads_, 22);
  const auto reader = store_->reader();
  Key key;
  std::string value;
  const Timing timing = run_timed(stream.size(), limit_seconds_, [&](std::uint64_t i) {
    key.set_missing(stream[i]);
    if (reader->get(key.view(), &value)) throw WrongValue("a key that was never put is found");
  });
  session_.report_rate("get-miss", "", timing, store_->counters());
}

// Each reader does its whole stream; the rate is that of both together.
Timing Core::read_with_two_threads(const std::array<Stream, 2>& streams) const {
  std::array<Timing, 2> timings;
  std::array<std::exception_ptr, 2> failures;
  std::barrier start(3);
  const auto read = [&](std::size_t which) {
    const auto reader = store_->reader();
    start.arrive_and_wait();
    try {
      timings[which] = read_all(*reader, streams[which], limit_seconds_);
    } catch (...) {
      failures[which] = std::current_exception();
    }
  };
  std::thread first(read, 0);
  std::thread second(read, 1);
  start.arrive_and_wait();
  const Clock::time_point started = Clock::now();
  first.join();
  second.join();
  const double seconds = seconds_since(started);
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return {timings[0].operations + timings[1].operations, timings[0].wanted + timings[1].wanted, seconds};
}

void Core::get_two_threads() {
  if (!begin("get-2-threads")) return;
  const std::array<Stream, 2> streams = {uniform(keys_, reads_, 23), uniform(keys_, reads_, 24)};
  Timing alone;
  {
    const auto reader = store_->reader();
    alone = read_all(*reader, streams[0], limit_seconds_);
  }
  const Timing together = read_with_two_threads(streams);
  session_.report_rate("get-2-threads", "", together,
                       {{"one_thread", alone.rate()}, {"speedup", together.rate() / alone.rate()}});
}

void Core::full_pass() {
  if (!begin("full-pass")) return;
  constexpr std::uint64_t kPasses = 5;
  std::uint64_t pairs = 0;
  const Timing passes = run_timed(
      kPasses, limit_seconds_,
      [&](std::uint64_t) {
        store_->full_pass([&](std::string_view key, std::string_view value) {
          values_.check_pair(key, value);
          ++pairs;
        });
      },
      1);
  if (pairs != keys_ * passes.operations) throw WrongValue("a full pass does not see every key once");
  session_.report_rate("full-pass", "", {pairs, keys_ * passes.wanted, passes.seconds},
                       {{"passes", static_cast<double>(passes.operations)}});
}

Timing Core::read_ranges(std::uint64_t length, std::uint64_t ranges, double limit_seconds) const {
  const Stream starts = uniform(keys_ - length, ranges, 25);
  Key first;
  Key last;
  return run_timed(
      ranges, limit_seconds,
      [&](std::uint64_t i) {
        first.set(starts[i]);
        last.set(starts[i] + length);
        std::uint64_t next = starts[i];
        store_->range(first.view(), last.view(),
                      [&](std::string_view, std::string_view value) { values_.check(next++, value); });
        if (next != starts[i] + length) throw WrongValue("a range does not have all of its keys");
      },
      1);
}

void Core::range_100() {
  if (!store_->describe().has_ranges || !begin("range-100")) return;
  session_.report_rate("range-100", "", read_ranges(kRangeKeys, keys_ / 10, limit_seconds_ / 2));
}

void Core::range_by_length() {
  static constexpr std::array<std::string_view, 3> kShown = {"sediment", "lmdb", "leveldb"};
  const bool is_shown = std::find(kShown.begin(), kShown.end(), session_.contestant_id()) != kShown.end();
  if (!session_.settings().curves || !session_.settings().only.empty() || !is_shown) return;
  session_.begins("range-by-length");
  for (std::uint64_t length = 1; length < keys_ && length <= 100'000; length *= 10) {
    const Timing timing = read_ranges(length, std::max<std::uint64_t>(3, 100'000 / length), limit_seconds_ / 8);
    session_.report_point("range-by-length", "", static_cast<double>(length), timing.rate());
  }
}

void Core::ycsb(const char* workload, std::uint64_t percent_reads) {
  if (!begin(workload)) return;
  const Stream stream = zipf(keys_, reads_, 31);
  const Stream dice = uniform(100, reads_, 32);
  const auto reader = store_->reader();
  Key key;
  std::string value;
  const Details before = store_->counters();
  const Timing timing = run_timed(stream.size(), limit_seconds_, [&](std::uint64_t i) {
    key.set(stream[i]);
    if (dice[i] >= percent_reads) {
      store_->put(key.view(), values_.make(stream[i], next_version_++));
    } else {
      if (!reader->get(key.view(), &value)) throw WrongValue("a key that was put is not found");
      values_.check(stream[i], value);
    }
  });
  session_.report_rate(workload, "", timing, counters_since(*store_, before));
}

void Core::overwrite() {
  if (!begin("overwrite")) return;
  const Stream stream = uniform(keys_, 3 * keys_, 41);
  Key key;
  const Details before = store_->counters();
  const Timing timing = run_timed(stream.size(), limit_seconds_, [&](std::uint64_t i) {
    key.set(stream[i]);
    store_->put(key.view(), values_.make(stream[i], next_version_++));
  });
  session_.report_rate("overwrite", "", timing, counters_since(*store_, before));
}

// Last, because it first brings the store into its best form, which the other workloads do not have.
void Core::multi_get() {
  if (!session_.wants("multi-get")) return;
  store_->compact();
  if (!begin("multi-get")) return;
  const Stream stream = uniform(keys_, reads_ / kBatchSize * kBatchSize, 26);
  const auto reader = store_->reader();
  std::array<Key, kBatchSize> keys;
  std::array<std::string_view, kBatchSize> views;
  for (std::size_t i = 0; i < kBatchSize; ++i) views[i] = keys[i].view();
  std::uint64_t found = 0;
  Timing timing = run_timed(
      stream.size() / kBatchSize, limit_seconds_,
      [&](std::uint64_t batch) {
        const std::uint32_t* const indices = &stream[batch * kBatchSize];
        for (std::size_t i = 0; i < kBatchSize; ++i) keys[i].set(indices[i]);
        reader->multi_get(views, [&](std::size_t i, std::string_view value) {
          values_.check(indices[i], value);
          ++found;
        });
      },
      8);
  timing.operations *= kBatchSize;
  timing.wanted *= kBatchSize;
  if (found != timing.operations) throw WrongValue("a batch of gets does not find all of its keys");
  session_.report_rate("multi-get", session_.is_sediment() ? "after merge" : "", timing, store_->counters());
}

}  // namespace

std::vector<Group> core_groups(const Settings&) {
  return {{"reads and updates",
           10,
           {"fill-random", "get-hit", "get-miss", "get-2-threads", "full-pass", "range-100", "ycsb-c", "ycsb-b",
            "ycsb-a", "overwrite", "multi-get"},
           {"range-by-length"},
           all_but_text_log(),
           {[](Session& session) { Core(session).run(); }}}};
}

}  // namespace sediment::bench

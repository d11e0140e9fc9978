// What the number of segments costs, and what reducing it costs.
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "tests/bench/sediment_store.h"
#include "tests/bench/timing.h"

namespace sediment::bench {
namespace {

constexpr std::size_t kBatchSize = 16;

void multi_get_of_four(Session& session) {
  const std::uint64_t keys = session.settings().keys;
  const auto store = open_in_segments(session, 4);
  session.begins("multi-get, 4 segments");
  const Stream stream = uniform(keys, 2 * keys / kBatchSize * kBatchSize, 26);
  const Values values;
  Reader reader = store->reader();
  std::array<Key, kBatchSize> batch;
  std::array<std::string_view, kBatchSize> views;
  for (std::size_t i = 0; i < kBatchSize; ++i) views[i] = batch[i].view();
  std::array<GetResult, kBatchSize> results;
  Timing timing = run_timed(
      stream.size() / kBatchSize, session.settings().limit_seconds,
      [&](std::uint64_t number) {
        const std::uint32_t* const indices = &stream[number * kBatchSize];
        for (std::size_t i = 0; i < kBatchSize; ++i) batch[i].set(indices[i]);
        reader.multi_get(views, results);
        for (std::size_t i = 0; i < kBatchSize; ++i) {
          check_ok(results[i].status);
          values.check(indices[i], results[i].value);
        }
      },
      8);
  timing.operations *= kBatchSize;
  timing.wanted *= kBatchSize;
  session.report_rate("multi-get", "4 segments", timing,
                      {{"segments", static_cast<double>(store->stats().segments.size())}});
  check_ok(store->close());
}

void get_by_segments(Session& session, std::uint64_t segments) {
  const std::uint64_t keys = session.settings().keys;
  const double limit_seconds = session.settings().limit_seconds / 4;
  const auto store = open_in_segments(session, segments);
  session.begins("get-by-segments, " + std::to_string(segments));
  const Stream stream = uniform(keys, keys, 28);
  const Values values;
  Reader reader = store->reader();
  Key key;
  std::string value;
  const Timing hits = run_timed(keys, limit_seconds, [&](std::uint64_t i) {
    key.set(stream[i]);
    check_ok(reader.get(key.view(), &value));
    values.check(stream[i], value);
  });
  const Timing misses = run_timed(keys, limit_seconds, [&](std::uint64_t i) {
    key.set_missing(stream[i]);
    if (!reader.get(key.view(), &value).is(StatusCode::kNotFound))
      throw WrongValue("a key that was never put is found");
  });
  session.report_point("get-by-segments", "hit", static_cast<double>(segments), hits.rate());
  session.report_point("get-by-segments", "miss", static_cast<double>(segments), misses.rate());
  check_ok(store->close());
}

/// Copies as many bytes from file to file as the merge reads, all of them in the page cache: the upper limit for a
/// merge. Bytes per second.
double page_cache_copy_rate(const std::filesystem::path& directory, std::uint64_t bytes) {
  constexpr std::size_t kBufferBytes = 1 << 20;
  std::string buffer(kBufferBytes, 'c');
  const std::string from = directory / "copy-from";
  const std::string to = directory / "copy-to";
  const int input = open(from.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0644);
  const int output = open(to.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0644);
  if (input < 0 || output < 0) throw Failure("cannot create files in " + directory.string());
  for (std::uint64_t done = 0; done < bytes; done += kBufferBytes) {
    if (write(input, buffer.data(), kBufferBytes) < 0) throw Failure("cannot write " + from);
  }
  if (lseek(input, 0, SEEK_SET) != 0) throw Failure("cannot seek in " + from);
  const Clock::time_point start = Clock::now();
  std::uint64_t copied = 0;
  for (ssize_t size = 0; (size = read(input, buffer.data(), kBufferBytes)) > 0;) {
    if (write(output, buffer.data(), static_cast<std::size_t>(size)) != size) throw Failure("cannot write " + to);
    copied += static_cast<std::uint64_t>(size);
  }
  const double rate = static_cast<double>(copied) / seconds_since(start);
  close(input);
  close(output);
  std::filesystem::remove(from);
  std::filesystem::remove(to);
  return rate;
}

// Half of what is merged is garbage: each key was written twice.
void merge_rate(Session& session) {
  Options options;
  options.merge_policy.automatic = false;
  const auto store = open_sediment(session.directory(), options);
  const Stream order = shuffled(session.settings().keys, 17);
  fill_sediment(*store, order);
  fill_sediment(*store, order);
  check_ok(store->roll());
  settle_sediment(*store);
  const Stats before = store->stats();
  const double copy_rate = page_cache_copy_rate(session.directory(), before.size_bytes());
  session.begins("merge-rate");
  const Clock::time_point start = Clock::now();
  check_ok(store->merge());
  const double seconds = seconds_since(start);
  const Stats after = store->stats();
  const std::uint64_t bytes = after.bytes_merged - before.bytes_merged;
  const double rate = static_cast<double>(bytes) / seconds;
  session.report({"merge-rate",
                  "",
                  "bytes/s",
                  rate,
                  after.records_merged - before.records_merged,
                  "",
                  {{"page_cache_copy_bytes_per_second", copy_rate},
                   {"ratio", rate / copy_rate},
                   {"input_segments", static_cast<double>(before.segments.size())},
                   {"input_bytes", static_cast<double>(bytes)},
                   {"kept_bytes", static_cast<double>(after.bytes_kept - before.bytes_kept)}}});
  check_ok(store->close());
}

}  // namespace

std::vector<Group> segment_groups(const Settings& settings) {
  std::vector<Group> groups{{"multi-get, 4 segments", 2, {"multi-get"}, {}, {"sediment"}, {multi_get_of_four}},
                            {"merge-rate", 4, {"merge-rate"}, {}, {"sediment"}, {merge_rate}}};
  for (std::uint64_t segments = 1; settings.curves && segments <= 64; segments *= settings.quick ? 8 : 2) {
    groups.push_back({"get-by-segments", 2, {}, {"get-by-segments"}, {"sediment"}, {[segments](Session& session) {
                        get_by_segments(session, segments);
                      }}});
  }
  return groups;
}

}  // namespace sediment::bench

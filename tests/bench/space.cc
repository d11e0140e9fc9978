// Bytes: of the index in memory, and of the directory on disk.
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "tests/bench/sediment_store.h"

namespace sediment::bench {
namespace {

constexpr std::size_t kLongKeySize = 200;

void index_memory_of_long_keys(Session& session) {
  const std::uint64_t keys = session.settings().keys;
  const auto store = open_sediment(session.directory());
  session.begins("index-memory, 200-byte keys");
  Values values;
  std::string key(kLongKeySize, 'k');
  for (const std::uint32_t index : shuffled(keys, 18)) {
    key.replace(kLongKeySize - kKeySize, kKeySize, Key(index).view());
    check_ok(store->put(key, values.make(index, 0)));
  }
  check_ok(store->roll());
  settle_sediment(*store);
  const Stats stats = store->stats();
  session.report({"index-memory",
                  short_count(keys) + ", 200-byte keys",
                  "bytes/key",
                  static_cast<double>(stats.index_bytes()) / static_cast<double>(keys),
                  0,
                  "",
                  {{"segments", static_cast<double>(stats.segments.size())}}});
  check_ok(store->close());
}

// The space that the files take on disk, including space that is reserved but not written.
std::uint64_t directory_bytes(const std::filesystem::path& directory) {
  constexpr std::uint64_t kStatBlock = 512;
  std::uint64_t bytes = 0;
  std::error_code gone;  // files appear and disappear meanwhile
  for (const auto& entry : std::filesystem::directory_iterator(directory, gone)) {
    struct stat facts {};
    if (stat(entry.path().c_str(), &facts) == 0) bytes += static_cast<std::uint64_t>(facts.st_blocks) * kStatBlock;
  }
  return bytes;
}

// The largest size that a function reports, polled every few milliseconds from construction on.
class SizeWatch {
 public:
  explicit SizeWatch(std::function<std::uint64_t()> size) : size_(std::move(size)), thread_([this] { watch(); }) {}
  ~SizeWatch() { stop(); }
  SizeWatch(const SizeWatch&) = delete;
  SizeWatch& operator=(const SizeWatch&) = delete;

  std::uint64_t stop() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
    return largest_;
  }

 private:
  void watch() {
    while (!ends_) {
      largest_ = std::max(largest_, size_());
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
  }

  const std::function<std::uint64_t()> size_;
  std::atomic<bool> ends_ = false;
  std::uint64_t largest_ = 0;
  std::thread thread_;  // last, because it uses the others
};

// Overwrites at a rate at which merging can keep up: then the largest size is what the policy allows. How much more
// there is with an unthrottled writer is a different question, and the other variant.
constexpr std::uint64_t kPutsPerMillisecond = 200;

void disk(Session& session) {
  const std::uint64_t keys = session.settings().keys;
  const auto store = open_sediment(session.directory());
  session.begins("disk");
  fill_sediment(*store, shuffled(keys, 19));
  const auto live_bytes = static_cast<double>(keys * record_size(kKeySize, kValueSize));
  Values values;
  const Stream stream = uniform(keys, 3 * keys, 42);
  const auto overwrite = [&](std::uint64_t i) {
    check_ok(store->put(Key(stream[i]).view(), values.make(stream[i], i + 1)));
  };
  const auto report = [&](const char* variant, std::uint64_t bytes, std::uint64_t operations, const char* notes) {
    session.report({"disk",
                    variant,
                    "ratio",
                    static_cast<double>(bytes) / live_bytes,
                    operations,
                    notes,
                    {{"bytes", static_cast<double>(bytes)}, {"merges", static_cast<double>(store->stats().merges)}}});
  };

  {
    SizeWatch watch([&] { return store->stats().size_bytes(); });  // of the segments that count
    Clock::time_point next = Clock::now();
    for (std::uint64_t i = 0; i < stream.size(); ++i) {
      if (i % kPutsPerMillisecond == 0) std::this_thread::sleep_until(next += std::chrono::milliseconds(1));
      overwrite(i);
    }
    report("largest between merges", watch.stop(), stream.size(), "overwrites at 200,000 a second");
  }
  settle_sediment(*store);
  {
    SizeWatch watch([&] { return directory_bytes(session.directory()); });
    const Timing timing = run_timed(stream.size(), 5 * session.settings().limit_seconds, overwrite);
    report("largest at full speed", watch.stop(), timing.operations,
           "all files, with the output of a merge under way and what is reserved");
  }
  check_ok(store->merge());
  settle_sediment(*store);
  check_ok(store->close());  // releases the reserved space
  report("after merge", directory_bytes(session.directory()), 0, "");
}

}  // namespace

std::vector<Group> space_groups(const Settings&) {
  return {{"index-memory, 200-byte keys", 3, {"index-memory"}, {}, {"sediment"}, {index_memory_of_long_keys}},
          {"disk", 5, {"disk"}, {}, {"sediment"}, {disk}}};
}

}  // namespace sediment::bench

// Real file systems that are full. Each is created and mounted for the test, which requires root; without it the tests
// are skipped and say why. SEDIMENT_FULL_DISKS="ext4 xfs" runs only these.
//
// A filler file takes all space in the middle of everything that a store does. Required: the error is kNoSpace and no
// other, nothing acknowledged is lost, and everything works again once there is space. And a store that has filled a
// disk with its own garbage recovers without help.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "engine/tools/backup.h"
#include "tests/support/mounted_image.h"
#include "tests/support/store_helpers.h"

namespace sediment::test {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

struct FileSystem {
  std::string kind;
  std::uint64_t size_bytes;
  bool reservation_is_a_promise = true;  // elsewhere a write may run out of space half-way, which stops the store
};

// Takes all space of a file system, down to the last byte that it can give.
class Filler {
 public:
  explicit Filler(std::filesystem::path path) : path_(std::move(path)) {
    const int file = ::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (file < 0) return;  // not even a name fits
    std::uint64_t end = 0;
    for (std::uint64_t step = 16 * kMiB; step >= 4096; step /= 2) {
      while (::posix_fallocate(file, static_cast<off_t>(end), static_cast<off_t>(step)) == 0) end += step;
    }
    ::close(file);
    bytes_ = end;
  }
  ~Filler() { (void)::unlink(path_.c_str()); }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::filesystem::path path_;
  std::uint64_t bytes_ = 0;
};

Options small_store() {
  Options options;
  options.segment_size_bytes = kMiB;
  options.background_merge = false;  // so a failure is in the call that the test looks at
  return options;
}

Options without_merges(Options options) {
  options.merge_policy.automatic = false;
  return options;
}

class FullDisk : public ::testing::TestWithParam<FileSystem> {
 protected:
  void SetUp() override {
    const char* chosen = std::getenv("SEDIMENT_FULL_DISKS");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    if (chosen != nullptr && std::string(chosen).find(GetParam().kind) == std::string::npos) {
      GTEST_SKIP() << "not among SEDIMENT_FULL_DISKS";
    }
    image_ = std::make_unique<MountedImage>(GetParam().kind, GetParam().size_bytes);
    if (!image_->mounted()) GTEST_SKIP() << GetParam().kind << ": " << image_->reason();
  }

  std::filesystem::path store_path() const { return image_->path() / "store"; }
  std::filesystem::path filler_path() const { return image_->path() / "filler"; }

  // Some keys of 3 KB, overwritten, so that each segment has live records and garbage.
  void write_some(Store& store, int first, int count) {
    for (int i = first; i < first + count; ++i)
      put(store, "k" + std::to_string(i % 300), std::string(3000, 'a') + std::to_string(i));
  }
  // kNoSpace. Where reserved space is no promise, also a write that ran out of it, and the store being read-only then.
  static bool is_a_refusal(const Status& status) {
    if (status.is(StatusCode::kNoSpace)) return true;
    const bool stopped = status.is(StatusCode::kIoError) || status.is(StatusCode::kReadOnly);
    return stopped && !GetParam().reservation_is_a_promise;
  }
  bool put(Store& store, const std::string& key, const std::string& value) {
    const Status status = store.put(key, value);
    if (status.ok()) {
      map_[key] = value;
    } else {
      EXPECT_TRUE(is_a_refusal(status)) << status.to_string();
      ++refused_;
    }
    return status.ok();
  }
  void must_hold_all(Store& store) {
    for (const auto& [key, value] : map_) ASSERT_EQ(lookup(store, key), value) << key;
  }

  std::unique_ptr<MountedImage> image_;
  Pairs map_;
  int refused_ = 0;
};

// One thing that a store does; it returns ok or kNoSpace.
struct Protocol {
  std::string name;
  std::function<Status(Store&, const std::filesystem::path& root)> run;
};

const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> all{
      {"roll", [](Store& store, const auto&) { return store.roll(); }},
      {"merge", [](Store& store, const auto&) { return store.merge(); }},
      {"merge in steps",
       [](Store& store, const auto&) {
         Status status = store.begin_merge();
         for (bool done = false; status.ok() && !done;) {
           Result<bool> step = store.merge_step();
           status = step.status();
           done = step.ok() && *step;
         }
         return status;
       }},
      {"for_each", [](Store& store, const auto&) { return store.for_each([](auto, auto) { return true; }); }},
      {"backup",
       [](Store& store, const auto& root) {
         const Result<std::shared_ptr<Disk>> target = open_posix_disk(root / "backup", true);
         Status status = target.ok() ? tools::back_up(store, **target, {}).status() : target.status();
         std::filesystem::remove_all(root / "backup");
         return status;
       }},
      {"close", [](Store& store, const auto&) { return store.close(); }},
  };
  return all;
}

TEST_P(FullDisk, AFillerInTheMiddleOfEverythingLosesNothing) {
  int refused = 0;
  for (const Protocol& protocol : protocols()) {
    for (const int records : {1, 500}) {
      SCOPED_TRACE(protocol.name + " with " + std::to_string(records) + " records");
      map_.clear();
      std::filesystem::remove_all(store_path());
      auto store = must(Store::open(store_path(), small_store()));
      write_some(*store, 0, records);
      const Status synced = store->sync();
      ASSERT_TRUE(is_ok(synced));
      {
        const Filler filler(filler_path());
        ASSERT_GT(filler.bytes(), kMiB) << "there was something to fill";
        const Status status = protocol.run(*store, image_->path());
        refused += status.ok() ? 0 : 1;
        ASSERT_TRUE(status.ok() || is_a_refusal(status)) << status.to_string();
        if (protocol.name != "close") {
          write_some(*store, 1000, 400);  // until there is no space, and beyond
          must_hold_all(*store);
          const Status after = store->sync();
          ASSERT_TRUE(after.ok() || (is_a_refusal(after) && !after.is(StatusCode::kNoSpace))) << after.to_string();
        }
        store.reset();
        const Result<std::unique_ptr<Store>> again = Store::open(store_path(), small_store());
        ASSERT_TRUE(again.ok() || is_a_refusal(again.status())) << again.status().to_string();
        if (again.ok()) must_hold_all(**again);
      }
      store = must(Store::open(store_path(), small_store()));
      must_hold_all(*store);
      ASSERT_TRUE(put(*store, "more", "there is room again"));
      ASSERT_TRUE(is_ok(store->merge()));
      ASSERT_TRUE(is_ok(store->close()));
      ASSERT_EQ(dump(*must(Store::open(store_path(), small_store()))), map_);
    }
  }
  EXPECT_GT(refused, 3) << "operations that the full disk refused";
  EXPECT_GT(refused_, 500) << "and writes";
}

TEST_P(FullDisk, AStoreGetsOutOfItsOwnGarbage) {
  if (!GetParam().reservation_is_a_promise) GTEST_SKIP() << "a full disk stops a store on " << GetParam().kind;
  for (const bool background : {false, true}) {
    std::filesystem::remove_all(store_path());
    map_.clear();
    refused_ = 0;
    Options options = small_store();
    options.background_merge = background;
    {
      const std::string value(30'000, 'g');
      {
        const auto store = must(Store::open(store_path(), without_merges(options)));
        int puts = 0;
        for (; refused_ == 0; ++puts) put(*store, "k" + std::to_string(puts % 100), value + std::to_string(puts));
        EXPECT_GT(puts, 500);
        EXPECT_FALSE(put(*store, "k1", std::string(30'000, 'h'))) << "nothing is merged";
      }
      refused_ = 0;
      const auto store = must(Store::open(store_path(), options));
      for (int i = 0; i < 2000; ++i)
        ASSERT_TRUE(put(*store, "k" + std::to_string(i % 100), value + "again" + std::to_string(i))) << i;
      must_hold_all(*store);
      ASSERT_TRUE(is_ok(store->merge()));
      ASSERT_TRUE(is_ok(store->close()));
    }
    ASSERT_EQ(dump(*must(Store::open(store_path(), options))), map_);
  }
}

TEST_P(FullDisk, AKilledStoreOpensAmidItsOwnGarbage) {
  if (!GetParam().reservation_is_a_promise) GTEST_SKIP() << "a full disk stops a store on " << GetParam().kind;
  const auto value = [](int i) { return std::string(30'000, 'g') + std::to_string(i); };
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int puts = 0;
    if (const auto store = Store::open(store_path(), without_merges(small_store())); store.ok()) {
      while ((*store)->put("k" + std::to_string(puts % 100), value(puts)).ok()) ++puts;
      (void)!::write(pipe[1], &puts, sizeof puts);
    }
    ::kill(::getpid(), SIGKILL);
  }
  ::close(pipe[1]);
  int puts = 0;
  ASSERT_EQ(::read(pipe[0], &puts, sizeof puts), static_cast<ssize_t>(sizeof puts));
  ::close(pipe[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_GT(puts, 500);
  for (int i = 0; i < puts; ++i) map_["k" + std::to_string(i % 100)] = value(i);

  const Status unmerged = Store::open(store_path(), without_merges(small_store())).status();
  EXPECT_TRUE(unmerged.ok() || unmerged.is(StatusCode::kNoSpace)) << unmerged.to_string();
  const auto store = must(Store::open(store_path(), small_store()));
  must_hold_all(*store);
  ASSERT_TRUE(put(*store, "k1", "and it takes more"));
}

INSTANTIATE_TEST_SUITE_P(FileSystems, FullDisk,
                         ::testing::Values(FileSystem{"tmpfs", 24 * kMiB}, FileSystem{"ext4", 40 * kMiB},
                                           FileSystem{"xfs", 300 * kMiB}, FileSystem{"btrfs", 128 * kMiB, false}),
                         [](const auto& test) { return test.param.kind; });

}  // namespace
}  // namespace sediment::test

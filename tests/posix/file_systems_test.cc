// What is mapped on which file system (engine/posix/file_system.h); and on each of them a full disk is an error, never
// a signal.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "tests/posix/protocols.h"
#include "tests/posix/system_calls.h"
#include "tests/support/mounted_image.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::Answer;
using test::ended_well;
using test::is_ok;
using test::must;
using test::status_of_child;
using test::SystemCall;
using test::SystemCalls;
using test::TemporaryDirectory;
using Kind = SystemCall::Kind;

constexpr int kNoMapping = -1;
constexpr int kForReading = PROT_READ;
constexpr int kForWriting = PROT_READ | PROT_WRITE;

struct FileSystem {
  std::string name;
  std::uint32_t magic;  // from statfs
  int growing;          // how a file is mapped while it grows
};

const FileSystem kFileSystems[] = {
    {"ext4", 0xef53, kForWriting},      {"tmpfs", 0x01021994, kForWriting},     {"XFS", 0x58465342, kForReading},
    {"btrfs", 0x9123683e, kForReading}, {"overlayfs", 0x794c7630, kForReading}, {"NFS", 0x6969, kNoMapping},
    {"ZFS", 0x2fc12fc1, kNoMapping},    {"bcachefs", 0xca451a4e, kNoMapping},   {"FUSE", 0x65735546, kNoMapping},
    {"9p", 0x01021997, kNoMapping},     {"F2FS", 0xf2f52010, kNoMapping},       {"unknown", 0x12345678, kNoMapping},
};

TEST(FileSystems, OnlyWhereReservedSpaceIsAPromiseIsAFileMappedForWriting) {
  int cases = 0;
  for (const FileSystem& file_system : kFileSystems) {
    for (const int refused : {0, EOPNOTSUPP, ENOSYS}) {
      const TemporaryDirectory directory(TemporaryDirectory::fast());
      std::vector<int> protections;
      const SystemCalls calls(
          directory.path(),
          [&](const SystemCall& call) {
            if (call.kind == Kind::kFstatfs) return Answer{.file_system = file_system.magic};
            return Answer{.error = call.kind == Kind::kFallocate ? refused : 0};
          },
          [&](const SystemCall& call) {
            if (call.kind == Kind::kMmap) protections.push_back(call.flags);
          });
      const auto disk = must(open_posix_disk(directory.path(), true));
      const auto file = must(disk->create_growing("a", 8192, 65'536));
      const std::string bytes(5000, 'x');
      must(file->append({bytes}));
      must(file->reserve(16'384));
      must(file->append({bytes, bytes}));
      const int expected = file_system.growing == kForWriting && refused != 0 ? kForReading : file_system.growing;
      if (expected == kNoMapping) {
        EXPECT_TRUE(protections.empty()) << file_system.name;
      } else {
        EXPECT_EQ(protections, std::vector<int>{expected}) << file_system.name << ", fallocate: " << refused;
      }
      EXPECT_EQ(calls.count(Kind::kPwritev), expected == kForWriting ? 0U : 2U) << file_system.name;
      std::string scratch;
      EXPECT_EQ(must(read_fully(*file, 0, 15'000, &scratch)), bytes + bytes + bytes);
      EXPECT_EQ(scratch.empty(), expected != kNoMapping) << "read through a mapping or not";
      must(file->truncate(15'000));
      must(file->sync());

      protections.clear();
      const auto opened = must(disk->open("a"));
      EXPECT_EQ(protections, std::vector<int>{PROT_READ})
          << "a file that does not grow is mapped for reading everywhere";
      std::string untouched;
      EXPECT_EQ(must(read_fully(*opened, 0, 15'000, &untouched)), bytes + bytes + bytes);
      EXPECT_TRUE(untouched.empty());
      ++cases;
    }
  }
  EXPECT_EQ(cases, 36);
}

TEST(FileSystems, AnUnknownFileSystemIsTreatedAsTheWorst) {
  const TemporaryDirectory directory(TemporaryDirectory::fast());
  const SystemCalls calls(directory.path(), [&](const SystemCall& call) {
    return Answer{.error = call.kind == Kind::kFstatfs ? ENOSYS : 0};
  });
  must(must(open_posix_disk(directory.path(), true))->create("a", 8192));
  EXPECT_EQ(calls.count(Kind::kMmap), 0U);
}

TEST(FileSystems, AStoreLivesOnEachOfThem) {
  for (const FileSystem& file_system : kFileSystems) {
    for (const int refused : {0, EOPNOTSUPP}) {
      const TemporaryDirectory directory(TemporaryDirectory::fast());
      const SystemCalls calls(directory.path(), [&](const SystemCall& call) {
        if (call.kind == Kind::kFstatfs) return Answer{.file_system = file_system.magic};
        return Answer{.error = call.kind == Kind::kFallocate ? refused : 0};
      });
      for (int life = 0; life < 2; ++life) {
        const test::Said said = test::live_once(directory.path(), PosixAccess::kMapped);
        EXPECT_TRUE(is_ok(said.first_failure)) << file_system.name;
        test::expect_kept(directory.path(), said, file_system.name);
      }
    }
  }
}

// ---- full disks, real ones

// Writes until there is no room for another byte.
void fill(const std::filesystem::path& directory) {
  for (const std::size_t size : {std::size_t{65'536}, std::size_t{4096}, std::size_t{512}}) {
    for (int file = 0; file < 2; ++file) {
      const auto path = directory / ("filler" + std::to_string(size) + std::to_string(file));
      const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
      if (descriptor < 0) return;
      const std::string bytes(size, 'f');
      while (::write(descriptor, bytes.data(), bytes.size()) > 0) {
      }
      ::syncfs(descriptor);  // btrfs gains or loses room when it writes back
      ::close(descriptor);
    }
  }
}

struct FullDisk {
  std::string kind;
  std::uint64_t size_bytes;
  std::string mkfs_options;
  std::string mount_options;
  bool copied = false;  // the live log shares its blocks with a copy

  // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name for it
  friend void PrintTo(const FullDisk& disk, std::ostream* out) { *out << disk.kind << " " << disk.mkfs_options; }
};

class FullDisks : public ::testing::TestWithParam<FullDisk> {};

TEST_P(FullDisks, AreAnErrorAndNeverASignal) {
  const FullDisk& disk = GetParam();
  const test::MountedImage image(disk.kind, disk.size_bytes, disk.mkfs_options, disk.mount_options);
  if (!image.mounted()) GTEST_SKIP() << image.reason();
  const auto directory = image.path() / "store";
  int counted[2] = {};
  ASSERT_EQ(::pipe(counted), 0);
  const int status = status_of_child([&] {
    Options options;
    options.segment_size_bytes = 1 << 20;
    options.sync_policy = SyncPolicy::kEveryWrite;
    options.background_merge = false;
    options.merge_policy.automatic = false;
    const auto store = must(Store::open(directory, options));
    int puts = 0;
    const auto put = [&] { return store->put("key" + std::to_string(puts), std::string(500, 'v')); };
    for (; puts < 200; ++puts) must(put());
    if (disk.copied) {
      const std::string copy = "cp --reflink=always '" + (directory / "000001.log").string() + "' '" +
                               (image.path() / "copy").string() + "'";
      if (std::system(copy.c_str()) != 0) return false;
    }
    fill(image.path());
    Status last;
    while (puts < 20'000 && (last = put()).ok()) ++puts;
    (void)!::write(counted[1], &puts, sizeof puts);
    const bool is_error = last.is(StatusCode::kNoSpace) || last.is(StatusCode::kIoError);
    if (!is_error) (void)std::fprintf(stderr, "%s\n", last.to_string().c_str());
    return is_error;
  });
  EXPECT_TRUE(ended_well(status));
  ::close(counted[1]);
  int puts = 0;
  const ssize_t size = ::read(counted[0], &puts, sizeof puts);
  ::close(counted[0]);
  ASSERT_EQ(size, static_cast<ssize_t>(sizeof puts)) << "it did not get to the end";
  EXPECT_GE(puts, 200);
  for (const auto& entry : std::filesystem::directory_iterator(image.path())) {
    if (entry.path().filename().string().starts_with("filler")) std::filesystem::remove(entry.path());
  }
  ASSERT_EQ(std::system(("sync -f '" + image.path().string() + "'").c_str()), 0);
  const auto store = must(Store::open(directory, test::manual_merges()));
  std::string value;
  for (int i = 0; i < puts; ++i) ASSERT_TRUE(is_ok(store->get("key" + std::to_string(i), &value))) << i;
}

constexpr std::uint64_t kMiB = 1 << 20;
const FullDisk kFullDisks[] = {
    {"btrfs", 120 * kMiB, "", ""},
    {"btrfs", 120 * kMiB, "--mixed", ""},
    {"btrfs", 120 * kMiB, "", "nodatacow"},
    {"btrfs", 120 * kMiB, "", "compress-force=zstd"},
    {"btrfs", 120 * kMiB, "", "", true},
    {"xfs", 320 * kMiB, "", ""},
    {"xfs", 320 * kMiB, "", "", true},
    {"xfs", 320 * kMiB, "-m reflink=0", ""},
    {"ext4", 32 * kMiB, "", ""},
    {"ext4", 32 * kMiB, "", "data=journal"},
    {"ext4", 32 * kMiB, "", "nodelalloc"},
    {"ext3", 32 * kMiB, "", ""},
    {"ext2", 32 * kMiB, "", ""},
    {"tmpfs", 16 * kMiB, "", ""},
};
INSTANTIATE_TEST_SUITE_P(OfEachKind, FullDisks, ::testing::ValuesIn(kFullDisks), [](const auto& parameter) {
  std::string name = parameter.param.kind + parameter.param.mkfs_options + parameter.param.mount_options;
  if (parameter.param.copied) name += "Copied";
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
  return name;
});

}  // namespace
}  // namespace sediment

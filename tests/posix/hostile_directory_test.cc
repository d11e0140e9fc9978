// A store's directory that others may write to. Whatever takes the place of a store's file: nothing waits for ever,
// nothing outside is created or changed, and no open is spoiled for good.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "engine/format.h"
#include "engine/manifest.h"
#include "engine/segment_header.h"
#include "engine/tools/backup.h"
#include "engine/tools/salvage.h"
#include "engine/tools/verify.h"
#include "tests/posix/protocols.h"
#include "tests/posix/system_calls.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

namespace fs = std::filesystem;
using test::Answer;
using test::ended_well;
using test::has_code;
using test::is_ok;
using test::must;
using test::status_of_child;
using test::SystemCall;
using test::SystemCalls;
using test::TemporaryDirectory;
using Kind = SystemCall::Kind;

enum class Thing {
  kFifo,
  kSocket,
  kDevice,
  kDirectory,
  kFullDirectory,
  kDanglingLink,
  kLinkToAFile,
  kLinkToADirectory
};
constexpr Thing kThings[] = {Thing::kFifo,        Thing::kSocket,          Thing::kDevice,
                             Thing::kDirectory,   Thing::kFullDirectory,   Thing::kDanglingLink,
                             Thing::kLinkToAFile, Thing::kLinkToADirectory};
const char* const kThingNames[] = {"a FIFO",           "a socket",        "a device",         "a directory",
                                   "a full directory", "a dangling link", "a link to a file", "a link to a directory"};

bool is_directory(Thing thing) { return thing == Thing::kDirectory || thing == Thing::kFullDirectory; }

// False if this process may not create one.
bool make(Thing thing, const fs::path& path, const fs::path& outside) {
  switch (thing) {
    case Thing::kFifo: return ::mkfifo(path.c_str(), 0666) == 0;
    case Thing::kSocket: {
      const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      const std::string text = path.string();
      text.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
      const bool made = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
      ::close(descriptor);
      return made;
    }
    case Thing::kDevice: return ::mknod(path.c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0;  // /dev/zero
    case Thing::kDirectory: return fs::create_directory(path);
    case Thing::kFullDirectory:
      fs::create_directory(path);
      std::ofstream(path / "theirs") << "theirs";
      return true;
    case Thing::kDanglingLink: fs::create_symlink(outside / "created", path); return true;
    case Thing::kLinkToAFile: fs::create_symlink(outside / "file", path); return true;
    case Thing::kLinkToADirectory: fs::create_directory_symlink(outside, path); return true;
  }
  return false;
}

std::string bytes_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Names, kinds and, for regular files, their bytes.
std::map<std::string, std::string> contents_of(const fs::path& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const fs::file_status status = entry.symlink_status();
    contents[entry.path().filename()] =
        std::to_string(static_cast<int>(status.type())) + (fs::is_regular_file(status) ? bytes_in(entry.path()) : "");
  }
  return contents;
}

constexpr const char* kNamed[] = {"LOCK", "MANIFEST", "000001.log"};  // the files that a store needs
constexpr const char* kOthers[] = {"MANIFEST.tmp",   "000001.idx", "000001.idx.tmp", "000009.log", "000009.idx",
                                   "000009.idx.tmp", "000002.log", "000003.log",     "stranger"};

// A closed store of one segment, and next to it what must not change.
struct Place {
  TemporaryDirectory top{TemporaryDirectory::fast()};
  fs::path store = top.path() / "store";
  fs::path outside = top.path() / "outside";

  Place() {
    fs::create_directory(outside);
    std::ofstream(outside / "file") << "of someone else";
    const auto made = must(Store::open(store, test::manual_merges()));
    must(made->put("a", "1"));
    must(made->close());
  }
};

const std::map<std::string, std::string> kOutside = [] {
  const std::string regular = std::to_string(static_cast<int>(fs::file_type::regular));
  return std::map<std::string, std::string>{{"file", regular + "of someone else"}};
}();

Status open_for_reading(const fs::path& directory) {
  Options options;
  options.read_only = true;
  Result<std::unique_ptr<Store>> store = Store::open(directory, options);
  if (!store.ok()) return store.status();
  std::string value;
  return (*store)->get("a", &value);
}

// Each of these ends, and leaves the directory as it is.
bool examine(const fs::path& directory, const fs::path& scratch, const std::string& name) {
  const auto before = contents_of(directory);
  const auto disk = must(open_posix_disk(directory, false, PosixAccess::kSystemCalls));
  const bool needed = std::find(std::begin(kNamed), std::end(kNamed), name) != std::end(kNamed);
  const auto complain = [&](const std::string& what, const Status& status) {
    (void)std::fprintf(stderr, "%s: %s\n", what.c_str(), status.to_string().c_str());
    return false;
  };
  const Status read = open_for_reading(directory);
  if (read.ok() == needed) return complain("open for reading", read);
  if (needed && read.to_string().find(name) == std::string::npos) return complain("it does not name the file", read);
  const Result<tools::VerifyReport> report = tools::verify(*disk);
  if (name == "LOCK" ? report.ok() : !report.ok()) return complain("verify", report.status());
  const auto into = must(open_posix_disk(scratch / "saved", true));
  const Result<tools::SalvageReport> salvaged = tools::salvage(*disk, *into, {});
  if (name != "LOCK" && name != "000001.log" && (!salvaged.ok() || salvaged->records() != 1)) {
    return complain("salvage", salvaged.status());
  }
  return contents_of(directory) == before;
}

TEST(HostileDirectory, WhateverIsInPlaceOfAFileNothingWaitsAndNothingOutsideChanges) {
  int cases = 0;
  for (const Thing thing : kThings) {
    std::vector<std::string> names(std::begin(kNamed), std::end(kNamed));
    names.insert(names.end(), std::begin(kOthers), std::end(kOthers));
    for (const std::string& name : names) {
      const std::string what = name + " is " + kThingNames[static_cast<int>(thing)];
      const Place place;
      const bool needed = std::find(std::begin(kNamed), std::end(kNamed), name) != std::end(kNamed);
      fs::remove(place.store / name);
      if (!make(thing, place.store / name, place.outside)) continue;  // a device, without permission to create one
      EXPECT_TRUE(ended_well(status_of_child([&] { return examine(place.store, place.top.path(), name); }))) << what;

      const auto before = contents_of(place.store);
      EXPECT_TRUE(ended_well(status_of_child([&] {
        for (int life = 0; life < 2; ++life) {
          Result<std::unique_ptr<Store>> store = Store::open(place.store, test::manual_merges());
          // A new manifest cannot replace a directory: refused before anything is written.
          const bool refused = needed || (name == "MANIFEST.tmp" && is_directory(thing));
          if (store.ok() == refused) return false;
          if (refused) {
            if (store.status().to_string().find(name) == std::string::npos) return false;
            if (contents_of(place.store) != before) return false;
            continue;
          }
          for (int i = 0; i < 12; ++i) {  // past every number that is in the way
            must((*store)->put("k" + std::to_string(i), "v"));
            must((*store)->roll());
          }
          const auto copy = must(open_posix_disk(place.top.path() / ("copy" + std::to_string(life)), true));
          must(tools::back_up(**store, *copy, {}));
          must((*store)->merge());
          must((*store)->close());
        }
        return true;
      }))) << what;
      if (is_directory(thing)) {
        EXPECT_TRUE(fs::is_directory(place.store / name)) << what << ", and must not be deleted";
        EXPECT_EQ(fs::exists(place.store / name / "theirs"), thing == Thing::kFullDirectory) << what;
      }
      EXPECT_TRUE(name != "stranger" || fs::exists(fs::symlink_status(place.store / name))) << what;
      EXPECT_EQ(contents_of(place.outside), kOutside) << what;
      ++cases;
    }
  }
  EXPECT_GE(cases, 7 * 12);
}

TEST(HostileDirectory, NoFileOfAStoreIsOpenedThroughALink) {
  for (const bool existing : {false, true}) {
    const TemporaryDirectory parent(TemporaryDirectory::fast());
    const auto directory = parent.path() / "store";
    int opens = 0;
    const auto check = [&](const SystemCall& call) {
      if (call.kind == Kind::kOpen && call.path.starts_with(directory.string() + "/")) {
        EXPECT_TRUE((call.flags & O_NOFOLLOW) != 0) << to_string(call);
        EXPECT_TRUE((call.flags & (O_NONBLOCK | O_EXCL)) != 0) << to_string(call);
        EXPECT_TRUE((call.flags & O_CLOEXEC) != 0) << to_string(call);
        ++opens;
      }
      return Answer();
    };
    if (existing) must(test::live_once(directory, PosixAccess::kMapped).first_failure);
    const SystemCalls calls(parent.path(), check);
    must(test::live_once(directory, PosixAccess::kMapped).first_failure);
    EXPECT_GE(opens, 20);
  }
}

// ---- files of any size: a sparse file takes no space, and must not take an hour or all memory either

TEST(HostileDirectory, AManifestOfATebibyteIsDamage) {
  const Place place;
  fs::resize_file(place.store / kManifestName, std::uintmax_t{1} << 40);
  EXPECT_TRUE(ended_well(status_of_child([&] {
    if (!open_for_reading(place.store).is(StatusCode::kCorruption)) return false;
    if (!Store::open(place.store, test::manual_merges()).status().is(StatusCode::kCorruption)) return false;
    const auto disk = must(open_posix_disk(place.store, false, PosixAccess::kSystemCalls));
    return must(tools::verify(*disk)).count(tools::Finding::Kind::kDamage) >= 1;
  })));
}

TEST(HostileDirectory, ASnapshotOfATebibyteIsIgnored) {
  const Place place;
  const fs::path path = place.store / "000001.idx";
  std::string header = bytes_in(path).substr(0, 64);
  ASSERT_EQ(header.size(), 64U);
  const std::uint64_t slots = std::uint64_t{1} << 37;
  store_u64(&header[48], slots);
  store_u32(&header[8],
            static_cast<std::uint32_t>(checksum64(std::string_view(header).substr(12), load_u64(header.data()))));
  std::ofstream(path, std::ios::binary) << header;
  fs::resize_file(path, 64 + slots * 8);
  EXPECT_TRUE(ended_well(status_of_child([&] { return open_for_reading(place.store).ok(); })));
}

TEST(HostileDirectory, AManifestOfAMillionMissingSegmentsTakesLittleMemory) {
  const Place place;
  Manifest manifest;
  manifest.next_number = SegmentNumber{1'000'001};
  for (std::uint64_t number = 1; number <= 1'000'000; ++number) {
    manifest.sealed.push_back({SegmentNumber{number}, number, kSegmentHeaderSize, 0});
  }
  std::ofstream(place.store / kManifestName, std::ios::binary) << encode_manifest(manifest);
  EXPECT_TRUE(ended_well(status_of_child([&] {
    if (!Store::open(place.store, test::manual_merges()).status().is(StatusCode::kCorruption)) return false;
    rusage usage{};
    (void)::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss < (1 << 20);  // KiB
  })));
}

TEST(HostileDirectory, ASparseActiveLogOfAGibibyteIsRecovered) {
  const TemporaryDirectory top;  // not in memory: there a hole takes space once it has been read
  const fs::path killed = top.path() / "killed";
  {
    const auto store = must(Store::open(top.path() / "store", test::manual_merges()));
    must(store->put("b", "2"));
    must(store->sync());
    fs::copy(top.path() / "store", killed);
  }
  fs::resize_file(killed / "000001.log", std::uintmax_t{1} << 30);
  EXPECT_TRUE(ended_well(status_of_child([&] {
    const auto store = must(Store::open(killed, test::manual_merges()));
    std::string value;
    must(store->get("b", &value));
    return fs::file_size(killed / "000002.log") < 4096;
  })));
}

// ---- reading what must not be written

const std::set<Kind> kChanges{Kind::kPwritev,  Kind::kFtruncate,    Kind::kFallocate, Kind::kUnlinkat,
                              Kind::kRenameat, Kind::kMkdir,        Kind::kFsync,     Kind::kFdatasync,
                              Kind::kSyncfs,   Kind::kSyncFileRange};

TEST(ReadOnly, OpensFilesForReadingOnlyAndChangesNothing) {
  // On an overlay, merely opening a file for writing copies it up.
  for (const PosixAccess access : test::kBothAccesses) {
    const Place place;
    const auto before = contents_of(place.store);
    int opens = 0;
    {
      const SystemCalls calls(place.store, [&](const SystemCall& call) {
        EXPECT_FALSE(kChanges.contains(call.kind)) << to_string(call);
        if (call.kind == Kind::kOpen) {
          EXPECT_EQ(call.flags & (O_ACCMODE | O_CREAT | O_TRUNC), O_RDONLY) << to_string(call);
          ++opens;
        }
        return Answer();
      });
      Options options;
      options.read_only = true;
      const auto store = must(Store::open(must(open_posix_disk(place.store, false, access)), options));
      std::string value;
      must(store->get("a", &value));
      must(store->close());
      const auto disk = must(open_posix_disk(place.store, false, access));
      EXPECT_EQ(must(tools::verify(*disk)).records(), 1U);
    }
    EXPECT_GE(opens, 10);
    EXPECT_EQ(contents_of(place.store), before);
  }
}

TEST(ReadOnly, NeedsNoPermissionToWrite) {
  const Place place;
  fs::permissions(place.top.path(), fs::perms::all);
  for (const auto& entry : fs::directory_iterator(place.store)) {
    fs::permissions(entry.path(), fs::perms::owner_read | fs::perms::others_read);
  }
  fs::permissions(place.store,
                  fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  const auto before = contents_of(place.store);
  EXPECT_TRUE(ended_well(status_of_child([&] {
    if (::geteuid() == 0 && (::setgid(65'534) != 0 || ::setuid(65'534) != 0)) return false;
    must(open_for_reading(place.store));
    const auto disk = must(open_posix_disk(place.store, false, PosixAccess::kSystemCalls));
    if (must(tools::verify(*disk)).records() != 1) return false;
    return Store::open(place.store, test::manual_merges()).status().is(StatusCode::kIoError);
  })));
  EXPECT_EQ(contents_of(place.store), before);
  fs::permissions(place.store, fs::perms::owner_all);
}

TEST(ReadOnly, ReadsACopyWithoutALockAndKeepsWritersOutMeanwhile) {
  const Place place;
  fs::remove(place.store / kLockName);
  Options options;
  options.read_only = true;
  const auto reader = must(Store::open(place.store, options));
  EXPECT_FALSE(fs::exists(place.store / kLockName));
  EXPECT_TRUE(has_code(Store::open(place.store, test::manual_merges()), StatusCode::kBusy));
  EXPECT_TRUE(is_ok(Store::open(place.store, options)));
}

TEST(RemovedDirectory, IsAnErrorAndNotAMissingKey) {
  const Place place;
  const auto store = must(Store::open(place.store, test::manual_merges()));
  must(store->put("b", "2"));
  fs::remove_all(place.store);
  EXPECT_TRUE(has_code(store->roll(), StatusCode::kIoError));
  EXPECT_TRUE(has_code(store->close(), StatusCode::kIoError));
}

}  // namespace
}  // namespace sediment

// File descriptors are scarce: how many a store uses, and what happens when none is left.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "engine/posix/descriptor_limit.h"
#include "engine/tools/salvage.h"
#include "engine/tools/verify.h"
#include "tests/posix/protocols.h"
#include "tests/posix/system_calls.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::Answer;
using test::ended_well;
using test::is_ok;
using test::must;
using test::open_descriptors;
using test::status_of_child;
using test::SystemCall;
using test::SystemCalls;
using test::TemporaryDirectory;
using Kind = SystemCall::Kind;

void limit_descriptors(rlim_t most) {
  const rlimit limit{most, most};
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) throw std::runtime_error("cannot limit descriptors");
}

TEST(Descriptors, ASealedSegmentHasNone) {
  const TemporaryDirectory directory(TemporaryDirectory::fast());
  const std::size_t without = open_descriptors();
  auto store = must(Store::open(directory.path(), test::manual_merges()));
  const std::size_t with_none = open_descriptors();
  EXPECT_LE(with_none, without + 4) << "the directory, its lock, LOCK, the active log";
  for (int i = 0; i < 30; ++i) {
    must(store->put("k" + std::to_string(i), std::string(1000, 'v')));
    must(store->roll());
  }
  EXPECT_EQ(store->stats().segments.size(), 31U);
  EXPECT_EQ(open_descriptors(), with_none);
  must(store->merge(MergeRun{1, 10}));
  EXPECT_EQ(open_descriptors(), with_none) << "nor has a merge's output";
  store.reset();
  EXPECT_EQ(open_descriptors(), without);
  store = must(Store::open(directory.path(), test::manual_merges()));
  EXPECT_EQ(open_descriptors(), with_none) << "nor do segments that were found, or their snapshots";
  std::string value;
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(is_ok(store->get("k" + std::to_string(i), &value))) << i;
}

TEST(Descriptors, AStoreOfFifteenHundredSegmentsIsWrittenAndOpenedWithSixtyFour) {
  const TemporaryDirectory directory(TemporaryDirectory::fast());
  const int status = status_of_child([&] {
    limit_descriptors(64);
    const Options options = test::manual_merges();
    {
      const auto store = must(Store::open(directory.path(), options));
      for (int i = 0; i < 1500; ++i) {
        must(store->put("k" + std::to_string(i), "v" + std::to_string(i)));
        must(store->roll());
      }
      must(store->close());
    }
    const auto store = must(Store::open(directory.path(), options));
    if (store->stats().segments.size() < 1500) return false;
    std::string value;
    for (int i = 0; i < 1500; ++i) {
      must(store->get("k" + std::to_string(i), &value));
      if (value != "v" + std::to_string(i)) return false;
    }
    must(store->merge());
    return store->stats().segments.size() == 2;
  });
  EXPECT_TRUE(ended_well(status));
}

TEST(Descriptors, WithoutOneARollChangesNothingAndTheStoreContinues) {
  for (const PosixAccess access : test::kBothAccesses) {
    const TemporaryDirectory directory(TemporaryDirectory::fast());
    const int status = status_of_child([&] {
      limit_descriptors(40);
      auto store = must(Store::open(must(open_posix_disk(directory.path(), true, access)), test::manual_merges()));
      std::vector<int> others;
      for (int number = 0; (number = ::open("/dev/null", O_RDONLY)) >= 0;) others.push_back(number);
      int puts = 0;
      Status put;
      while (put.ok() && puts < 100) put = store->put("k" + std::to_string(puts++), std::string(1000, 'v'));
      if (!put.is(StatusCode::kNoSpace)) return false;
      if (put.message().find("ulimit -n") == std::string_view::npos) return false;
      if (!store->roll().is(StatusCode::kNoSpace)) return false;
      must(store->sync());
      for (const int number : others) ::close(number);
      must(store->put("after", std::string(2000, 'v')));
      must(store->close());
      store.reset();
      store = must(Store::open(directory.path(), test::manual_merges()));
      std::string value;
      for (int i = 0; i + 1 < puts; ++i) must(store->get("k" + std::to_string(i), &value));
      must(store->get("after", &value));
      return true;
    });
    EXPECT_TRUE(ended_well(status)) << test::name_of(access);
  }
}

// The same when the manifest of a roll or a merge finds none, at any moment.
TEST(Descriptors, WithoutOneForAnyFileTheStoreContinues) {
  int struck = 0;
  for (const int error : {EMFILE, ENFILE}) {
    for (int n = 0; n < 6; ++n) {
      const TemporaryDirectory directory(TemporaryDirectory::fast());
      auto store = must(Store::open(directory.path(), test::manual_merges()));
      must(store->put("a", "1"));
      must(store->roll());
      must(store->put("a", "2"));
      int seen = 0;
      Status roll;
      Status merge;
      {
        const SystemCalls calls(directory.path(), [&](const SystemCall& call) {
          const bool here = call.kind == Kind::kOpen && (call.flags & O_CREAT) != 0 && seen++ == n;
          struck += here ? 1 : 0;
          return Answer{.error = here ? error : 0};
        });
        roll = store->roll();
        merge = store->merge();
      }
      EXPECT_TRUE(roll.ok() || roll.is(StatusCode::kNoSpace)) << roll.to_string();
      EXPECT_TRUE(merge.ok() || merge.is(StatusCode::kNoSpace)) << merge.to_string();
      EXPECT_TRUE(is_ok(store->put("b", "3"))) << "number " << n;
      EXPECT_TRUE(is_ok(store->roll())) << "number " << n;
      EXPECT_TRUE(is_ok(store->merge())) << "number " << n;
      EXPECT_TRUE(is_ok(store->close()));
      store.reset();
      store = must(Store::open(directory.path(), test::manual_merges()));
      std::string value;
      must(store->get("a", &value));
      EXPECT_EQ(value, "2");
      must(store->get("b", &value));
    }
  }
  EXPECT_EQ(struck, 12);
}

TEST(Descriptors, OfAProgramAreAsManyAsItMayHave) {
  const int status = status_of_child([] {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    const rlim_t hard = limit.rlim_max;
    limit.rlim_cur = 32;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    raise_descriptor_limit();
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == hard && limit.rlim_max == hard && hard > 32;
  });
  EXPECT_TRUE(ended_well(status));
}

TEST(Descriptors, VerifyAndSalvageNeedFewForAStoreOfManySegments) {
  const TemporaryDirectory parent(TemporaryDirectory::fast());
  const int status = status_of_child([&] {
    limit_descriptors(40);
    {
      const auto store = must(Store::open(parent.path() / "store", test::manual_merges()));
      for (int i = 0; i < 100; ++i) {
        must(store->put("k" + std::to_string(i), "v"));
        must(store->roll());
      }
      must(store->close());
    }
    const auto disk = must(open_posix_disk(parent.path() / "store", false, PosixAccess::kSystemCalls));
    if (must(tools::verify(*disk)).records() != 100) return false;
    const auto into = must(open_posix_disk(parent.path() / "saved", true));
    return must(tools::salvage(*disk, *into, {})).records() == 100;
  });
  EXPECT_TRUE(ended_well(status));
}

}  // namespace
}  // namespace sediment

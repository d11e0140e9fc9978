// Every allocation of every protocol fails once, alone or with all that follow: the n-th, for each n until none is left
// to fail. Nothing acknowledged is ever lost, in the running store, after a crash or after a close; a get is right or
// reports that there is no memory; and nothing throws.
//
// All this on a simulated disk, and in a directory in memory, where only some n are tried (SEDIMENT_MEMORY_ALL=1: all).
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <optional>
#include <thread>

#include "engine/text_log.h"
#include "engine/tools/backup.h"
#include "engine/tools/salvage.h"
#include "engine/tools/verify.h"
#include "tests/memory/memory_world.h"
#include "tests/support/search_budget.h"

namespace sediment::test {
namespace {

// Longer than what a std::string holds without allocating.
std::string key(int i) { return "a key too long for a small string " + std::to_string(i); }
std::string value(int i) { return "a value too long for a small string " + std::to_string(i); }

struct Start {
  Files files;
  Pairs pairs;
};

// What is on the disk when a case begins. Each is made only once.
Start make_start(const std::function<void(Store&, Pairs*)>& fill, bool close, const Options& options) {
  auto disk = std::make_shared<sim::SimDisk>();
  Start start;
  auto store = open_store(disk, options);
  fill(*store, &start.pairs);
  if (close) must(store->close());
  start.files = disk->state().contents();
  return start;
}

void fill(Store& store, Pairs* pairs) {
  for (int i = 0; i < 24; ++i) {
    must(store.put(key(i % 9), value(i)));
    (*pairs)[key(i % 9)] = value(i);
    if (i % 8 == 7) must(store.roll());
  }
  must(store.remove(key(3)));
  pairs->erase(key(3));
}

Options small() { return small_segments(1024); }

Options with(Options options, const std::function<void(Options*)>& change) {
  change(&options);
  return options;
}

const Start& nothing() {
  static const Start start;
  return start;
}
const Start& closed() {
  static const Start start = make_start(fill, true, small());
  return start;
}
const Start& unclosed() {
  static const Start start = make_start(fill, false, small());
  return start;
}
// Half a record is at the end of the log that was active.
const Start& torn() {
  static const Start start = [] {
    Start made = unclosed();
    auto disk = disk_with(made.files);
    auto store = open_store(disk, small());
    must(store->put(key(1), value(1)));
    must(store->put(key(2), value(2)));
    made.pairs[key(1)] = value(1);
    made.files = disk->state().contents();
    std::string& log = made.files.at(segment_file_name(must(read_manifest(*disk)).active.value().number));
    const std::size_t written = log.find_last_not_of('\0') + 1;
    log.replace(written - 4, 4, 4, '\0');  // in the last value
    return made;
  }();
  return start;
}

struct Case {
  const char* name;
  const Start& (*start)();
  Options options;
  std::function<void(Session&)> work;  // on the open store; none: the open itself is tested
};

// ---- what is done while memory fails

const std::function<void(Session&)> kOnlyOpen;

void put_so_many(Session& session, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string k = key(i);
    (void)session.put(k, value(i + 1000));
    std::string found;
    const Status status = session.watch([&] { return session.store().get(k, &found); });
    session.expect_right(k, status, found);
  }
}

void write_into_one_segment(Session& session) {
  put_so_many(session, 40);
  (void)session.put(key(4), value(4000));
  (void)session.remove(key(5));
}

void write_and_sync(Session& session) {
  put_so_many(session, 4);
  session.sync();
  put_so_many(session, 4);
  session.roll();
}

void read_everything(Session& session) {
  Reader reader = session.store().reader();
  std::vector<std::string> keys;
  std::vector<std::string_view> views;
  for (int i = 0; i < 12; ++i) keys.push_back(key(i));
  views.assign(keys.begin(), keys.end());
  for (const std::string& one : keys) {
    std::string found;
    const Status status = session.watch([&] { return reader.get(one, &found); });
    session.expect_right(one, status, found);
    const Result<std::string_view> view = session.watch([&] { return reader.view(one); });
    session.expect_right(one, view.status(), view.ok() ? *view : std::string_view());
  }
  std::vector<GetResult> results(views.size());
  session.memory().watch([&] { reader.multi_get(views, results); });
  for (std::size_t i = 0; i < keys.size(); ++i) session.expect_right(keys[i], results[i].status, results[i].value);
}

void pass_over_everything(Session& session) {
  const Result<std::vector<Pair>> pairs = session.watch([&] { return session.store().scan("", ""); });
  if (pairs.ok()) {
    EXPECT_EQ(Pairs(pairs->begin(), pairs->end()), session.now());
  }
  Pairs visited;
  const Status status = session.watch([&] {
    return session.store().for_each([&](std::string_view k, std::string_view v) {
      const Exempt exempt;
      visited[std::string(k)] = v;
      return true;
    });
  });
  if (status.ok()) {
    EXPECT_EQ(visited, session.now());
  }
  (void)session.watch([&] { return session.store().exact_stats(); });
  const Stats stats = session.memory().watch([&] { return session.store().stats(); });
  if (stats.status.ok()) {
    EXPECT_GT(stats.segments.size(), 0U);
  }
  const Result<Frozen> frozen = session.watch([&] { return session.store().freeze(); });
  if (frozen.ok()) {
    EXPECT_EQ(frozen->segments.size(), frozen->manifest.sealed.size());
  }
}

void merge_by_caller(Session& session) {
  (void)session.watch([&] { return session.store().merge(); });
  put_so_many(session, 3);
  (void)session.watch([&] { return session.store().merge(); });
}

void merge_by_steps(Session& session) {
  if (!session.watch([&] { return session.store().begin_merge(); }).ok()) return;
  for (int i = 0; i < 200; ++i) {
    const Result<bool> done = session.watch([&] { return session.store().merge_step(); });
    if (!done.ok() || *done) break;
    if (i == 5) (void)session.put(key(1), value(2000));
  }
}

void write_until_it_merges(Session& session) {
  put_so_many(session, 40);
  put_so_many(session, 20);
}

void back_it_up(Session& session) {
  const Result<std::shared_ptr<Disk>> target = session.world().second();
  if (!target.ok()) return;
  const auto report = session.watch([&] { return tools::back_up(session.store(), **target, {}); });
  session.memory().heal();
  const auto names = must((*target)->list());
  const bool committed = std::find(names.begin(), names.end(), kManifestName) != names.end();
  EXPECT_EQ(committed, report.ok()) << report.status().to_string();
  if (!committed) return;
  auto copy = open_store(*target, manual_merges());
  EXPECT_EQ(dump(*copy), session.now());
}

void close_it(Session& session) {
  const Status status = session.watch([&] { return session.store().close(); });
  EXPECT_TRUE(session.watch([&] { return session.store().close(); }).ok());
  if (status.ok()) session.sync();
}

void let_several_write(Session& session) {
  std::atomic<int> wrong = 0;
  std::array<std::array<bool, 4>, 2> acknowledged{};
  const auto write = [&](int thread) {
    for (int i = 0; i < 4; ++i) {
      std::string k;
      std::string v;
      {
        const Exempt exempt;
        k = key(100 + thread * 10 + i);
        v = value(i);
      }
      const Status status = session.store().put(k, v);
      acknowledged.at(static_cast<std::size_t>(thread)).at(static_cast<std::size_t>(i)) = status.ok();
      const bool expected = status.ok() || status.is(StatusCode::kNoMemory) || status.is(StatusCode::kReadOnly) ||
                            status.is(StatusCode::kIoError);
      if (!expected) ++wrong;
      const Exempt exempt;
      k = v = std::string();
    }
  };
  std::thread other(write, 1);
  session.memory().watch([&] { write(0); });
  other.join();
  EXPECT_EQ(wrong, 0);
  session.memory().heal();
  for (int thread = 0; thread < 2; ++thread) {
    for (int i = 0; i < 4; ++i) {
      const bool written = acknowledged.at(static_cast<std::size_t>(thread)).at(static_cast<std::size_t>(i));
      session.note_durable(key(100 + thread * 10 + i), value(i), written);
    }
  }
}

const std::vector<Case>& cases() {
  static const auto automatic = [](Options* options) { options->merge_policy.automatic = true; };
  static const std::vector<Case> all = {
      {"open a new store", nothing, small(), kOnlyOpen},
      {"open a closed store", closed, small(), kOnlyOpen},
      {"open without snapshots", closed, with(small(), [](Options* o) { o->snapshots = false; }), kOnlyOpen},
      {"open a store that was killed", unclosed, small(), kOnlyOpen},
      {"open a torn store", torn, small(), kOnlyOpen},
      {"open read-only", torn, read_only(small()), kOnlyOpen},
      {"open with a thread", closed, with(small(), [](Options* o) { o->background_merge = true; }), kOnlyOpen},
      {"write into one segment", nothing, manual_merges(), write_into_one_segment},
      {"write and roll", closed, small(), [](Session& s) { put_so_many(s, 40); }},
      {"sync and roll", unclosed, small(), write_and_sync},
      {"write durably", unclosed, with_sync_policy(small(), SyncPolicy::kEveryWrite), write_and_sync},
      {"several writers", unclosed, with_sync_policy(small(), SyncPolicy::kEveryWrite), let_several_write},
      {"read", unclosed, small(), read_everything},
      {"pass over everything", unclosed, small(), pass_over_everything},
      {"merge by the caller", unclosed, small(), merge_by_caller},
      {"merge by steps", unclosed, small(), merge_by_steps},
      {"merge by the policy", unclosed, with(small(), automatic), write_until_it_merges},
      {"merge in the background", unclosed,
       with(small(),
            [](Options* o) {
              o->merge_policy.automatic = true;
              o->background_merge = true;
            }),
       write_until_it_merges},
      {"back up", unclosed, small(), back_it_up},
      {"close", unclosed, small(),
       [](Session& s) {
         (void)s.put(key(1), value(1));
         close_it(s);
       }},
      {"close with a merge under way", unclosed, with(small(), automatic),
       [](Session& s) {
         (void)s.watch([&] { return s.store().begin_merge(); });
         close_it(s);
       }},
  };
  return all;
}

// What fails: allocations, or a call to the disk that throws.
struct Plan {
  std::uint64_t n = 1;
  std::uint64_t burst = 1;
  std::optional<ThrowingCall> call;
};

// How many failed; 0: the work needs fewer.
template <typename WorldType>
std::uint64_t fail_the(const Plan& plan, const Case& one) {
  WorldType world(one.start().files);
  FailingMemory memory(plan.n, plan.burst);
  Session session(world, memory, one.options, one.start().pairs);
  const auto begin = [&] {
    if (plan.call) {
      memory.heal();
      world.throw_at({.n = plan.n, .after = plan.call->after});
    } else {
      memory.plan(plan.n, plan.burst);
    }
  };
  if (one.work) {
    memory.heal();
    must(session.open());
    begin();
    one.work(session);
  } else {
    begin();
    (void)session.open();
  }
  const std::uint64_t failures = plan.call ? world.thrown() : memory.failures();
  session.check();
  return failures;
}

// Tries every `step`-th allocation, or call, of every case. Returns how many were tried.
template <typename WorldType>
std::uint64_t fail_each(std::uint64_t step, const Plan& plan) {
  constexpr std::uint64_t kFewest = 2;  // of any case
  std::uint64_t all = 0;
  for (const Case& one : cases()) {
    std::uint64_t tried = 0;
    for (std::uint64_t n = 1;; n += step, ++tried) {
      SCOPED_TRACE(std::string(one.name) + ", number " + std::to_string(n) + ", burst of " +
                   std::to_string(plan.burst) + (plan.call ? plan.call->after ? ", after" : ", before" : ""));
      if (fail_the<WorldType>({n, plan.burst, plan.call}, one) == 0) break;
      if (::testing::Test::HasFailure()) return all;
    }
    EXPECT_GE(tried * step, kFewest) << one.name;
    all += tried;
  }
  return all;
}

// Every allocation is tried, or fewer if time is short.
const std::uint64_t kStep = 100 / std::clamp<std::uint64_t>(search_percent(), 1, 100);

}  // namespace

TEST(OutOfMemory, LosesNothingOnASimulatedDisk) {
  std::uint64_t tried = 0;
  for (const std::uint64_t burst : {std::uint64_t{1}, std::uint64_t{1000}})
    tried += fail_each<SimulatedWorld>(kStep, {1, burst, std::nullopt});
  EXPECT_GE(tried * kStep, 3000U);
}

TEST(OutOfMemory, LosesNothingInADirectory) {
  const bool all = std::getenv("SEDIMENT_MEMORY_ALL") != nullptr;  // NOLINT(concurrency-mt-unsafe): it is never set
  const std::uint64_t step = all ? 1 : 19;
  std::uint64_t tried = 0;
  for (const std::uint64_t burst : {std::uint64_t{1}, std::uint64_t{1000}})
    tried += fail_each<DirectoryWorld>(step, {1, burst, std::nullopt});
  EXPECT_GE(tried * step, 3000U);
}

TEST(OutOfMemory, ADiskThatThrowsIsADiskThatFails) {
  std::uint64_t tried = 0;
  for (const bool after : {false, true}) {
    tried += fail_each<SimulatedWorld>(kStep, {1, 1, ThrowingCall{.n = 1, .after = after}});
  }
  EXPECT_GE(tried * kStep, 1000U);
}

TEST(OutOfMemory, VerifyAndSalvageSayItAndChangeNothing) {
  for (const std::uint64_t burst : {std::uint64_t{1}, std::uint64_t{1000}}) {
    std::uint64_t failed = 0;
    for (std::uint64_t n = 1;; n += kStep) {
      const auto damaged = disk_with(torn().files);
      ExemptDisk source(damaged);
      const auto made = std::make_shared<sim::SimDisk>();
      ExemptDisk target(made);
      FailingMemory memory(n, burst);
      const auto verified = memory.watch([&] { return tools::verify(source); });
      const auto salvaged = memory.watch([&] { return tools::salvage(source, target, {}); });
      memory.heal();
      EXPECT_EQ(damaged->state().contents(), torn().files);
      EXPECT_TRUE(verified.ok() || verified.status().is(StatusCode::kNoMemory)) << verified.status().to_string();
      if (salvaged.ok()) {
        EXPECT_EQ(dump(*open_store(made, manual_merges())), torn().pairs);
      } else {
        EXPECT_TRUE(has_code(salvaged, StatusCode::kNoMemory));
        EXPECT_EQ(made->state().find("MANIFEST"), nullptr);
      }
      if (memory.failures() == 0) break;
      ++failed;
    }
    EXPECT_GE(failed * kStep, 100U);
  }
}

TEST(OutOfMemory, ATextLogSaysIt) {
  std::uint64_t failed = 0;
  for (std::uint64_t n = 1;; ++n, ++failed) {
    ExemptDisk disk(std::make_shared<sim::SimDisk>());
    const std::string k = key(1) + ",";
    const std::string v = value(1) + "\n";
    std::string found;
    FailingMemory memory(n, 1);
    Result<std::unique_ptr<TextLog>> log = memory.watch([&] { return TextLog::open(disk, "log"); });
    if (!log.ok()) {
      EXPECT_TRUE(has_code(log, StatusCode::kNoMemory));
      continue;
    }
    const Status put = memory.watch([&] { return (*log)->put(k, v); });
    const Status got = memory.watch([&] { return (*log)->get(k, &found); });
    EXPECT_TRUE(put.ok() || put.is(StatusCode::kNoMemory));
    EXPECT_TRUE(got.ok() ? found == v : got.is(StatusCode::kNoMemory) || !put.ok());
    if (memory.failures() == 0) break;
  }
  EXPECT_GE(failed, 5U);
}

}  // namespace sediment::test

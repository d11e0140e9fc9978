// The trace: what it remembers, how it is saved, and the disk at any moment of it.
#include "sim/disk/trace.h"

#include <gtest/gtest.h>

#include <sstream>

#include "engine/store.h"
#include "tests/support/sim_helpers.h"

namespace sediment::sim {
namespace {

using test::Files;
using test::has_code;
using test::must;

std::string saved(const Trace& trace) {
  std::ostringstream out;
  save_trace(trace, out);
  return out.str();
}
Result<Trace> loaded(const std::string& text) {
  std::istringstream in(text);
  return load_trace(in);
}

// One entry of every kind, with every field, and with bytes that are not text.
Trace full_trace() {
  const std::string bytes("\x00\xff,\n", 4);
  Trace trace;
  trace.add(InputEntry{{"put", "a", bytes}});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kCreate, .file = 3, .name = "f", .size = 4096});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kAppend, .file = 3, .name = "f", .offset = 32, .bytes = bytes});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kReserve, .file = 3, .name = "f", .size = 8192});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kTruncate, .file = 3, .name = "f", .size = 12});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kSync, .file = 3, .name = "f"});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kRename, .file = 3, .name = "f", .new_name = "g"});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kRemove, .file = 3, .name = "g"});
  trace.add(DiskOperation{.kind = DiskOperation::Kind::kSyncDirectory});
  for (int kind = 0; kind <= static_cast<int>(EventKind::kFailed); ++kind) {
    trace.add(Event{static_cast<EventKind>(kind), SegmentNumber{7}, 32, 40, bytes, "because", "engine/store.cc", 123});
  }
  trace.add(Event{EventKind::kClosed});
  trace.add(OutcomeEntry{"not found", false});
  trace.add(OutcomeEntry{bytes, true});
  trace.add(CrashEntry{{.fault = Fault::kTornByte, .file = "f", .byte = 34}, 2});
  return trace;
}

TEST(Trace, IsReadBackAsItWasSaved) {
  const Trace trace = full_trace();
  const Trace again = must(loaded(saved(trace)));
  EXPECT_EQ(again, trace);
  EXPECT_EQ(again.operation_count(), 8U);
  EXPECT_EQ(saved(again), saved(trace));
}

TEST(Trace, IsSavedAsALineWithTheVersionThenOneEntryPerLine) {
  const std::string text = saved(full_trace());
  EXPECT_EQ(text.substr(0, text.find('\n')), "{\"sediment_trace\":1}");
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), full_trace().entries().size() + 1);
  EXPECT_NE(text.find("{\"hex\":\"00ff2c0a\"}"), std::string::npos);
}

TEST(Trace, TellsInItsFirstLineWhatItsRunIsAbout) {
  Trace trace = full_trace();
  trace.set_about({"L5.3: two keys", "Look at \xff.", "hash_index.cc", "labs/05_hash_index/hash_index.cc", "L5.3.cc"});
  const Trace again = must(loaded(saved(trace)));
  EXPECT_EQ(again.about(), trace.about());
  EXPECT_EQ(again, trace);
  EXPECT_EQ(must(loaded(saved(full_trace()))).about(), TraceAbout());
  EXPECT_FALSE(loaded("{\"sediment_trace\":1,\"hint\":[]}\n").ok());
}

TEST(Trace, SavesTheSameBytesEachTime) {
  const auto run = [] {
    Trace trace;
    const auto disk = std::make_shared<SimDisk>(DiskState(), SimDiskOptions{.seed = 5}, &trace);
    const auto store = test::open_store(disk, test::small_segments());
    for (int i = 0; i < 30; ++i) must(store->put("key" + std::to_string(i % 5), std::to_string(i)));
    must(store->merge());
    must(store->close());
    return saved(trace);
  };
  const std::string first = run();
  EXPECT_GT(first.size(), 5000U);
  EXPECT_EQ(first, run());
}

TEST(Trace, NamesTheLineThatCannotBeRead) {
  const std::string head = "{\"sediment_trace\":1}\n";
  ASSERT_TRUE(test::is_ok(loaded(head + "{\"input\":\"put a 1\"}\n")));
  for (const std::string& line :
       {std::string("{"), std::string("{}"), std::string("[]"), std::string("7"), std::string(R"({"input":7})"),
        std::string(R"({"input":{"hex":"0"}})"), std::string(R"({"outcome":"ok"})"),
        std::string(R"({"operation":"explode"})"), std::string(R"({"operation":"sync","file":"three"})"),
        std::string(R"({"event":"party","source":"a:1"})"), std::string(R"({"event":"opened"})"),
        std::string(R"({"event":"opened","source":"a"})"), std::string(R"({"crash":"clean-kill"})"),
        std::string(R"({"crash":"fire","after_operation":1})")}) {
    const Result<Trace> trace = loaded(head + "{\"input\":\"put a 1\"}\n" + line + "\n");
    ASSERT_TRUE(has_code(trace, StatusCode::kInvalidArgument)) << line;
    EXPECT_TRUE(trace.status().message().starts_with("line 3 of the trace")) << trace.status().message();
  }
}

TEST(Trace, RefusesWhatIsImpossibleOnTheDisk) {
  const std::string head = std::string("{\"sediment_trace\":1}\n") + R"({"operation":"create","file":1,"name":"f"})" +
                           "\n" + R"({"operation":"append","file":1,"name":"f","bytes":"abc"})" + "\n";
  ASSERT_TRUE(test::is_ok(loaded(head)));
  ASSERT_TRUE(test::is_ok(loaded(head + R"({"crash":"torn-byte f 2","after_operation":2})" + "\n")));
  for (const std::string line :
       {R"({"operation":"create","file":2,"name":"f"})", R"({"operation":"create","file":1,"name":"g"})",
        R"({"operation":"create","file":2,"name":"g","size":1000000000000})",
        R"({"operation":"append","file":2,"name":"g","bytes":"abc"})",
        R"({"operation":"append","file":1,"name":"f","offset":4,"bytes":"abc"})",
        R"({"operation":"truncate","file":1,"name":"f","size":1000000000000})",
        R"({"operation":"sync","file":7,"name":"f"})", R"({"operation":"rename","file":1,"name":"g","new_name":"h"})",
        R"({"operation":"rename","file":1,"name":"f"})", R"({"operation":"remove","file":1,"name":"g"})",
        R"({"crash":"torn-byte f 9","after_operation":2})", R"({"crash":"clean-kill","after_operation":3})"}) {
    const Result<Trace> trace = loaded(head + line + "\n");
    ASSERT_TRUE(has_code(trace, StatusCode::kInvalidArgument)) << line;
    EXPECT_TRUE(trace.status().message().starts_with("line 4 of the trace")) << trace.status().message();
  }
}

TEST(Trace, RefusesAnAbsurdNumberOfCrashes) {
  std::string text = "{\"sediment_trace\":1}\n";
  for (int i = 0; i < 1001; ++i) text += "{\"crash\":\"clean-kill\",\"after_operation\":0}\n";
  EXPECT_TRUE(has_code(loaded(text), StatusCode::kInvalidArgument));
}

TEST(Trace, RefusesAnotherVersionAndNamesBoth) {
  const Result<Trace> trace = loaded("{\"sediment_trace\":2}\n");
  ASSERT_TRUE(has_code(trace, StatusCode::kInvalidArgument));
  EXPECT_EQ(trace.status().message(), "this is version 2 of the trace format; this build reads version 1");
}

TEST(Trace, RefusesAFileThatIsNotATrace) {
  EXPECT_TRUE(has_code(loaded("hello\n"), StatusCode::kInvalidArgument));
  EXPECT_TRUE(has_code(loaded("{\"input\":\"put a 1\"}\n"), StatusCode::kInvalidArgument))
      << "the first line is missing";
  EXPECT_TRUE(has_code(loaded(""), StatusCode::kInvalidArgument)) << "an empty file is not a trace either";
}

TEST(Trace, GivesTheDiskAfterEveryOperation) {
  Trace trace;
  const auto disk = std::make_shared<SimDisk>(DiskState(), SimDiskOptions(), &trace);
  std::vector<DiskState> states{disk->state()};
  const auto seen = [&] { states.push_back(disk->state()); };
  const auto file = must(disk->create("f", 8));
  seen();
  must(file->append({"abc"}));
  seen();
  must(file->reserve(16));
  seen();
  must(file->sync());
  seen();
  must(disk->sync_directory());
  seen();
  must(disk->rename("f", "g"));
  seen();
  must(file->truncate(1));
  seen();
  must(disk->remove("g"));
  seen();
  ASSERT_EQ(trace.operation_count(), 8U);
  for (std::uint64_t k = 0; k < states.size(); ++k) EXPECT_EQ(must(trace.state_after(k)), states[k]) << k;
  EXPECT_TRUE(has_code(trace.state_after(9), StatusCode::kInvalidArgument));
}

TEST(Trace, ContinuesFromTheDiskThatACrashLeft) {
  Trace trace;
  SimDisk before(DiskState(), {}, &trace);
  const auto file = must(before.create("f", 0));  // 1
  must(before.sync_directory());                  // 2
  must(file->append({"durable"}));                // 3
  must(file->sync());                             // 4
  must(file->append({" lost"}));                  // 5
  const CrashChoice choice{.fault = Fault::kLoseUnsynced};
  trace.add(CrashEntry{choice, 5});
  SimDisk after(must(crash_image(before.state(), choice)), {}, &trace);
  must(must(after.open("f"))->append({" and back"}));  // 6
  EXPECT_EQ(must(trace.state_after(5)).contents(), (Files{{"f", "durable lost"}}));
  EXPECT_EQ(must(trace.state_after(6)).contents(), (Files{{"f", "durable and back"}}));
  EXPECT_EQ(must(trace.state_after(6)), after.state());
}

TEST(Trace, LeavesOutWhatACrashInTheMiddleUndid) {
  Trace trace;
  SimDisk before(DiskState(), {}, &trace);
  const auto file = must(before.create("f", 0));  // 1
  must(file->append({"one"}));                    // 2
  const DiskState after_two = before.state();
  must(file->append({" two"}));  // 3: never reached the disk
  trace.add(CrashEntry{{.fault = Fault::kCleanKill}, 2});
  SimDisk after(must(crash_image(after_two, {})), {}, &trace);
  must(must(after.create("g", 0))->append({"x"}));  // 4 and 5
  EXPECT_EQ(must(trace.state_after(5)).contents(), (Files{{"f", "one"}, {"g", "x"}}));
  EXPECT_EQ(must(trace.state_after(3)).contents(), (Files{{"f", "one two"}}))
      << "what was done before is still in the trace";
}

}  // namespace
}  // namespace sediment::sim

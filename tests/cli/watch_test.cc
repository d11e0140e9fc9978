// watch: what it shows of stores at rest, of stores that change while it looks, and of things that are not stores.
#include "engine/cli/watch.h"

#include <algorithm>

#include "engine/cli/watch_view.h"
#include "tests/cli/cli_fixture.h"
#include "tests/cli/terminal_process.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/watched_disk.h"

namespace sediment::test {
namespace {

using cli::Happening;
using cli::lines_of;
using cli::Watch;
using cli::WatchedSegment;
using cli::WatchView;
using sim::SimDisk;

WatchView look(Watch& watch, const std::shared_ptr<Disk>& disk, double seconds) {
  return watch.look(Result<std::shared_ptr<Disk>>(disk), seconds);
}

std::vector<std::string> texts_of(const WatchView& view) {
  std::vector<std::string> texts;
  for (const Happening& happening : view.happenings) texts.push_back(happening.text);
  return texts;
}

class WatchedStore : public testing::Test {
 protected:
  WatchedStore() : disk_(std::make_shared<SimDisk>()), store_(open_store(disk_, manual_merges())) {}

  WatchView look_now() {
    seconds_ += 2;
    return look(watch_, disk_, seconds_);
  }
  std::string name_at(std::size_t segment) { return segment_file_name(store_->stats().segments.at(segment).number); }

  std::shared_ptr<SimDisk> disk_;
  std::unique_ptr<Store> store_;
  Watch watch_;
  double seconds_ = 100;
};

TEST_F(WatchedStore, ShowsWhatTheStoreItselfSays) {
  for (int i = 0; i < 30; ++i) must(store_->put("key" + std::to_string(i), std::string(100, 'v')));
  must(store_->roll());
  must(store_->put("a", "1"));
  must(store_->sync());
  must(store_->put("b", "2"));
  const WatchView view = look_now();
  ASSERT_EQ(view.state, WatchView::State::kStore);
  const Stats stats = store_->stats();
  ASSERT_EQ(view.segments.size(), stats.segments.size());
  for (std::size_t i = 0; i < stats.segments.size(); ++i) {
    EXPECT_EQ(view.segments[i].number, stats.segments[i].number);
    EXPECT_EQ(view.segments[i].sealed, stats.segments[i].sealed);
    EXPECT_EQ(view.segments[i].size_bytes, stats.segments[i].size_bytes);
    EXPECT_EQ(view.segments[i].records, stats.segments[i].records);
    EXPECT_TRUE(view.segments[i].problem.ok());
  }
  EXPECT_EQ(view.segments.back().synced_upto, 64U) << "b says that a was synced";
  EXPECT_FALSE(view.rates) << "a first look has no rate";
  EXPECT_TRUE(view.happenings.empty());
  EXPECT_TRUE(view.unnamed.empty());
}

TEST_F(WatchedStore, CountsWhatWasWrittenBetweenTwoLooks) {
  must(store_->put("a", "1"));
  look_now();
  for (const char* key : {"b", "c", "d", "e"}) must(store_->put(key, "1"));
  WatchView view = look_now();
  EXPECT_EQ(view.segments.back().records, 5U);
  ASSERT_TRUE(view.rates);
  EXPECT_DOUBLE_EQ(view.rates->records_per_second, 2);
  EXPECT_DOUBLE_EQ(view.rates->bytes_per_second, 64);

  must(store_->put("f", "1"));
  must(store_->roll());
  must(store_->put("g", "1"));
  view = look_now();
  EXPECT_DOUBLE_EQ(view.rates->records_per_second, 1) << "across a roll";
  EXPECT_DOUBLE_EQ(view.rates->bytes_per_second, 32);

  must(store_->merge(MergeRun{1, 1}));
  view = look_now();
  EXPECT_DOUBLE_EQ(view.rates->records_per_second, 0) << "a merge writes nothing new";
  EXPECT_DOUBLE_EQ(view.rates->bytes_per_second, 0);
}

TEST_F(WatchedStore, ReportsRollsAndMerges) {
  must(store_->put("a", "1"));
  look_now();
  EXPECT_TRUE(texts_of(look_now()).empty()) << "nothing happened";

  const std::string first = name_at(0);
  must(store_->roll());
  const std::string second = name_at(1);
  WatchView view = look_now();
  EXPECT_EQ(texts_of(view), std::vector<std::string>{first + " was sealed; " + second + " is the active segment now"});
  EXPECT_EQ(view.manifest_changes, 1U);

  must(store_->put("b", "1"));
  must(store_->roll());
  look_now();
  must(store_->merge(MergeRun{1, 2}));
  view = look_now();
  EXPECT_EQ(texts_of(view), std::vector<std::string>{first + " and " + second + " were merged into " + name_at(0)});
  EXPECT_EQ(view.happenings[0].kind, Happening::Kind::kMerged);
  EXPECT_EQ(view.segments[0].records, 2U);
  EXPECT_EQ(view.manifest_changes, 3U);
}

TEST_F(WatchedStore, ReportsAMergeThatLeftNothing) {
  must(store_->remove("a"));
  must(store_->roll());
  const std::string first = name_at(0);
  look_now();
  must(store_->merge(MergeRun{1, 1}));
  EXPECT_EQ(texts_of(look_now()), std::vector<std::string>{first + " was dropped: no record in it still counted"});
}

TEST_F(WatchedStore, ReportsFilesThatTheManifestDoesNotName) {
  must(store_->put("a", "1"));
  must(store_->roll());
  must(store_->begin_merge(MergeRun{1, 1}));
  EXPECT_FALSE(must(store_->merge_step()));
  const WatchView view = look_now();
  ASSERT_EQ(view.unnamed.size(), 1U) << "the output of the merge";
  EXPECT_GT(view.unnamed[0].size_bytes, kSegmentHeaderSize);
  EXPECT_FALSE(view.has_problem());
}

TEST_F(WatchedStore, ReadsALargeActiveLogInSeveralLooks) {
  watch_ = Watch(64);
  const std::string value(300, 'v');
  for (int i = 0; i < 10; ++i) must(store_->put("key" + std::to_string(i), value));
  // One window holds more than 64 bytes, and is read as a whole.
  EXPECT_EQ(look_now().segments.back().records, 10U);
}

TEST(Watch, ReadsRecordsLargerThanItsWindow) {
  const auto disk = std::make_shared<SimDisk>(sim::DiskState(), sim::SimDiskOptions{1, false});
  Options options = manual_merges();
  options.segment_size_bytes = std::uint64_t{64} << 20;
  const auto store = open_store(disk, options);
  for (int i = 0; i < 3; ++i) must(store->put("key" + std::to_string(i), std::string(3 << 20, 'v')));
  must(store->put("small", "1"));
  Watch watch;
  EXPECT_EQ(look(watch, disk, 1).segments.back().records, 4U);

  Watch slow(1);
  const WatchView first = look(slow, disk, 1);
  EXPECT_FALSE(first.segments.back().read_to_end);
  EXPECT_LT(first.segments.back().records, 4U);
  for (int i = 2; i < 8; ++i) look(slow, disk, i);
  EXPECT_EQ(look(slow, disk, 9).segments.back().records, 4U);
  EXPECT_TRUE(look(slow, disk, 10).segments.back().read_to_end);
}

TEST(Watch, FindsARecordWholeAfterItLookedTorn) {
  const auto disk = std::make_shared<SimDisk>();
  const auto store = open_store(disk, manual_merges());
  must(store->put("a", "1"));
  must(store->put("b", "2"));
  const Files whole = disk->state().contents();
  const std::string name = segment_file_name(store->stats().segments[0].number);
  Files torn = whole;
  torn.at(name).replace(64 + 12, 32, std::string(32, '\0'));  // half of b
  Watch watch;
  EXPECT_EQ(look(watch, disk_with(torn), 1).segments.back().records, 1U);
  EXPECT_EQ(look(watch, disk_with(whole), 2).segments.back().records, 2U);
}

TEST_F(WatchedStore, ReadsAgainWhenAMergeRemovesWhatItWasAboutToOpen) {
  for (const char* key : {"a", "b", "c"}) {
    must(store_->put(key, "1"));
    must(store_->roll());
  }
  int merges = 0;
  const std::string victim = name_at(1);
  const auto interrupted = std::make_shared<WatchedDisk>(disk_, [&](WatchedDisk::Call call, std::string_view name) {
    const bool is_moment = call == WatchedDisk::Call::kOpen && name == victim && merges == 0;
    if (is_moment) {
      ++merges;
      must(store_->merge(MergeRun{1, 3}));
    }
    return Status();
  });
  const WatchView view = look(watch_, interrupted, 1);
  EXPECT_EQ(merges, 1);
  EXPECT_FALSE(view.has_problem());
  ASSERT_EQ(view.segments.size(), 2U);
  EXPECT_EQ(view.segments[0].records, 3U);
  EXPECT_TRUE(view.unnamed.empty());
}

TEST_F(WatchedStore, ReportsANamedFileThatIsMissingOrHasTheWrongSize) {
  for (const char* key : {"a", "b"}) {
    must(store_->put(key, "1"));
    must(store_->roll());
  }
  Files files = disk_->state().contents();
  EXPECT_FALSE(look(watch_, disk_with(files), 1).has_problem());
  files.at(name_at(0)) += std::string(8, 'x');
  files.erase(name_at(1));
  const WatchView view = look(watch_, disk_with(files), 2);
  EXPECT_TRUE(view.has_problem());
  EXPECT_FALSE(view.segments[0].problem.ok());
  EXPECT_FALSE(view.segments[1].problem.ok());
  EXPECT_TRUE(view.segments[2].problem.ok());
}

TEST_F(WatchedStore, ContinuesAfterADamagedManifest) {
  must(store_->put("a", "1"));
  look_now();
  Files files = disk_->state().contents();
  files.at("MANIFEST")[30] ^= 1;
  WatchView view = look(watch_, disk_with(files), 200);
  EXPECT_EQ(view.state, WatchView::State::kDamaged);
  EXPECT_TRUE(view.status.is(StatusCode::kCorruption));
  files.erase("MANIFEST");
  view = look(watch_, disk_with(files), 201);
  EXPECT_EQ(view.state, WatchView::State::kDamaged);
  must(store_->roll());
  seconds_ = 202;
  view = look_now();
  EXPECT_EQ(view.state, WatchView::State::kStore);
  EXPECT_EQ(view.happenings.size(), 1U) << "what happened meanwhile is not missed";
}

TEST(Watch, WaitsForAStoreThatDoesNotExistYet) {
  Watch watch;
  EXPECT_EQ(watch.look(Status::not_found("no directory"), 1).state, WatchView::State::kNoStore);
  const auto disk = std::make_shared<SimDisk>();
  EXPECT_EQ(look(watch, disk, 2).state, WatchView::State::kNoStore);
  const auto store = open_store(disk, manual_merges());
  EXPECT_EQ(look(watch, disk, 3).state, WatchView::State::kStore);
}

// ---- the view as text

WatchView large_view() {
  WatchView view;
  view.state = WatchView::State::kStore;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    WatchedSegment segment;
    segment.number = SegmentNumber{1'000'000 + i};
    segment.sealed = i < 40;
    segment.size_bytes = i * 100'000'000;
    segment.file_bytes = segment.sealed ? segment.size_bytes : 4'294'967'295;
    segment.records = i * 1'000'000;
    view.segments.push_back(segment);
  }
  view.segments[3].problem = Status::corruption("1000004.log", Status::kNoOffset, std::string(200, 'x'));
  for (int i = 0; i < 9; ++i) view.unnamed.push_back({"stranger\n" + std::to_string(i), 12});
  view.rates = {123'456'789, 1'234'567};
  view.manifest_changes = 12;
  return view;
}

TEST(WatchLines, FitTheTerminalAndHideTheOldest) {
  for (const std::size_t columns : {20U, 60U, 80U, 200U}) {
    for (const bool utf8 : {false, true}) {
      const std::string directory = "/a/directory/of a very long name/" + std::string(100, 'd');
      const auto lines = lines_of(large_view(), directory, {"10:00:00  a", "10:00:01  b"}, {columns, 24, utf8, false});
      EXPECT_LE(lines.size(), 24U);
      for (const std::string& line : lines) {
        const auto width = std::count_if(line.begin(), line.end(),
                                         [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
        EXPECT_LE(width, columns) << line;
        EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos) << line;
        if (!utf8) {
          EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char byte) { return byte > 0; })) << line;
        }
      }
      EXPECT_EQ(lines.back().substr(0, 11), "10:00:01  b");
    }
  }
}

TEST(WatchLines, ShowTheActiveSegmentAndHowManyAreHidden) {
  std::string text;
  for (const std::string& line : lines_of(large_view(), "/tmp/store", {}, {80, 24, false, false})) text += line + "\n";
  EXPECT_NE(text.find("/tmp/store: 40 segments"), std::string::npos) << text;
  EXPECT_NE(text.find("1000040.log  active  4,000,000,000"), std::string::npos) << text;
  EXPECT_EQ(text.find("1000001.log"), std::string::npos) << text;
  EXPECT_NE(text.find("older ones"), std::string::npos) << text;
  EXPECT_NE(text.find("#."), std::string::npos) << "the active segment's bar ends in reserved space\n" << text;
  EXPECT_NE(text.find("PROBLEM"), std::string::npos) << text;
  EXPECT_NE(text.find("1,234,567 records/s; 12 manifest changes"), std::string::npos) << text;
}

// ---- the command

TEST_F(Cli, WatchOnceShowsTheStoreAndEnds) {
  make_store_of("a\t1\nb\t2\n");
  const std::string text = run_ok({"watch", store(), "--once"});
  EXPECT_NE(text.find(store().substr(0, 20)), std::string::npos) << text;
  EXPECT_NE(text.find("sealed"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(run_ok({"watch", store()}), text) << "and the same without --once when there is no terminal";

  const Json view = run_json({"watch", store()}, 0);
  EXPECT_EQ(view["state"], "ok");
  EXPECT_EQ(view["total"]["records"], 2);
  EXPECT_EQ(view["segments"][0]["sealed"], true);
  EXPECT_FALSE(view.contains("records_per_second"));
}

TEST_F(Cli, WatchOnceBesideAWriterCountsItsRecords) {
  const auto load = start_load(numbered_lines(200), {"--segment-size", "4k"});
  const Json view = run_json({"watch", store(), "--once"}, 0);
  EXPECT_GE(view["segments"].size(), 2U) << "however many the store has merged by now";
  EXPECT_GT(view["total"]["records"], 100);
  EXPECT_EQ(view["segments"].back()["sealed"], false);
}

TEST_F(Cli, WatchOnceSaysWhatIsWrong) {
  EXPECT_EQ(run_json({"watch", store(), "--once"}, 4)["state"], "no_store");
  EXPECT_FALSE(std::filesystem::exists(store()));
  make_store_of("a\t1\n");
  run_json({"watch", store(), "--once"}, 0);
  flip_bit(store() + "/MANIFEST", 30);
  EXPECT_EQ(run_json({"watch", store(), "--once"}, 3)["state"], "damaged_manifest");
  const ProcessResult text = run({"watch", store(), "--once"});
  EXPECT_EQ(text.exit_code, 3);
  EXPECT_NE(text.output.find("MANIFEST cannot be used"), std::string::npos) << text.output;
  EXPECT_EQ(run({"watch", store(), "--interval", "0"}).exit_code, 2);
  EXPECT_EQ(run({"watch", store(), "--interval", "soon"}).exit_code, 2);
}

TEST_F(Cli, WatchWithJsonAndAnIntervalPrintsOneObjectPerLine) {
  TerminalProcess watch(command({"watch", store(), "--json", "--interval", "0.02"}), {});
  const auto next = [&] { return Json::parse(watch.read_until("\n")); };
  EXPECT_EQ(next()["state"], "no_store");
  run_ok({"put", store(), "a", "1"});
  Json view = next();
  while (view["total"]["records"] != 1) view = next();
  run_ok({"put", store(), "b", "1"});
  run_ok({"merge", store()});
  std::set<std::string> kinds;
  const auto is_merged = [&] { return view["total"]["records"] == 2 && view["segments"][0]["records"] == 2; };
  while (!is_merged()) {
    view = next();
    for (const Json& happening : view["happenings"]) kinds.insert(happening["kind"]);
  }
  EXPECT_FALSE(kinds.empty());
  EXPECT_GT(view["manifest_changes"], 0);
  watch.type(TerminalProcess::kControlC);
  std::string rest;
  EXPECT_EQ(watch.finish(&rest), 0);
}

TEST_F(Cli, WatchEndsWhenItsJsonHasNoReader) {
  make_store_of("a\t1\n");
  const std::string line = "'" SEDIMENT_BIN_DIR "/sediment' watch '" + store() +
                           "' --json --interval 0.01 | head -n 2; exit ${PIPESTATUS[0]}";
  const ProcessResult result = run_process({"/bin/bash", "-c", line}, path("shell"));
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 2);
}

TEST_F(Cli, WatchOnATerminalRefreshesAndControlCGivesTheTerminalBack) {
  TerminalProcess watch(command({"watch", store(), "--interval", "0.02"}), {"TERM=xterm", "LC_ALL=C.UTF-8"});
  std::string seen = watch.read_until("no store here yet");
  EXPECT_NE(seen.find("\x1b[?25l"), std::string::npos) << "the cursor is hidden";
  run_ok({"put", store(), "a", "1"});
  watch.read_until("1 record");
  watch.read_until("█");
  run_ok({"put", store(), "b", "1"});
  run_ok({"merge", store()});
  watch.read_until("merged into");
  watch.read_until("2 records");
  watch.type(TerminalProcess::kControlC);
  std::string rest;
  EXPECT_EQ(watch.finish(&rest), 0);
  const std::size_t shown = rest.rfind("\x1b[?25h");
  ASSERT_NE(shown, std::string::npos) << "the cursor is back";
  EXPECT_EQ(rest.find("\x1b[?25l", shown), std::string::npos);
  EXPECT_NE(rest.find("2 records", shown), std::string::npos) << "the last view stays";
}

}  // namespace
}  // namespace sediment::test

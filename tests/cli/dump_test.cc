// dump: what it shows of whole and of damaged files.
#include <algorithm>

#include <set>

#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

// Every byte after the segment header belongs to exactly one entry.
void expect_tiles(const Json& file) {
  std::uint64_t at = 32;
  for (const Json& entry : file["entries"]) {
    EXPECT_EQ(entry["offset"], at);
    at += entry["size_bytes"].get<std::uint64_t>();
  }
  EXPECT_EQ(at, std::max<std::uint64_t>(32, file["size_bytes"]));
}

bool shows_damage(const Json& file) {
  const Json& entries = file["entries"];
  return !file["header"]["ok"] ||
         std::any_of(entries.begin(), entries.end(), [](const Json& entry) { return entry.contains("damage"); });
}

class CliDump : public Cli {
 protected:
  // 32: sky = blue   64: sea = green   96: a tombstone of sky   128: last = x times 20
  CliDump() {
    run_ok({"put", store(), "sky", "blue"});
    run_ok({"put", store(), "sea", "green"});
    run_ok({"del", store(), "sky"});
    run_ok({"put", store(), "last", std::string(20, 'x')});
    run_ok({"merge", store()});
    segment_ = only_segment();
  }

  Json dump_segment() { return run_json({"dump", segment_}, 0)["files"][0]; }

  std::string segment_;
};

TEST_F(Cli, DumpShowsHeaderAndRecords) {
  const std::string segment = make_store_of("sky\tblue\nsea\t\n");
  const Json file = run_json({"dump", segment}, 0)["files"][0];
  EXPECT_EQ(file["header"]["ok"], true);
  EXPECT_EQ(file["header"]["magic"], "SEDIMENT");
  EXPECT_EQ(file["header"]["version"], 1);
  EXPECT_EQ(file["header"]["nonce"].get<std::string>().size(), 16U);
  expect_tiles(file);
  ASSERT_EQ(file["entries"].size(), 2U);
  EXPECT_EQ(file["entries"][0], Json::parse(R"({"kind":"record","offset":32,"size_bytes":32,"type":"put","key_size":3,
      "value_size":4,"durable_upto":32,"header":"ok","body":"ok","key":"sky","value_start":"blue"})"));
  EXPECT_EQ(file["entries"][1]["key"], "sea");

  const std::string text = run_ok({"dump", segment});
  EXPECT_NE(text.find("sky = blue"), std::string::npos) << text;
  EXPECT_NE(text.find("2 records, no damage"), std::string::npos) << text;
  EXPECT_EQ(run_ok({"dump", store(), std::filesystem::path(segment).filename().string()}), text)
      << "both ways to name a file";
}

TEST_F(Cli, DumpShowsTombstonesAndBlankSpace) {
  start_load(numbered_lines(100))->kill();
  run_ok({"del", store(), "key0000"});
  const Json files = run_json({"dump", store()}, 0)["files"];
  int tombstones = 0;
  for (const Json& file : files) {
    for (const Json& entry : file["entries"]) {
      if (entry["kind"] == "record" && entry["type"] == "tombstone") ++tombstones;
    }
  }
  EXPECT_EQ(tombstones, 1);

  leave_active_log_of(numbered_lines(100), {"--segment-size", "64k"});
  const Json file = run_json({"dump", store()}, 0)["files"][0];
  expect_tiles(file);
  EXPECT_EQ(file["entries"].back()["kind"], "blank");
  EXPECT_EQ(file["entries"].back()["size_bytes"], 65'536 - file["entries"].back()["offset"].get<int>());
  EXPECT_NE(run_ok({"dump", store()}).find("blank: "), std::string::npos);
}

TEST_F(Cli, DumpOfADirectoryShowsTheManifestAndUnnamedFiles) {
  make_store_of("sky\tblue\n");
  write_text(store() + "/000099.log", "not a segment");
  write_text(store() + "/stranger", "");
  const Json dump = run_json({"dump", store()}, 0);
  EXPECT_EQ(dump["manifest"]["ok"], true);
  EXPECT_EQ(dump["manifest"]["text"], read_text(store() + "/MANIFEST"));
  EXPECT_EQ(dump["unnamed"], (Json{"000099.log", "stranger"}));
  EXPECT_EQ(dump["files"].back()["file"], "000099.log");
  EXPECT_EQ(dump["files"].back()["header"]["ok"], false);
  const std::string text = run_ok({"dump", store()});
  EXPECT_NE(text.find("MANIFEST: ok"), std::string::npos);
  EXPECT_NE(text.find("sealed 1"), std::string::npos) << text;
  EXPECT_NE(text.find("stranger"), std::string::npos);
}

TEST_F(Cli, DumpWorksWithoutAManifestAndWithADamagedOne) {
  make_store_of("sky\tblue\n");
  flip_bit(store() + "/MANIFEST", 30);
  EXPECT_EQ(run({"get", store(), "sky"}).exit_code, 3);
  Json dump = run_json({"dump", store()}, 0);
  EXPECT_EQ(dump["manifest"]["ok"], false);
  EXPECT_EQ(dump["files"][0]["entries"][0]["key"], "sky");
  std::filesystem::remove(store() + "/MANIFEST");
  dump = run_json({"dump", store()}, 0);
  EXPECT_EQ(dump["manifest"]["ok"], false);
  EXPECT_EQ(dump["files"][0]["entries"][0]["key"], "sky");
  EXPECT_NE(run_ok({"dump", store()}).find("sky = blue"), std::string::npos);
}

TEST_F(Cli, DumpOfAMissingFileIsAnError) {
  EXPECT_EQ(run({"dump", store()}).exit_code, 4);
  run_ok({"put", store(), "a", "b"});
  EXPECT_EQ(run_json({"dump", store(), "000077.log"}, 4)["error"]["code"], "io_error");
  EXPECT_EQ(run({"dump", store(), "../000077.log"}).exit_code, 2);
}

// A snapshot and a manifest are whole, not "BAD" for want of a segment's header; and what has no format is said to have none.
TEST_F(Cli, DumpOfAnyFileOfAStoreShowsWhatItIs) {
  make_store_of("sky\tblue\nsea\tgreen\n");
  const std::string snapshot =
      run_json({"stats", store()}, 0)["segments"][0]["file"].get<std::string>().substr(0, 6) + ".idx";
  EXPECT_EQ(run_ok({"dump", store(), "MANIFEST"}).substr(0, 13), "MANIFEST: ok\n");
  EXPECT_EQ(run_json({"dump", store(), "MANIFEST"}, 0)["manifest"]["ok"], true);
  EXPECT_NE(run_ok({"dump", store(), "LOCK"}).find("the lock of the store"), std::string::npos);
  for (const std::string& file : {snapshot, std::string("MANIFEST"), std::string("LOCK")}) {
    const std::string text = run_ok({"dump", store(), file, "--hex"});
    for (const char* wrong : {"BAD", "damaged", "DAMAGE", "not named", "too short"}) {
      EXPECT_EQ(text.find(wrong), std::string::npos) << file << "\n" << text;
    }
    EXPECT_EQ(run_ok({"dump", store() + "/" + file, "--hex"}), text);
  }
  const Json shown = run_json({"dump", store(), snapshot}, 0)["files"][0];
  EXPECT_EQ(shown["role"], "snapshot");
  EXPECT_EQ(shown["header"]["ok"], true);
  EXPECT_EQ(shown["header"]["records"], 2);
  // The slots point to the two records.
  const Json entries = run_json({"dump", store(), snapshot.substr(0, 6) + ".log"}, 0)["files"][0]["entries"];
  std::set<std::uint64_t> offsets;
  for (const Json& slot : shown["slots"]) offsets.insert(slot["offset"].get<std::uint64_t>());
  EXPECT_EQ(offsets, (std::set<std::uint64_t>{entries[0]["offset"], entries[1]["offset"]}));

  // Any flipped bit of a snapshot is shown.
  const std::string path = store() + "/" + snapshot;
  for (std::uint64_t at = 0; at < std::filesystem::file_size(path); ++at) {
    flip_bit(path, at, at % 8);
    EXPECT_EQ(run_json({"dump", store(), snapshot}, 0)["files"][0]["header"]["ok"], false) << at;
    flip_bit(path, at, at % 8);
  }
  write_text(store() + "/letter", "dear");
  EXPECT_NE(run_ok({"dump", store(), "letter"}).find("4 bytes: this is no file of a store"), std::string::npos);
  std::filesystem::copy_file(store() + "/" + snapshot.substr(0, 6) + ".log", store() + "/copy");
  EXPECT_NE(run_ok({"dump", store(), "copy"}).find("sky = blue"), std::string::npos);
}

TEST_F(Cli, HexLabelsEveryByteWithItsField) {
  const std::string segment = make_store_of("sky\tblue\nsea\tgreen\n");
  const std::string bytes = read_text(segment);
  const Json file = run_json({"dump", segment, "--hex"}, 0)["files"][0];
  std::string shown;
  std::vector<std::string> labels;
  const auto collect = [&](const Json& fields) {
    for (const Json& field : fields) {
      EXPECT_EQ(field["offset"], shown.size() / 2);
      shown += field["hex"].get<std::string>();
      labels.push_back(field["field"]);
    }
  };
  collect(file["header"]["fields"]);
  for (const Json& entry : file["entries"]) collect(entry["fields"]);
  EXPECT_EQ(shown.size(), 2 * bytes.size());
  EXPECT_EQ(shown.substr(std::size_t{2} * (32 + 24), 14), "736b79626c7565");  // sky blue
  const std::vector<std::string> expected{"header checksum", "body checksum", "durable_upto", "value size",
                                          "key size",        "type",          "zeros",        "key",
                                          "value",           "padding"};
  EXPECT_EQ((std::vector<std::string>(labels.begin() + 5, labels.begin() + 15)), expected);

  const std::string text = run_ok({"dump", segment, "--hex"});
  EXPECT_NE(text.find("00000030  03 00|01|00 00 00 00 00|73 6b 79|62 6c 75 65|00  ........skyblue.  "
                      "key size, type, zeros, key, value, padding"),
            std::string::npos)
      << text;
}

TEST_F(Cli, DumpContinuesAfterDamage) {
  const std::string segment = make_store_of("a\t1\nb\t2\nc\t3\nd\t4\ne\t5\n");  // 32 bytes each, from 32 on
  flip_bit(segment, 64 + 25);                                                   // b's body
  flip_bit(segment, 128 + 16);                                                  // d's header
  const Json entries = entries_of(segment);
  ASSERT_EQ(entries.size(), 5U);
  EXPECT_EQ(entries[0]["body"], "ok");
  EXPECT_EQ(entries[1]["body"], "bad");
  EXPECT_EQ(entries[1]["header"], "ok");
  EXPECT_EQ(entries[1]["key"], "b");
  EXPECT_EQ(entries[2]["key"], "c");
  EXPECT_EQ(entries[3]["kind"], "damage");
  EXPECT_EQ(entries[3]["header"], "bad");
  EXPECT_EQ(entries[4]["key"], "e");
  const std::string text = run_ok({"dump", segment, "--hex"});
  EXPECT_NE(text.find("the body's checksum does not match"), std::string::npos) << text;
  EXPECT_NE(text.find("the header's checksum does not match"), std::string::npos) << text;
  EXPECT_NE(text.find("2 damaged places"), std::string::npos) << text;
}

TEST_F(CliDump, FindsRecordsAlthoughTheSegmentHeaderIsDamaged) {
  const Json before = dump_segment();
  EXPECT_FALSE(shows_damage(before));
  int flips = 0;
  for (std::uint64_t offset = 0; offset < 32; ++offset) {
    flip_bit(segment_, offset, 3);
    const Json file = dump_segment();
    EXPECT_EQ(file["header"]["ok"], false) << offset;
    EXPECT_EQ(file["entries"], before["entries"]) << "the manifest has the nonce; " << offset;
    flip_bit(segment_, offset, 3);
    ++flips;
  }
  EXPECT_EQ(flips, 32);
  EXPECT_FALSE(shows_damage(dump_segment()));
}

TEST_F(CliDump, ShowsEveryFlippedByteWhereItIs) {
  const std::uint64_t size = std::filesystem::file_size(segment_);
  ASSERT_LT(size, 200U);
  std::uint64_t flips = 0;
  for (std::uint64_t offset = 32; offset < size; ++offset) {
    flip_bit(segment_, offset, static_cast<unsigned>(offset % 8));
    const Json file = dump_segment();
    expect_tiles(file);
    std::size_t damaged = 0;
    for (const Json& entry : file["entries"]) {
      if (!entry.contains("damage")) continue;
      ++damaged;
      EXPECT_LE(entry["offset"], offset);
      EXPECT_GT(entry["offset"].get<std::uint64_t>() + entry["size_bytes"].get<std::uint64_t>(), offset);
    }
    EXPECT_EQ(damaged, 1U) << "flipped " << offset;
    flip_bit(segment_, offset, static_cast<unsigned>(offset % 8));
    ++flips;
  }
  EXPECT_EQ(flips, size - 32);
  EXPECT_FALSE(shows_damage(dump_segment()));
}

TEST_F(CliDump, ShowsWhatIsLeftOfAFileCutAnywhere) {
  const std::string bytes = read_text(segment_);
  const Json whole = dump_segment();
  std::size_t cuts = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_text(segment_, std::string_view(bytes).substr(0, size));
    const Json file = dump_segment();
    EXPECT_EQ(file["size_bytes"], size);
    expect_tiles(file);
    std::size_t whole_records = 0;
    for (const Json& entry : whole["entries"]) {
      if (entry["offset"].get<std::size_t>() + entry["size_bytes"].get<std::size_t>() <= size) {
        EXPECT_EQ(file["entries"][whole_records], entry);
        ++whole_records;
      }
    }
    EXPECT_LE(file["entries"].size(), whole_records + 1);
    ++cuts;
  }
  EXPECT_EQ(cuts, bytes.size());
}

TEST_F(CliDump, SurvivesHostileBytes) {
  // A xorshift generator: the same bytes on every machine.
  std::uint64_t state = 88172645463325252U;
  const auto next = [&state] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  const std::string pristine = read_text(segment_);
  int files = 0;
  for (int round = 0; round < 60; ++round) {
    std::string bytes = round % 2 == 0 ? pristine : std::string();
    const std::size_t extra = next() % 3000;
    while (bytes.size() < pristine.size() + extra) {
      const bool zeros = next() % 3 == 0;
      for (std::uint64_t i = next() % 200; i > 0; --i) bytes += zeros ? '\0' : static_cast<char>(next());
    }
    for (int i = 0; i < round / 2; ++i) bytes[next() % bytes.size()] = static_cast<char>(next());
    write_text(segment_, bytes);
    const Json file = run_json({"dump", segment_, "--hex"}, 0)["files"][0];
    expect_tiles(file);
    EXPECT_EQ(run({"dump", store(), "--hex"}).exit_code, 0);
    EXPECT_EQ(run({"verify", store()}).exit_code, 3);
    ++files;
  }
  EXPECT_EQ(files, 60);
}

}  // namespace
}  // namespace sediment::test

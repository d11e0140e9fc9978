// The simplest database: lines in a text file.
#include "engine/text_log.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::disk_with;
using test::has_code;
using test::must;

std::optional<std::string> get(const TextLog& log, std::string_view key) {
  std::string value;
  const Status status = log.get(key, &value);
  if (status.is(StatusCode::kNotFound)) return std::nullopt;
  must(status);
  return value;
}

std::unique_ptr<TextLog> open(Disk& disk) { return must(TextLog::open(disk, "log")); }

TEST(TextLog, AppendsALineForEachWrite) {
  const auto disk = disk_with({});
  const auto log = open(*disk);
  must(log->put("42", "London"));
  must(log->put("7", ""));
  must(log->remove("42"));
  EXPECT_EQ(disk->state().contents().at("log"), "42,London\n7,\n42\n");
}

TEST(TextLog, TheLastLineOfAKeyWins) {
  const auto disk = disk_with({});
  const auto log = open(*disk);
  EXPECT_EQ(get(*log, "a"), std::nullopt);
  must(log->put("a", "1"));
  EXPECT_EQ(get(*log, "a"), "1");
  must(log->put("b", "2"));
  must(log->put("a", "3"));
  EXPECT_EQ(get(*log, "a"), "3");
  EXPECT_EQ(get(*log, "b"), "2");
  must(log->remove("a"));
  EXPECT_EQ(get(*log, "a"), std::nullopt);
  EXPECT_EQ(get(*log, "b"), "2");
  must(log->put("a", "4"));
  EXPECT_EQ(get(*log, "a"), "4");
}

TEST(TextLog, TellsAKeyFromOneThatBeginsWithIt) {
  const auto disk = disk_with({});
  const auto log = open(*disk);
  must(log->put("ab", "long"));
  EXPECT_EQ(get(*log, "a"), std::nullopt);
  must(log->put("a", "short"));
  EXPECT_EQ(get(*log, "a"), "short");
  EXPECT_EQ(get(*log, "ab"), "long");
}

TEST(TextLog, KeepsAnyBytes) {
  const auto disk = disk_with({});
  const auto log = open(*disk);
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  for (const std::string& text : {std::string(), std::string(",\n\r%"), std::string("%2C"), std::string("%"),
                                  std::string("%%2"), std::string("a\0b", 3), all_bytes}) {
    must(log->put(text, text));
    EXPECT_EQ(get(*log, text), text);
  }
  const auto again = open(*disk);
  EXPECT_EQ(get(*again, all_bytes), all_bytes);
  EXPECT_EQ(get(*again, ""), "");
}

TEST(TextLog, AForeignPercentSignStandsForItself) {
  const auto disk = disk_with({{"log", "a,100%\nb,%zz\nc,%2\n"}});
  const auto log = open(*disk);
  EXPECT_EQ(get(*log, "a"), "100%");
  EXPECT_EQ(get(*log, "b"), "%zz");
  EXPECT_EQ(get(*log, "c"), "%2");
}

TEST(TextLog, ReopensWithWhatWasWritten) {
  const auto disk = disk_with({});
  must(open(*disk)->put("a", "1"));
  const auto log = open(*disk);
  EXPECT_EQ(get(*log, "a"), "1");
  must(log->put("b", "2"));
  EXPECT_EQ(disk->state().contents().at("log"), "a,1\nb,2\n");
}

TEST(TextLog, DropsALastLineThatWasCutOff) {
  const auto disk = disk_with({{"log", "a,1\nb,2\na,tor"}});
  const auto log = open(*disk);
  EXPECT_EQ(get(*log, "a"), "1");
  must(log->put("c", "3"));
  EXPECT_EQ(disk->state().contents().at("log"), "a,1\nb,2\nc,3\n");
}

TEST(TextLog, DropsAFileWithNothingButACutLine) {
  const auto disk = disk_with({{"log", "a,1"}});
  const auto log = open(*disk);
  EXPECT_EQ(get(*log, "a"), std::nullopt);
  EXPECT_EQ(disk->state().contents().at("log"), "");
}

TEST(TextLog, ReadsThroughAShortRead) {
  const auto disk = disk_with({{"log", "a,1\nb,2\na,3\n"}});
  disk->limit_reads(1);
  const auto log = open(*disk);
  EXPECT_EQ(get(*log, "a"), "3");
  EXPECT_EQ(get(*log, "b"), "2");
}

TEST(TextLog, SyncMakesTheLogDurable) {
  const auto disk = disk_with({});
  const auto log = open(*disk);
  must(log->put("a", "1"));
  EXPECT_FALSE(disk->state().all_durable());
  must(log->sync());
  EXPECT_TRUE(disk->state().all_durable());
  must(log->put("a", "2"));
  must(log->sync());
  EXPECT_TRUE(disk->state().all_durable());
}

TEST(TextLog, PassesOnTheErrorsOfTheDisk) {
  const auto disk = disk_with({});
  disk->fail(sim::DiskOperation::Kind::kCreate, 1, Status::no_space("log", "full"));
  EXPECT_TRUE(has_code(TextLog::open(*disk, "log"), StatusCode::kNoSpace));
  const auto log = open(*disk);
  disk->fail(sim::DiskOperation::Kind::kAppend, 1, Status::io_error("log", "no"));
  EXPECT_TRUE(has_code(log->put("a", "1"), StatusCode::kIoError));
  disk->fail(sim::DiskOperation::Kind::kSync, 1, Status::io_error("log", "no"));
  EXPECT_TRUE(has_code(log->sync(), StatusCode::kIoError));
}

}  // namespace
}  // namespace sediment

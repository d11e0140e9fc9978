// Outcomes: what a Status says, and what a Result without a value refuses.
#include "engine/status.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "tests/memory/failing_memory.h"

namespace sediment {
namespace {

// Too long for a std::string without allocated memory.
constexpr const char* kLong = "the body's checksum does not match what the header says";

TEST(Status, IsOkByDefaultAndSaysNothing) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(status.is(StatusCode::kOk));
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.file(), "");
  EXPECT_EQ(status.offset(), Status::kNoOffset);
  EXPECT_EQ(status.to_string(), "ok");
}

TEST(Status, CorruptionNamesFileAndOffset) {
  const Status status = Status::corruption("000003.log", 4096, "the body's checksum does not match");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_EQ(status.file(), "000003.log");
  EXPECT_EQ(status.offset(), 4096U);
  EXPECT_EQ(status.message(), "the body's checksum does not match");
  EXPECT_EQ(status.to_string(), "corruption in 000003.log at byte 4096: the body's checksum does not match");
}

TEST(Status, LeavesOutAnUnknownOffset) {
  EXPECT_EQ(Status::corruption("MANIFEST", Status::kNoOffset, "it is missing").to_string(),
            "corruption in MANIFEST: it is missing");
  EXPECT_EQ(Status::io_error("a.log", "write: no").to_string(), "I/O error in a.log: write: no");
  EXPECT_EQ(Status::no_space("a.log", "full").to_string(), "no space in a.log: full");
  EXPECT_EQ(Status::busy("somebody has it").to_string(), "busy: somebody has it");
}

TEST(Status, EveryConstructorGivesItsCode) {
  EXPECT_TRUE(Status::not_found().is(StatusCode::kNotFound));
  EXPECT_TRUE(Status::not_found("a").is(StatusCode::kNotFound));
  EXPECT_TRUE(Status::corruption("f", 0, "").is(StatusCode::kCorruption));
  EXPECT_TRUE(Status::io_error("f", "").is(StatusCode::kIoError));
  EXPECT_TRUE(Status::no_space("f", "").is(StatusCode::kNoSpace));
  EXPECT_TRUE(Status::invalid_argument("").is(StatusCode::kInvalidArgument));
  EXPECT_TRUE(Status::busy("").is(StatusCode::kBusy));
  EXPECT_TRUE(Status::read_only("").is(StatusCode::kReadOnly));
  EXPECT_TRUE(Status::no_memory().is(StatusCode::kNoMemory));
}

TEST(Status, AnAbsentKeyNeedsNoMessage) {
  EXPECT_EQ(Status::not_found().to_string(), "not found");
  EXPECT_EQ(Status::not_found().message(), "");
}

TEST(Status, ACopySaysTheSame) {
  const Status status = Status::corruption("f", 7, "why");
  const Status copy = status;  // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
  EXPECT_EQ(copy.to_string(), status.to_string());
}

TEST(Status, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(StatusCode::kReadOnly); ++code) {
    names.insert(describe(static_cast<StatusCode>(code)));
  }
  EXPECT_EQ(names.size(), 8U);
  EXPECT_EQ(names.count("unknown status"), 0U);
}

TEST(Result, HoldsAValue) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result.status().ok());
  EXPECT_EQ(**result, 7);
  const std::unique_ptr<int> taken = std::move(*result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, HoldsTheReasonForHavingNoValue) {
  const Result<int> result = Status::busy("later");
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(result.status().is(StatusCode::kBusy));
}

TEST(ResultDeathTest, AbortsWhenTheValueOfAFailureIsUsed) {
  const Result<int> result = Status::busy("later");
  EXPECT_DEATH((void)*result, "the value of a failed Result was used");
}

TEST(ResultDeathTest, AbortsWhenItHasNeitherValueNorFailure) {
  EXPECT_DEATH((void)Result<int>(Status()), "a Result without a value needs a failure");
}

TEST(Status, WithoutMemoryForItsDetailsTheCodeIsLeft) {
  using Make = Status (*)(std::string message);
  const std::vector<std::pair<StatusCode, Make>> makers = {
      {StatusCode::kNotFound, [](std::string message) { return Status::not_found(std::move(message)); }},
      {StatusCode::kCorruption, [](std::string message) { return Status::corruption(kLong, 7, std::move(message)); }},
      {StatusCode::kIoError, [](std::string message) { return Status::io_error(kLong, std::move(message)); }},
      {StatusCode::kNoSpace, [](std::string message) { return Status::no_space(kLong, std::move(message)); }},
      {StatusCode::kInvalidArgument, [](std::string message) { return Status::invalid_argument(std::move(message)); }},
      {StatusCode::kBusy, [](std::string message) { return Status::busy(std::move(message)); }},
      {StatusCode::kReadOnly, [](std::string message) { return Status::read_only(std::move(message)); }},
  };
  for (const auto& [code, make] : makers) {
    std::uint64_t failures = 0;
    for (std::uint64_t n = 1;; ++n) {
      std::string message(kLong);
      test::FailingMemory memory(n, 1);
      const Status status = memory.watch([&, make = make] { return make(std::move(message)); });
      EXPECT_TRUE(status.is(code)) << describe(code);
      EXPECT_EQ(status.message(), memory.failures() > 0 ? "" : kLong);
      EXPECT_EQ(status.offset() == 7, code == StatusCode::kCorruption && memory.failures() == 0);
      memory.heal();
      EXPECT_TRUE(status.to_string().starts_with(describe(code)));
      if (memory.failures() == 0) break;
      ++failures;
    }
    EXPECT_GE(failures, 1U) << describe(code);
  }
}

TEST(Status, IsCopiedMovedAndReturnedWithoutMemory) {
  const Status status = Status::corruption(kLong, 7, std::string(kLong));
  test::FailingMemory memory(1, UINT64_MAX / 2);
  const Result<std::string> result = memory.watch([&]() -> Result<std::string> {
    const Status copy = status;
    const Result<std::string> inner = copy;
    return inner.status();
  });
  const Status bare = memory.watch([] { return Status::no_memory(); });
  const Status absent = memory.watch([] { return Status::not_found(); });
  EXPECT_EQ(memory.failures(), 0U);
  EXPECT_EQ(result.status().message(), kLong);
  EXPECT_TRUE(bare.is(StatusCode::kNoMemory));
  EXPECT_EQ(bare.to_string(), "out of memory");
  EXPECT_TRUE(absent.is(StatusCode::kNotFound));
}

TEST(Status, AbsenceInsideAProtocolIsAnIoErrorWithTheSameMessage) {
  const Status gone = Status::not_found("the file is gone").absence_as_io_error();
  EXPECT_TRUE(gone.is(StatusCode::kIoError));
  EXPECT_EQ(gone.message(), "the file is gone");
  EXPECT_TRUE(Status::no_space("f", "").absence_as_io_error().is(StatusCode::kNoSpace));
  EXPECT_TRUE(Status().absence_as_io_error().ok());
}

TEST(Status, OnlyWithoutSpaceOrMemoryNothingHasChanged) {
  EXPECT_TRUE(Status::no_space("f", "").changed_nothing());
  EXPECT_TRUE(Status::no_memory().changed_nothing());
  EXPECT_FALSE(Status().changed_nothing());
  EXPECT_FALSE(Status::io_error().changed_nothing());
  EXPECT_FALSE(Status::read_only("").changed_nothing());
}

}  // namespace
}  // namespace sediment

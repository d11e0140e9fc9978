// The border of the engine: what is thrown inside becomes a Status.
#include "engine/guarded.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tests/memory/failing_memory.h"
#include "tests/support/store_helpers.h"

namespace sediment {
namespace {

using test::has_code;

TEST(Guarded, ReturnsWhatTheWorkReturns) {
  EXPECT_TRUE(guarded([] { return Status(); }).ok());
  EXPECT_TRUE(has_code(guarded([] { return Status::busy("no"); }), StatusCode::kBusy));
  EXPECT_EQ(*guarded([]() -> Result<int> { return 7; }), 7);
}

TEST(Guarded, ASizeTooLargeForMemoryIsNoMemory) {
  EXPECT_TRUE(has_code(guarded([]() -> Status { throw std::bad_alloc(); }), StatusCode::kNoMemory));
  EXPECT_TRUE(has_code(guarded([]() -> Result<int> { throw std::bad_alloc(); }), StatusCode::kNoMemory));
  EXPECT_TRUE(has_code(guarded([]() -> Status { throw std::length_error("too long"); }), StatusCode::kNoMemory));
}

TEST(Guarded, AnyOtherExceptionIsAnIoErrorWithItsMessage) {
  const Status status = guarded([]() -> Status { throw std::runtime_error("no entropy"); });
  EXPECT_TRUE(has_code(status, StatusCode::kIoError));
  EXPECT_EQ(status.message(), "no entropy");
  EXPECT_TRUE(has_code(guarded([]() -> Status { throw 7; }), StatusCode::kIoError));
}

TEST(Guarded, AChangeThatThrowsIsAnIoErrorBecauseItMayBeHalfDone) {
  EXPECT_TRUE(guarded_change([] { return Status(); }).ok());
  EXPECT_TRUE(has_code(guarded_change([]() -> Status { throw std::bad_alloc(); }), StatusCode::kIoError));
}

TEST(Guarded, NeedsNoMemoryItself) {
  for (const bool change : {false, true}) {
    test::FailingMemory memory(1, UINT64_MAX / 2);
    const auto fail = []() -> Status {
      (void)std::string(1000, 'x');
      return {};
    };
    const Status status = memory.watch([&] { return change ? guarded_change(fail) : guarded(fail); });
    EXPECT_GT(memory.failures(), 0U);
    EXPECT_TRUE(has_code(status, change ? StatusCode::kIoError : StatusCode::kNoMemory));
  }
}

}  // namespace
}  // namespace sediment

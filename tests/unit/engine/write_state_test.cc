// Whether a store may be written: what ends it, what does not, and what is said afterwards.
#include "engine/write_state.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/segment_helpers.h"
#include "tests/support/store_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;

Options watched_by(Observer* observer) {
  Options options;
  options.observer = observer;
  return options;
}

TEST(WriteState, AFailureEndsAllWritingAndTheFirstOneIsKept) {
  test::EventRecorder events;
  WriteState state(watched_by(&events));
  EXPECT_TRUE(is_ok(state.check()));
  EXPECT_FALSE(state.has_failed());

  EXPECT_TRUE(has_code(state.stop(Status::io_error("000001.log", "the first")), StatusCode::kIoError));
  EXPECT_TRUE(has_code(state.stop(Status::io_error("000002.log", "the second")), StatusCode::kIoError));
  EXPECT_TRUE(state.has_failed());
  EXPECT_EQ(state.failure().message(), "the first");
  EXPECT_TRUE(has_code(state.check(), StatusCode::kReadOnly));
  EXPECT_NE(state.check().message().find("the first"), std::string_view::npos) << state.check().message();
  EXPECT_EQ(events.lines(), (std::vector<std::string>{"failed"})) << "told once";
}

TEST(WriteState, WhatIsMissingInTheMiddleOfAProtocolIsAnIoError) {
  WriteState state{Options()};
  EXPECT_TRUE(has_code(state.stop(Status::not_found("000001.log")), StatusCode::kIoError));
  EXPECT_TRUE(has_code(state.failure(), StatusCode::kIoError));
}

TEST(WriteState, AnOutcomeThatChangedNothingStopsNothing) {
  struct Row {
    Status outcome;
    StatusCode answer;
    bool stops;
  };
  const std::vector<Row> rows{
      {Status(), StatusCode::kOk, false},
      {Status::no_space("x", "full"), StatusCode::kNoSpace, false},
      {Status::no_memory(), StatusCode::kNoMemory, false},
      {Status::io_error("x", "broken"), StatusCode::kIoError, true},
      {Status::not_found("x"), StatusCode::kIoError, true},
      {Status::corruption("x", 0, "rot"), StatusCode::kCorruption, true},
  };
  for (const Row& row : rows) {
    WriteState state{Options()};
    EXPECT_TRUE(state.judged(row.outcome).is(row.answer)) << describe(row.outcome.code());
    EXPECT_EQ(state.has_failed(), row.stops) << describe(row.outcome.code());
    EXPECT_EQ(state.check().ok(), !row.stops);
  }
}

TEST(WriteState, AClosedOrReadOnlyStoreHasNotFailed) {
  WriteState closed{Options()};
  closed.close();
  EXPECT_TRUE(has_code(closed.check(), StatusCode::kReadOnly));
  EXPECT_TRUE(is_ok(closed.failure()));

  WriteState read_only{test::read_only()};
  EXPECT_TRUE(has_code(read_only.check(), StatusCode::kReadOnly));
  EXPECT_TRUE(is_ok(read_only.failure()));
  EXPECT_NE(closed.check().message(), read_only.check().message());
}

TEST(WriteState, AProtocolThatAnExceptionEndsStopsTheStore) {
  WriteState state{Options()};
  {
    StopUnlessDone protocol(state);
    protocol.done();
  }
  EXPECT_FALSE(state.has_failed());
  try {
    const StopUnlessDone protocol(state);
    throw std::runtime_error("in the middle");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(has_code(state.failure(), StatusCode::kIoError));
}

}  // namespace
}  // namespace sediment

// The thread that does one piece after the other: when it works, when it sleeps, and how it ends.
#include "engine/background_thread.h"

#include <gtest/gtest.h>

#include "tests/support/patience.h"
#include "tests/support/watched_disk.h"

namespace sediment {
namespace {

// Counts the pieces that a thread does, and says how many there are to do.
class Pieces {
 public:
  bool do_one() {
    const std::lock_guard lock(mutex_);
    ++asked_;
    changed_.notify_all();
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  void add(int n) {
    const std::lock_guard lock(mutex_);
    left_ += n;
  }
  void wait_until_asked(int times) {
    std::unique_lock lock(mutex_);
    test::wait_patiently(changed_, lock, [&] { return asked_ >= times; });
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int left_ = 0;
  int asked_ = 0;
};

TEST(BackgroundThread, DoesAllThereIsAndThenSleepsUntilItIsWoken) {
  Pieces pieces;
  pieces.add(3);
  BackgroundThread thread([&] { return pieces.do_one(); });
  ASSERT_TRUE(thread.start());
  pieces.wait_until_asked(4);
  thread.wait_while([] { return true; });  // until it is no longer busy
  EXPECT_EQ(pieces.asked(), 4) << "three pieces, and the look that found no more";
  pieces.add(1);
  thread.wake();
  pieces.wait_until_asked(6);
  thread.wait_while([] { return true; });
  EXPECT_FALSE(thread.busy());
  EXPECT_EQ(pieces.asked(), 6);
}

TEST(BackgroundThread, AWakeDuringAPieceIsNotLost) {
  test::Gate gate;
  gate.shut();
  std::atomic<int> asked = 0;
  BackgroundThread thread([&] {
    if (++asked == 1) gate.pass();
    return false;  // it saw nothing, before there was something
  });
  ASSERT_TRUE(thread.start());
  gate.wait_for_arrivals(1);
  thread.wake();
  gate.open();
  thread.wait_while([] { return true; });
  EXPECT_EQ(asked, 2);
}

TEST(BackgroundThread, WhoWaitsForItLooksAgainAfterEachPiece) {
  std::atomic<int> done = 0;
  BackgroundThread thread([&] { return ++done < 1'000'000; });
  ASSERT_TRUE(thread.start());
  thread.wait_while([&] { return done < 3; });
  EXPECT_GE(done, 3);
  thread.stop();
  EXPECT_LT(done, 1'000'000) << "it ended after its piece, although there was more to do";
}

TEST(BackgroundThread, StopEndsItAndThoseThatWait) {
  test::Gate gate;
  gate.shut();
  BackgroundThread thread([&] {
    gate.pass();
    return true;
  });
  ASSERT_TRUE(thread.start());
  gate.wait_for_arrivals(1);
  std::thread waiting([&] { thread.wait_while([] { return true; }); });
  std::thread stopping([&] { thread.stop(); });
  waiting.join();  // although the piece has not ended
  EXPECT_TRUE(thread.stopping());
  gate.open();
  stopping.join();
}

// Other threads ask this while one joins the thread, so the answer must not depend on what a join changes.
TEST(BackgroundThread, OneThatWasStartedStaysSo) {
  BackgroundThread thread([] { return false; });
  ASSERT_TRUE(thread.start());
  thread.stop();
  EXPECT_TRUE(thread.started());
}

TEST(BackgroundThread, OneThatWasNeverStartedCanBeStopped) {
  BackgroundThread thread([] { return true; });
  EXPECT_FALSE(thread.started());
  thread.stop();
  EXPECT_TRUE(thread.stopping());
}

}  // namespace
}  // namespace sediment

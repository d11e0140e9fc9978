// For tests with threads: a wait that ends even if the condition never holds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace sediment::test {

/// Waits until the condition holds. After a minute it gives up and ends the whole program: stuck threads can neither be
/// joined nor abandoned, and a test that hangs says nothing.
template <typename Condition>
void wait_patiently(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Condition condition) {
  if (changed.wait_for(lock, std::chrono::minutes(1), condition)) return;
  (void)std::fputs("this test gave up after waiting a minute for another thread\n", stderr);
  std::abort();
}

}  // namespace sediment::test

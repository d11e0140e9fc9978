// Memory that runs out on demand: operator new and delete, replaced for the whole program.
//
//   FailingMemory memory(7, 1000);                     // from the 7th allocation on, a thousand fail
//   auto status = memory.watch([&] { return store->put("a", "1"); });
//   EXPECT_GT(memory.failures(), 0);
//
// While a FailingMemory lives, the allocations of every thread count, except those of a thread that is exempt: a test
// (outside watch()), and the inside of a disk that must not itself fail.
#pragma once

#include <cstdint>

namespace sediment::test {

/// While one of these lives, this thread's allocations succeed and are not counted.
class Exempt {
 public:
  Exempt();
  ~Exempt();
  Exempt(const Exempt&) = delete;
  Exempt& operator=(const Exempt&) = delete;

 private:
  bool before_;
};

/// The opposite, inside an Exempt.
class NotExempt {
 public:
  NotExempt();
  ~NotExempt();
  NotExempt(const NotExempt&) = delete;
  NotExempt& operator=(const NotExempt&) = delete;

 private:
  bool before_;
};

/// Only one at a time. The thread that creates it is exempt for as long as it lives, except inside watch().
class FailingMemory {
 public:
  /// The `first`-th allocation fails (1: the next one), and so do those that follow it, `burst` in all.
  FailingMemory(std::uint64_t first, std::uint64_t burst);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// Returns what `call` returns. If it throws, the program ends: no exception may leave the engine.
  template <typename Call>
  auto watch(Call&& call) noexcept {
    const NotExempt counted;
    return call();
  }
  /// Restarts the count.
  void plan(std::uint64_t first, std::uint64_t burst);
  /// From now on nothing fails.
  void heal();
  /// How many allocations have failed.
  std::uint64_t failures() const;

 private:
  Exempt exempt_;
};

}  // namespace sediment::test

// Memory that runs out when a test says so: operator new and delete, replaced for the whole program.
//
//   FailingMemory memory(7, 1000);                     // from the 7th allocation on, a thousand fail
//   auto status = memory.watch([&] { return store->put("a", "1"); });
//   EXPECT_GT(memory.failures(), 0);
//
// Every thread's allocations count while a FailingMemory lives, but not those of a thread that is exempt: a test is
// (outside of watch()), and so is the inside of a disk that must not be what fails.
#pragma once

#include <cstdint>

namespace sediment::test {

/// This thread's allocations succeed and are not counted as long as one of these lives.
class Exempt {
 public:
  Exempt();
  ~Exempt();
  Exempt(const Exempt&) = delete;
  Exempt& operator=(const Exempt&) = delete;

 private:
  bool before_;
};

/// The opposite, inside of an Exempt.
class NotExempt {
 public:
  NotExempt();
  ~NotExempt();
  NotExempt(const NotExempt&) = delete;
  NotExempt& operator=(const NotExempt&) = delete;

 private:
  bool before_;
};

/// One at a time. The thread that makes it is exempt as long as it lives, except inside of watch().
class FailingMemory {
 public:
  /// The `first`-th allocation fails (1: the next one), and those that follow it, `burst` in all.
  FailingMemory(std::uint64_t first, std::uint64_t burst);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// What `call` returns. If it throws, the program ends: no exception leaves the engine.
  template <typename Call>
  auto watch(Call&& call) noexcept {
    const NotExempt counted;
    return call();
  }
  /// Begins to count anew.
  void plan(std::uint64_t first, std::uint64_t burst);
  /// From here on nothing fails.
  void heal();
  /// How many allocations have failed.
  std::uint64_t failures() const;

 private:
  Exempt exempt_;
};

}  // namespace sediment::test

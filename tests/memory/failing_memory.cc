#include "tests/memory/failing_memory.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace sediment::test {

namespace {

std::atomic<bool> planned = false;
std::atomic<std::uint64_t> counted = 0;
std::atomic<std::uint64_t> first_to_fail = 0;
std::atomic<std::uint64_t> end_of_failures = 0;
std::atomic<std::uint64_t> failed = 0;
thread_local bool exempt = false;

bool must_fail() noexcept {
  if (!planned.load(std::memory_order_relaxed) || exempt) return false;
  const std::uint64_t number = counted.fetch_add(1) + 1;
  if (number < first_to_fail.load() || number >= end_of_failures.load()) return false;
  failed.fetch_add(1);
  return true;
}

void* allocate(std::size_t size) noexcept { return must_fail() ? nullptr : std::malloc(size == 0 ? 1 : size); }

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  const auto multiple = static_cast<std::size_t>(alignment);
  if (must_fail()) return nullptr;
  return std::aligned_alloc(multiple, (size + multiple - 1) / multiple * multiple);
}

void* checked(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

Exempt::Exempt() : before_(exempt) { exempt = true; }
Exempt::~Exempt() { exempt = before_; }
NotExempt::NotExempt() : before_(exempt) { exempt = false; }
NotExempt::~NotExempt() { exempt = before_; }

FailingMemory::FailingMemory(std::uint64_t first, std::uint64_t burst) { plan(first, burst); }
FailingMemory::~FailingMemory() { heal(); }
void FailingMemory::plan(std::uint64_t first, std::uint64_t burst) {
  counted = 0;
  failed = 0;
  first_to_fail = first;
  end_of_failures = first + burst;
  planned = true;
}
void FailingMemory::heal() { planned = false; }
std::uint64_t FailingMemory::failures() const { return failed; }

}  // namespace sediment::test

// Every form of operator new and delete, so that all allocations are counted.
using sediment::test::allocate;
using sediment::test::checked;

void* operator new(std::size_t size) { return checked(allocate(size)); }
void* operator new[](std::size_t size) { return checked(allocate(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) { return checked(allocate(size, alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return checked(allocate(size, alignment)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, alignment);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { std::free(memory); }

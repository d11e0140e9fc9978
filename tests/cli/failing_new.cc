// A library to load before a program (LD_PRELOAD): it makes some of the program's allocations fail.
//
//   SEDIMENT_FAIL_NEW=N     the N-th one fails (1: the first)
//   SEDIMENT_FAIL_BURST=K   K in a row fail, starting with that one (default: 1)
//   SEDIMENT_FAIL_FILE=F    F is created when the first one fails
//
// It counts allocations from the moment that the program calls signal(), one of the first things that `sediment` does:
// before main() nothing could report a failure. Only operator new fails, because that is what throws.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<bool> counting = false;
std::atomic<unsigned long> allocations = 0;

unsigned long number_in(const char* variable, unsigned long otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

bool fails_now() {
  if (!counting.load()) return false;
  static const unsigned long first = number_in("SEDIMENT_FAIL_NEW", 0);
  static const unsigned long burst = number_in("SEDIMENT_FAIL_BURST", 1);
  const unsigned long number = ++allocations;
  if (first == 0 || number < first || number - first >= burst) return false;
  if (number == first) {
    const char* file = std::getenv("SEDIMENT_FAIL_FILE");
    if (file != nullptr) ::close(::open(file, O_CREAT | O_WRONLY, 0644));
  }
  return true;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) sighandler_t signal(int sig, sighandler_t handler) noexcept {
  counting = true;
  struct sigaction action {};
  action.sa_handler = handler;
  struct sigaction before {};
  return ::sigaction(sig, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

void* operator new(std::size_t size) {
  void* memory = fails_now() ? nullptr : std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t& /*ignored*/) noexcept {
  return fails_now() ? nullptr : std::malloc(size > 0 ? size : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

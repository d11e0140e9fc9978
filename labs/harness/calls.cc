#include "labs/harness/calls.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "engine/event.h"
#include "labs/harness/connection.h"
#include "labs/wire/marked.h"
#include "labs/wire/store_messages.h"

// Of the sanitizers, which know the lines. Missing where none is linked. (The names of all three are reserved.)
__attribute__((weak)) void symbolize(void* pc, const char* format, char* out,
                                     std::size_t size) __asm__("__sanitizer_symbolize_pc");
__attribute__((weak)) void symbolize_symbol(void* address, const char* format, char* out,
                                            std::size_t size) __asm__("__sanitizer_symbolize_global");
// What the compiler calls.
void enter(void* function, void* caller) __asm__("__cyg_profile_func_enter");
void leave(void* function, void* caller) __asm__("__cyg_profile_func_exit");

namespace sediment::labs {

namespace {

struct Function {
  std::string name;
  std::string file;
  int line = 0;
  bool marked = false;
};

std::atomic<int> silent = 0;
thread_local int depth = 0;            // of marked functions in each other
thread_local bool looking_up = false;  // the code below may itself be in a function that the compiler has instrumented

Function look_up(void* address) {
  Function function;
  const char* marked = std::getenv(kMarkedFunctions);
  if (marked == nullptr || symbolize == nullptr) return function;
  std::array<char, 1024> text{};
  // It expects a return address, and goes back by up to the size of an instruction.
  symbolize(static_cast<char*>(address) + 4, "%f\n%s\n%l", text.data(), text.size());
  const std::string described = text.data();
  const std::size_t first = described.find('\n');
  const std::size_t second = described.find('\n', first + 1);
  if (second == std::string::npos) return function;
  const std::string path = described.substr(first + 1, second - first - 1);
  function.name = short_function_name(described.substr(0, first));
  if (function.name.find("::") == std::string::npos && symbolize_symbol != nullptr) {
    // Of a function in an anonymous namespace, GCC's debugging information has only the last name. The symbol has all.
    symbolize_symbol(address, "%g", text.data(), text.size());
    const std::string whole = short_function_name(text.data());
    if (whole.ends_with("::" + function.name)) function.name = whole;
  }
  function.file = path.substr(path.rfind('/') + 1);
  function.line = std::atoi(described.c_str() + second + 1);  // NOLINT(cert-err34-c): 0 is no line
  function.marked = std::string(marked).find("," + function.name + ",") != std::string::npos;
  return function;
}

const Function& function_at(void* address) {
  static std::mutex mutex;
  static std::map<void*, Function> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(address);
  return found != known.end() ? found->second : known.emplace(address, look_up(address)).first->second;
}

void function_begins(void* address) {
  const Function& function = function_at(address);
  if (!function.marked || depth++ > 0 || silent > 0) return;
  Event event{.kind = EventKind::kCalled, .size = 1, .why = function.name};
  event.source_file = function.file.c_str();
  event.source_line = function.line;
  send(FrameKind::kEvent, bytes_of(event));
}

void function_ends(void* address) {
  if (function_at(address).marked) --depth;
}

void unless_looking_up(void (*then)(void*), void* address) {
  if (looking_up) return;
  looking_up = true;
  then(address);
  looking_up = false;
}

}  // namespace

void prepare_to_tell_calls() { (void)look_up(reinterpret_cast<void*>(&prepare_to_tell_calls)); }

SilentCalls::SilentCalls() { ++silent; }
SilentCalls::~SilentCalls() { --silent; }

}  // namespace sediment::labs

void enter(void* function, void*) { sediment::labs::unless_looking_up(sediment::labs::function_begins, function); }
void leave(void* function, void*) { sediment::labs::unless_looking_up(sediment::labs::function_ends, function); }

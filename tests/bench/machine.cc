#include "tests/bench/machine.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>

namespace sediment::bench {
namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string compiler() {
#ifdef __clang__
  return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

// Empty outside a git tree. "+" when the engine differs from the commit.
std::string commit() {
  const std::string command = fmt::format(
      "cd '{0}' && git rev-parse --short HEAD 2>/dev/null && "
      "{{ git diff --quiet HEAD -- engine || echo +; }}",
      SEDIMENT_SOURCE_DIR);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string output;
  std::array<char, 64> line{};
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
    output += line.data();
    if (output.ends_with('\n')) output.pop_back();
  }
  pclose(pipe);
  return output;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(now));
}

}  // namespace

std::string file_system_of(const std::filesystem::path& directory) {
  struct statfs facts {};
  if (statfs(directory.c_str(), &facts) != 0) return "unknown";
  switch (static_cast<unsigned long>(facts.f_type)) {
    case 0xef53: return "ext4";
    case 0x01021994: return "tmpfs";
    case 0x58465342: return "xfs";
    case 0x9123683e: return "btrfs";
    case 0x794c7630: return "overlayfs";
    case 0x2fc12fc1: return "zfs";
    case 0x6969: return "nfs";
    default: return fmt::format("type {:#x}", static_cast<unsigned long>(facts.f_type));
  }
}

Json describe_machine(const std::filesystem::path& directory) {
  utsname system{};
  uname(&system);
  const auto memory =
      static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return {{"cpu", processor_name()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_bytes", memory},
          {"kernel", system.release},
          {"file_system", file_system_of(directory)},
          {"compiler", compiler()},
          {"date", today()},
          {"commit", commit()}};
}

}  // namespace sediment::bench

#include "sim/base/printable.h"

#include <fmt/format.h>

#include "engine/tools/printable.h"
#include "sim/base/plural.h"

namespace sediment::sim {

bool is_printable(std::string_view bytes) { return tools::printable(bytes) == bytes; }

std::string printable_lines(std::string_view text) {
  std::string safe;
  while (true) {
    const std::size_t end = text.find('\n');
    safe += tools::printable(text.substr(0, end));
    if (end == std::string_view::npos) return safe;
    safe += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string previewed(std::string_view text, std::uint64_t bytes) {
  constexpr std::size_t kLongest = 64;
  constexpr std::size_t kBeginning = 32;
  if (text.size() <= kLongest) return std::string(text);
  return fmt::format("{}… ({} bytes)", tools::start_of(text, kBeginning), grouped(bytes));
}

}  // namespace sediment::sim

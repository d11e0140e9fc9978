// The machine that a measurement was made on.
#pragma once

#include <filesystem>
#include <string>

#include "tests/bench/session.h"

namespace sediment::bench {

Json describe_machine(const std::filesystem::path& directory);
/// "ext4", or the system's number for it.
std::string file_system_of(const std::filesystem::path& directory);

}  // namespace sediment::bench

// Whole files, read and written in one go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sediment::labs {

/// All of a file. Throws std::runtime_error.
std::string read_file(const std::string& path);
/// Without their ends.
std::vector<std::string> lines_of(std::string_view text);
/// Creates or replaces a file. Throws std::runtime_error.
void write_file(const std::string& path, std::string_view contents);
/// Writes a new file beside it and renames that, so that the file is never half written. Throws std::runtime_error.
void replace_file(const std::string& path, std::string_view contents);

}  // namespace sediment::labs

// How a campaign writes: each file is complete under its name, or not there. A worker that is killed, a disk that is full
// and a machine that loses power leave the old file or the new one.
//
//   1  write a temporary file of a name of its own, in the same folder
//   2  fsync it
//   3  rename it                COMMIT
//   4  fsync the folder
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/status.h"

namespace sediment::sim {

/// Takes the next bytes of a file.
using Sink = std::function<Status(std::string_view bytes)>;

/// kNoSpace, kIoError; then nothing is left behind. The folder must exist.
Status write_durably(const std::string& path, std::string_view text);
Status write_durably(const std::string& path, const std::function<Status(const Sink& sink)>& write);
/// Removes the temporary files that killed writers of this path have left. Errors are ignored: it is only tidying up.
void remove_temporary_files(const std::string& path);
/// Makes a folder and those above it.
Status make_folder(const std::string& path);

/// "0123456789abcdef".
std::string hex(std::uint64_t number);

/// The object as text, with a member "checksum" over all others.
std::string sealed(nlohmann::json object);
/// The object in a file that sealed() made. kNotFound, kIoError, kInvalidArgument; the message begins with the path.
Result<nlohmann::json> read_sealed(const std::string& path);

}  // namespace sediment::sim

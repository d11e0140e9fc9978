#include "sim/campaign/files.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/format.h"
#include "engine/posix/posix_disk.h"
#include "sim/base/json_reader.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kTemporary = ".tmp-";

fs::path folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

// Steps 1 and 2.
Status write_temporary(Disk& disk, const std::string& name, const std::function<Status(const Sink&)>& write) {
  Result<std::unique_ptr<File>> file = disk.create(name, 0);
  if (!file.ok()) return file.status();
  if (Status s = write([&](std::string_view bytes) { return (*file)->append({bytes}); }); !s.ok()) return s;
  return (*file)->sync();
}

std::string text_of(const json& object) { return object.dump(1, ' ', true, json::error_handler_t::replace); }

std::string checksum_of(const json& object) {
  const std::string text = text_of(object);
  return hex(checksum64(text, text.size()));
}

}  // namespace

std::string hex(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[(number >> (4 * i)) & 15];
  return text;
}

Status write_durably(const std::string& path, const std::function<Status(const Sink&)>& write) {
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(folder_of(path), false, PosixAccess::kSystemCalls);
  if (!disk.ok()) return disk.status();
  const std::string name = fs::path(path).filename().string();
  // No two writers have the same: they may be on different machines.
  const std::string temporary = name + std::string(kTemporary) + hex((*disk)->random());
  Status status = write_temporary(**disk, temporary, write);   // 1, 2
  if (status.ok()) status = (*disk)->rename(temporary, name);  // 3 COMMIT
  if (status.ok()) return (*disk)->sync_directory();           // 4
  (void)(*disk)->remove(temporary);
  return status;
}

Status write_durably(const std::string& path, std::string_view text) {
  return write_durably(path, [&](const Sink& sink) { return sink(text); });
}

void remove_temporary_files(const std::string& path) {
  const std::string beginning = fs::path(path).filename().string() + std::string(kTemporary);
  std::error_code error;
  for (fs::directory_iterator entry(folder_of(path), error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with(beginning)) fs::remove(entry->path(), ignored);
  }
}

Status make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (fs::is_directory(path)) return {};
  return Status::io_error(path, error ? "the folder cannot be made: " + error.message() : "this is not a folder");
}

std::string sealed(json object) {
  object["checksum"] = checksum_of(object);
  return text_of(object) + "\n";
}

Result<json> read_sealed(const std::string& path) {
  Result<std::string> text = read_text_file(path);
  if (!text.ok()) return text.status();
  Result<json> object = parse_json(*text);
  if (!object.ok()) return Status::invalid_argument(path + ": " + std::string(object.status().message()));
  const auto wrong = [&](const char* why) { return Status::invalid_argument(path + ": " + why); };
  if (!object->is_object() || !object->contains("checksum")) return wrong("this is no file of a campaign");
  const json checksum = (*object)["checksum"];
  object->erase("checksum");
  if (checksum != checksum_of(*object)) return wrong("its checksum does not match: it is damaged, or was edited");
  return object;
}

}  // namespace sediment::sim

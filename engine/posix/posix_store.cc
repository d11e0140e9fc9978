// Store::open for a directory. It is here so that the engine itself includes nothing of this folder; without it (in
// a browser) a store is opened on a Disk.
#include "engine/guarded.h"
#include "engine/posix/posix_disk.h"
#include "engine/store.h"

namespace sediment {

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& directory, Options options) {
  return guarded([&]() -> Result<std::unique_ptr<Store>> {
    const bool create = options.create_if_missing && !options.read_only;
    Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, create);
    if (!disk.ok()) return disk.status();
    return open(std::move(*disk), options);
  });
}

}  // namespace sediment

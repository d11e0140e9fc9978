// A file system for one test, made in a file and mounted, or a tmpfs: to fill it up, or to see how this kind behaves.
// Only root can do that, and only where loop devices are available; elsewhere the test skips and says why:
//
//   const MountedImage image("btrfs", 120 << 20);
//   if (!image.mounted()) GTEST_SKIP() << image.reason();
#pragma once

#include <sys/mount.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/temporary_directory.h"

namespace sediment::test {

class MountedImage {
 public:
  /// `kind` as for mkfs and mount: btrfs (at least 109 MiB), xfs (at least 300 MiB), ext4, tmpfs. The image is sparse.
  /// `mkfs_options` and `mount_options` as in a shell: "-m reflink=0", "noatime".
  MountedImage(const std::string& kind, std::uint64_t size_bytes, const std::string& mkfs_options = "",
               const std::string& mount_options = "")
      : directory_(place_for(size_bytes)) {
    std::filesystem::create_directory(path());
    if (::geteuid() != 0) {
      reason_ = "only root can mount a file system";
      return;
    }
    const std::string options = mount_options.empty() ? "" : "," + mount_options;
    if (kind == "tmpfs") {
      mounted_ = run("mount -t tmpfs -o size=" + std::to_string(size_bytes) + options + " tmpfs " + quoted(path()));
      return;
    }
    const std::filesystem::path image = directory_.path() / "image";
    mounted_ = run("truncate -s " + std::to_string(size_bytes) + " " + quoted(image)) &&
               run("mkfs." + kind + " -q " + mkfs_options + " " + quoted(image)) &&
               run("mount -t " + kind + " -o loop" + options + " " + quoted(image) + " " + quoted(path()));
  }
  ~MountedImage() {
    // If a failed test still holds files open, it is busy; it then disappears when they are closed.
    if (mounted_ && ::umount2(path().c_str(), 0) != 0) (void)::umount2(path().c_str(), MNT_DETACH);
  }
  MountedImage(const MountedImage&) = delete;
  MountedImage& operator=(const MountedImage&) = delete;

  bool mounted() const { return mounted_; }
  /// Why it is not mounted.
  const std::string& reason() const { return reason_; }
  /// The root of the file system.
  std::filesystem::path path() const { return directory_.path() / "mounted"; }

 private:
  // In memory, if there is room for all of it: there a sync costs nothing.
  static std::filesystem::path place_for(std::uint64_t size_bytes) {
    std::error_code error;
    const std::filesystem::path memory = TemporaryDirectory::fast();
    const std::filesystem::space_info space = std::filesystem::space(memory, error);
    return !error && space.available > 2 * size_bytes ? memory : std::filesystem::temp_directory_path();
  }
  static std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

  bool run(const std::string& command) {
    // NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): our own command, before any thread starts
    if (std::system(("PATH=$PATH:/usr/sbin:/sbin; " + command + " >/dev/null 2>&1").c_str()) == 0) return true;
    reason_ = "`" + command + "` failed";
    return false;
  }

  TemporaryDirectory directory_;
  bool mounted_ = false;
  std::string reason_;
};

}  // namespace sediment::test

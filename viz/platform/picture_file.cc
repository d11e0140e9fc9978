#include <stb/stb_image_write.h>

#include <fstream>
#include <string>

#include "viz/platform/software_renderer.h"

namespace sediment::viz {

Status SoftwareRenderer::write_png(const std::string& path) const {
  // Into memory first: the library does not notice a disk that is full.
  std::string png;
  const auto take = [](void* context, void* data, int size) {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  const bool made = stbi_write_png_to_func(take, &png, width_, height_, 4, pixels_.data(), width_ * 4) != 0;
  std::ofstream file(path, std::ios::binary);
  file << png;
  file.close();
  if (!made || !file) return Status::io_error(path, "the picture cannot be written");
  return {};
}

}  // namespace sediment::viz

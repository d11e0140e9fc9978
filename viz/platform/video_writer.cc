#include "viz/platform/video_writer.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace sediment::viz {

// The factors of BT.709, times 65536: the contributions of red, green and blue to the brightness, and to the blue and
// the red difference.
void convert_to_yuv420(const SoftwareRenderer& picture, int width, int height, std::vector<unsigned char>& planes) {
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  planes.resize(pixels * 3 / 2);
  unsigned char* brightness = planes.data();
  unsigned char* blue_difference = brightness + pixels;
  unsigned char* red_difference = blue_difference + pixels / 4;
  for (int y = 0; y < height; y += 2) {
    const std::uint32_t* rows[2];
    rows[0] = picture.pixels().data() + static_cast<std::ptrdiff_t>(y) * picture.width();
    rows[1] = rows[0] + picture.width();
    for (int x = 0; x < width; x += 2) {
      int red = 0, green = 0, blue = 0;  // of four pixels
      for (int row = 0; row < 2; ++row) {
        for (int column = x; column < x + 2; ++column) {
          const std::uint32_t pixel = rows[row][column];
          const auto r = static_cast<int>(pixel & 0xFF);
          const auto g = static_cast<int>((pixel >> 8) & 0xFF);
          const auto b = static_cast<int>((pixel >> 16) & 0xFF);
          red += r;
          green += g;
          blue += b;
          brightness[row * width + column] =
              static_cast<unsigned char>((11966 * r + 40254 * g + 4064 * b + (16 << 16) + 32768) >> 16);
        }
      }
      constexpr int kMiddle = (128 << 18) + (1 << 17);
      *blue_difference++ = static_cast<unsigned char>((-6596 * red - 22189 * green + 28784 * blue + kMiddle) >> 18);
      *red_difference++ = static_cast<unsigned char>((28784 * red - 26145 * green - 2639 * blue + kMiddle) >> 18);
    }
    brightness += 2 * static_cast<std::ptrdiff_t>(width);
  }
}

VideoWriter::VideoWriter(sim::ChildProcess ffmpeg, std::string path, int width, int height)
    : ffmpeg_(std::move(ffmpeg)), path_(std::move(path)), width_(width), height_(height) {}

Result<VideoWriter> VideoWriter::open(const std::string& path, int width, int height, int pictures_per_second) {
  width -= width % 2;
  height -= height % 2;
  // clang-format off: options stay with their values
  Result<sim::ChildProcess> ffmpeg =
      sim::ChildProcess::start({"ffmpeg",
                                "-loglevel",
                                "error",
                                "-y",
                                "-f",
                                "rawvideo",
                                "-pixel_format",
                                "yuv420p",
                                "-video_size",
                                fmt::format("{}x{}", width, height),
                                "-framerate",
                                std::to_string(pictures_per_second),
                                "-color_range",
                                "tv",
                                "-colorspace",
                                "bt709",
                                "-color_primaries",
                                "bt709",
                                "-color_trc",
                                "bt709",
                                "-i",
                                "-",
                                "-c:v",
                                "libx264",
                                "-crf",
                                "20",
                                "-movflags",
                                "+faststart",  // a browser can start before it has the whole file
                                "-f",
                                "mp4",
                                path});
  // clang-format on
  if (!ffmpeg.ok()) {
    return Status::io_error("ffmpeg", fmt::format("ffmpeg makes the video, and {}. Install the package ffmpeg, or make "
                                                  "pictures with --frames",
                                                  ffmpeg.status().message()));
  }
  return VideoWriter(std::move(*ffmpeg), path, width, height);
}

void VideoWriter::add(const SoftwareRenderer& picture) {
  convert_to_yuv420(picture, width_, height_, planes_);
  ffmpeg_.feed(std::string_view(reinterpret_cast<const char*>(planes_.data()), planes_.size()));
}

Status VideoWriter::finish() {
  if (ffmpeg_.finish() != 0) return Status::io_error(path_, "ffmpeg could not make the video; its reason is above");
  return {};
}

}  // namespace sediment::viz

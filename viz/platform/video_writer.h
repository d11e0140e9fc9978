// A video file, made from a sequence of pictures by the program ffmpeg.
//
// ffmpeg gets raw pictures through a pipe. They are converted to video colours here: that is less than half of the
// bytes, and the pipe takes the most time.
#pragma once

#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/demo/child_process.h"
#include "viz/platform/software_renderer.h"

namespace sediment::viz {

class VideoWriter {
 public:
  /// Starts an MP4 file, replacing an existing one. Odd sizes lose a row or column: video has colours in pairs.
  /// kIoError: there is no ffmpeg.
  static Result<VideoWriter> open(const std::string& path, int width, int height, int pictures_per_second);

  void add(const SoftwareRenderer& picture);

  /// kIoError: ffmpeg failed, and printed the reason.
  Status finish();

 private:
  VideoWriter(sim::ChildProcess ffmpeg, std::string path, int width, int height);

  sim::ChildProcess ffmpeg_;
  std::string path_;
  int width_;
  int height_;
  std::vector<unsigned char> planes_;  // brightness of all pixels, then the two colour differences of each 2×2
};

/// The picture as YUV 4:2:0 by ITU-R BT.709 in television range (16–235): `width` × `height` from the upper left
/// corner, both even. For VideoWriter and its test.
void convert_to_yuv420(const SoftwareRenderer& picture, int width, int height, std::vector<unsigned char>& planes);

}  // namespace sediment::viz

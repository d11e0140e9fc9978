// The demo's output: on a terminal, colours and a picture that is redrawn; elsewhere, plain lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sediment::sim {

enum class Colour : unsigned char { kPlain, kBold, kGrey, kGreen, kYellow, kRed, kBlue };

/// Standard output. Uses colours and redrawing only on a terminal, and not if NO_COLOR is set.
class Terminal {
 public:
  Terminal();

  bool animated() const { return animated_; }
  /// The text in that colour, or unchanged.
  std::string in(Colour colour, std::string_view text) const;

  /// A numbered heading.
  void heading(std::string_view text);
  /// One sentence.
  void say(std::string_view text);
  /// A line under a sentence.
  void detail(std::string_view text);

  /// A picture of a few lines. When animated, the next picture is drawn over it; after say() the last one stays.
  void draw(const std::vector<std::string>& lines);
  /// Gives a viewer time to look, if there may be one.
  void pause(int milliseconds) const;

 private:
  bool animated_ = false;
  int headings_ = 0;
  std::size_t drawn_lines_ = 0;  // height of the picture that the next one replaces
};

}  // namespace sediment::sim

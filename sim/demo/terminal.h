// What the demo prints on: a terminal with colours and a picture that is redrawn, or plain lines everywhere else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sediment::sim {

enum class Colour : unsigned char { kPlain, kBold, kGrey, kGreen, kYellow, kRed, kBlue };

/// Where standard output goes. Colours and redrawing only on a terminal, and not if the environment has NO_COLOR.
class Terminal {
 public:
  Terminal();

  bool animated() const { return animated_; }
  /// The text in that colour, or as it is.
  std::string in(Colour colour, std::string_view text) const;

  /// A numbered heading.
  void heading(std::string_view text);
  /// One sentence.
  void say(std::string_view text);
  /// A line under a sentence.
  void detail(std::string_view text);

  /// A picture of a few lines. When animated, the next picture is drawn over it; say() leaves the last one standing.
  void draw(const std::vector<std::string>& lines);
  /// Time to look, when somebody may be looking.
  void pause(int milliseconds) const;

 private:
  bool animated_ = false;
  int headings_ = 0;
  std::size_t drawn_lines_ = 0;  // of the picture that the next one replaces
};

}  // namespace sediment::sim

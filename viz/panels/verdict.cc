// The verdict: at the step that fails, in letters for the back of the room, what should have happened and what did.
#include <algorithm>

#include "viz/draw/named_items.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kPadding = 14;

struct Verdict {
  std::string expected;
  std::string got;  // empty if the sentence does not tell it apart
  std::string hint;
};

// The beginning of a long text, without splitting a letter.
std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 400;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// "expected "1", but the key is missing": the two halves, each on a line of its own.
Verdict verdict_of(const View& view) {
  const std::string outcome = shortened(view.now.outcome());
  Verdict verdict{outcome, {}, view.session.hint().empty() ? "" : "Hint: " + shortened(view.session.hint())};
  for (const std::string_view between : {", but ", "; your", "; there is "}) {
    const std::size_t at = outcome.find(between);
    if (at == std::string::npos) continue;
    verdict.expected = outcome.substr(0, at);
    verdict.got = outcome.substr(at + 2);
    break;
  }
  return verdict;
}

class VerdictCard {
 public:
  VerdictCard(const Canvas& canvas, const View& view, const Area& stage)
      : canvas_(canvas), verdict_(verdict_of(view)), width_(stage.width - 2 * kPadding - 6) {
    // Large letters, unless the texts are too long for them.
    const Fonts& fonts = canvas.fonts();
    const float room = stage.height * 0.35F;
    font_ = height_of(verdict_.expected, fonts.title) + height_of(verdict_.got, fonts.title) < room ? fonts.title
                                                                                                    : fonts.text;
    const float needed = height_of(verdict_.expected, font_) + height_of(verdict_.got, font_) +
                         height_of(verdict_.hint, fonts.text) + 2 * kPadding - kGap;
    const float height = std::min(needed, stage.height * 0.6F);
    area_ = {stage.x, stage.bottom() - height, stage.width, height};
  }

  const Area& area() const { return area_; }

  void draw() {
    canvas_.fill(area_, mixed(colours().panel, colours().bad, 0.16F), 8);
    canvas_.outline(area_, colours().bad, 8, 2);
    named_items().mark("verdict", canvas_.pixels({area_.x, area_.y}), canvas_.pixels({area_.right(), area_.bottom()}));
    canvas_.push_clip(area_);
    y_ = area_.y + kPadding;
    say(verdict_.expected, colours().text, font_);
    say(verdict_.got, colours().bad, font_);
    say(verdict_.hint, mixed(colours().text_muted, colours().text, 0.6F), canvas_.fonts().text);
    canvas_.pop_clip();
  }

 private:
  static constexpr float kGap = 5;

  float height_of(const std::string& text, ImFont* font) const {
    return text.empty() ? 0.0F : canvas_.height_wrapped(width_, text, font) + kGap;
  }
  void say(const std::string& text, ImU32 colour, ImFont* font) {
    if (text.empty()) return;
    y_ += canvas_.text_wrapped({area_.x + kPadding + 3, y_}, width_, text, colour, font) + kGap;
  }

  const Canvas& canvas_;
  const Verdict verdict_;
  const float width_;
  ImFont* font_ = nullptr;
  Area area_;
  float y_ = 0;
};

}  // namespace

bool has_verdict(const View& view) {
  return !view.session.component().name.empty() && !view.now.outcome().empty() && !view.now.outcome_ok();
}

Area draw_verdict(const Canvas& canvas, const View& view, const Area& stage) {
  if (!has_verdict(view)) return stage;
  VerdictCard card(canvas, view, stage);
  card.draw();
  return {stage.x, stage.y, stage.width, card.area().y - stage.y - 8};
}

}  // namespace sediment::viz

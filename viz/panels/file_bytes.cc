// The bytes of a file whose contents this program cannot read, in hexadecimal and letters: which are durable, which are in
// the cache only, and where the disk still has an old one.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "viz/draw/named_items.h"
#include "viz/panels/file_lane.h"
#include "viz/panels/view.h"

namespace sediment::viz {

using State = ByteSpan::State;

namespace {

constexpr float kRow = 18;
constexpr float kByte = 20;
constexpr float kOffset = 44;
constexpr float kLetter = 8;
constexpr float kTitle = 38;
constexpr float kLegend = 18;

class FileBytes {
 public:
  FileBytes(const Panel& panel, const FilePlace& place)
      : panel_(panel),
        canvas_(panel.canvas),
        area_(panel.area),
        state_(panel.view.now.disk().file(place.file)),
        file_(file_of(panel.view.now.disk(), place.file)),
        bytes_(state_.cached) {
    for (const std::uint64_t columns : {32U, 16U, 8U, 4U}) {
      columns_ = columns;
      if (width_of(columns) <= area_.width) break;
    }
    cursor_ = std::min<std::uint64_t>(place.offset, bytes_.empty() ? 0 : bytes_.size() - 1);
    const float room = area_.height - kTitle - kLegend;
    const auto rows = static_cast<std::uint64_t>(std::max(1.0F, room / kRow));
    const std::uint64_t last_row = bytes_.empty() ? 0 : (bytes_.size() - 1) / columns_;
    const std::uint64_t most = last_row >= rows ? last_row - rows + 1 : 0;
    const std::uint64_t before = std::min<std::uint64_t>(cursor_ / columns_, rows / 3);
    begin_ = std::min(most, cursor_ / columns_ - before) * columns_;
    end_ = std::min<std::uint64_t>(begin_ + rows * columns_, bytes_.size());
  }

  void draw() {
    const Fonts& fonts = canvas_.fonts();
    canvas_.text_within({area_.x, area_.y}, area_.width, shown_name(file_.label()), colours().text, fonts.mono);
    const bool fits = canvas_.width_of(told_sizes(file_), fonts.small) <= area_.width;
    canvas_.text_within({area_.x, area_.y + 18}, area_.width, fits ? told_sizes(file_) : told_sizes_briefly(file_),
                        colours().text_muted, fonts.small);
    for (std::uint64_t offset = begin_; offset < end_; ++offset) draw_byte_at(offset);
    const bool chosen = !panel_.view.selection.file.empty();
    const std::string legend = bytes_.empty() ? std::string("it has no bytes")
                               : chosen       ? fmt::format("byte {}: {}", cursor_, told_state(cursor_))
                                              : std::string(told_lines());
    canvas_.text_within({area_.x, area_.bottom() - kLegend + 2}, area_.width, legend,
                        chosen ? colours().text : colours().text_muted, fonts.small);
    take_click();
    move();
  }

 private:
  static float width_of(std::uint64_t columns) {
    return kOffset + static_cast<float>(columns) * (kByte + kLetter) + 10;
  }
  Area byte_box(std::uint64_t offset) const {
    const auto column = static_cast<float>((offset - begin_) % columns_);
    const std::uint64_t row = (offset - begin_) / columns_;
    return {area_.x + kOffset + column * kByte, area_.y + kTitle + static_cast<float>(row) * kRow, kByte, kRow - 1};
  }

  const char* told_lines() const {
    if (file_.count(State::kReplaced) > 0) return "two lines: the disk has an old byte";
    return file_.cached() > 0 ? "underlined: in the cache only" : "";
  }

  std::string told_state(std::uint64_t offset) const {
    switch (file_.state_of(offset)) {
      case State::kDurable: return "durable";
      case State::kCached: return "in the cache only";
      case State::kReplaced:
        return fmt::format("{:02x} in the cache, {:02x} on the disk", static_cast<unsigned char>(bytes_[offset]),
                           static_cast<unsigned char>(state_.durable[offset]));
      case State::kOnDisk: return "on the disk only";
    }
    return {};
  }

  void draw_byte_at(std::uint64_t offset) const {
    ImFont* const font = canvas_.fonts().mono_small;
    const Area box = byte_box(offset);
    if (offset % columns_ == 0) {
      canvas_.text({area_.x, box.y + 2}, fmt::format("{:5}", offset), colours().text_muted, font);
    }
    const auto byte = static_cast<unsigned char>(bytes_[offset]);
    const Area letter{
        area_.x + kOffset + static_cast<float>(columns_) * kByte + 10 + static_cast<float>(offset % columns_) * kLetter,
        box.y, kLetter, box.height};
    const State state = file_.state_of(offset);
    const bool durable = state == State::kDurable;
    const ImU32 fill = durable ? mixed(colours().panel, colours().accent, byte == 0 ? 0.1F : 0.22F)
                               : mixed(colours().panel, colours().warning, 0.12F);
    canvas_.fill({box.x, box.y, box.width - 1, box.height}, fill, 2);
    const ImU32 colour = byte == 0 ? colours().text_muted : colours().text;
    canvas_.text_centred(box, fmt::format("{:02x}", byte), colour, font);
    const char print = std::isprint(byte) != 0 ? static_cast<char>(byte) : '.';
    canvas_.text({letter.x + 1, letter.y + 2}, std::string_view(&print, 1), colour, font);
    for (float line = 1; !durable && line <= (state == State::kReplaced ? 3 : 1); line += 2) {
      canvas_.line({box.x + 2, box.bottom() - line}, {box.right() - 3, box.bottom() - line}, colours().warning, 1);
    }
    if (offset == cursor_ && !panel_.view.selection.file.empty()) {
      canvas_.outline({box.x, box.y, box.width - 1, box.height}, colours().text, 3, 2);
    }
  }

  void take_click() const {
    const Area dump{area_.x + kOffset, area_.y + kTitle, kByte * static_cast<float>(columns_),
                    std::max(1.0F, area_.height - kTitle - kLegend)};
    ImGui::SetCursorScreenPos(canvas_.pixels({dump.x, dump.y}));
    ImGui::InvisibleButton("##filebytes", canvas_.pixels({dump.width, dump.height}));
    named_items().mark_last("file.bytes");
    if (!ImGui::IsItemActive() || file_.name.empty()) return;
    const Point mouse = canvas_.mouse();
    for (std::uint64_t offset = begin_; offset < end_; ++offset) {
      if (byte_box(offset).contains(mouse)) panel_.commands.emplace_back(SelectFile{file_.name, offset});
    }
  }

  // ↑ and ↓ go from byte to byte, a page from row to row.
  void move() const {
    if (panel_.move == 0 || bytes_.empty() || file_.name.empty()) return;
    const auto row = static_cast<std::int64_t>(columns_);
    const std::int64_t step = panel_.move == 1 || panel_.move == -1 ? panel_.move : panel_.move / 10 * row;
    const auto last = static_cast<std::int64_t>(bytes_.size()) - 1;
    const auto next = std::clamp<std::int64_t>(static_cast<std::int64_t>(cursor_) + step, 0, last);
    panel_.commands.emplace_back(SelectFile{file_.name, static_cast<std::uint64_t>(next)});
  }

  const Panel& panel_;
  const Canvas& canvas_;
  const Area area_;
  const sim::FileState& state_;
  const FileView file_;
  const std::string& bytes_;  // as a process reads them
  std::uint64_t columns_ = 16;
  std::uint64_t cursor_ = 0;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace

void draw_file_bytes(const Panel& panel) {
  const std::optional<FilePlace> place = panel.view.file_place();
  if (!place) {
    panel.canvas.text_wrapped(
        {panel.area.x, panel.area.y}, panel.area.width,
        "There is no file yet. This panel shows the bytes of the file that was written last, or of "
        "the one that you click.",
        colours().text_muted, panel.canvas.fonts().small);
    return;
  }
  FileBytes(panel, *place).draw();
}

}  // namespace sediment::viz

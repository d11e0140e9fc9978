// The bytes: part of a segment's file in hexadecimal and letters, with the fields of the record boxed and decoded. A
// bit of the chosen byte can be flipped, to see what would notice.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/model/record_fields.h"
#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kBytesPerRow = 16;
constexpr float kRow = 18;
constexpr float kByte = 21;
constexpr float kOffset = 46;
constexpr float kLetters = kOffset + kByte * kBytesPerRow + 12;
constexpr float kLetter = 8;
constexpr float kFields = kLetters + kLetter * kBytesPerRow + 22;

class Bytes {
 public:
  Bytes(const Panel& panel, const Place& place)
      : panel_(panel),
        canvas_(panel.canvas),
        area_(panel.area),
        place_(place),
        file_(panel.view.now.disk().file(place.segment->file)),
        bytes_(file_.cached) {
    const RecordView* record = place.record();
    const bool in_header = place.offset < kSegmentHeaderSize && place.segment->has_header;
    if (record != nullptr && !in_header) fields_ = fields_of(bytes_, *place.segment, *record).fields;
    if (in_header) fields_ = fields_of_file_header(bytes_).fields;
    cursor_ = std::min<std::uint64_t>(place.offset, bytes_.empty() ? 0 : bytes_.size() - 1);
    const auto rows = static_cast<std::uint64_t>(std::max(1.0F, area_.height / kRow));
    const std::uint64_t top = fields_.empty() ? cursor_ : fields_.front().begin;
    const std::uint64_t first_row = top / kBytesPerRow;
    const std::uint64_t cursor_row = cursor_ / kBytesPerRow;
    begin_ = std::max(first_row, cursor_row >= rows ? cursor_row - rows + 1 : 0) * kBytesPerRow;
    if (cursor_row < first_row) begin_ = cursor_row * kBytesPerRow;
    end_ = std::min<std::uint64_t>(begin_ + rows * kBytesPerRow, bytes_.size());
  }

  void draw() {
    draw_dump();
    draw_fields();
    take_click();
    if (panel_.move != 0) {
      const auto last = static_cast<std::int64_t>(bytes_.size()) - 1;
      const std::int64_t step = panel_.move == 1 || panel_.move == -1 ? panel_.move : panel_.move / 10 * 16;
      const std::int64_t next = std::clamp<std::int64_t>(static_cast<std::int64_t>(cursor_) + step, 0, last);
      panel_.commands.emplace_back(Select{place_.segment->number, static_cast<std::uint64_t>(next)});
    }
  }

 private:
  const RecordField* field_of(std::uint64_t offset) const {
    for (const RecordField& field : fields_) {
      if (offset >= field.begin && offset < field.end) return &field;
    }
    return nullptr;
  }
  Area byte_box(std::uint64_t offset) const {
    const auto column = static_cast<float>((offset - begin_) % kBytesPerRow);
    const std::uint64_t whole_rows = (offset - begin_) / kBytesPerRow;
    return {area_.x + kOffset + column * kByte, area_.y + static_cast<float>(whole_rows) * kRow, kByte, kRow - 1};
  }

  void draw_dump() {
    const std::uint64_t durable = panel_.view.now.durable_end(*place_.segment);
    for (std::uint64_t offset = begin_; offset < end_; ++offset) {
      const Area box = byte_box(offset);
      if (offset % kBytesPerRow == 0) {
        canvas_.text({area_.x, box.y + 2}, fmt::format("{:5}", offset), colours().text_muted,
                     canvas_.fonts().mono_small);
      }
      const auto byte = static_cast<unsigned char>(bytes_[offset]);
      const RecordField* field = field_of(offset);
      const Area letter{area_.x + kLetters + static_cast<float>(offset % kBytesPerRow) * kLetter, box.y, kLetter,
                        box.height};
      ImU32 colour = byte == 0 ? faded(colours().text_muted, 0.7F) : colours().text;
      if (field != nullptr) {
        const ImU32 fill = field_fill(static_cast<std::size_t>(field - fields_.data()));
        canvas_.fill(box, fill);
        canvas_.fill(letter, fill);
        colour = colours().text;
      }
      if (offset == cursor_) canvas_.outline(box, colours().text, 3, 2);
      if (offset >= durable) {  // in the cache only
        canvas_.line({box.x + 2, box.bottom() - 1}, {box.right() - 2, box.bottom() - 1}, colours().warning, 1);
      }
      canvas_.text_centred(box, fmt::format("{:02x}", byte), colour, canvas_.fonts().mono_small);
      const char print = std::isprint(byte) != 0 ? static_cast<char>(byte) : '.';
      canvas_.text({letter.x + 1, letter.y + 2}, std::string_view(&print, 1), colour, canvas_.fonts().mono_small);
    }
  }

  void draw_fields() {
    const Fonts& fonts = canvas_.fonts();
    const float x = area_.x + kFields;
    const float width = area_.right() - x;
    if (width < 120) return;
    const RecordView* record = place_.record();
    std::string title = fmt::format("{}, byte {}", segment_file_name(place_.segment->number), cursor_);
    canvas_.text_within({x, area_.y}, width, title, colours().text, fonts.mono);
    const RecordField* field = field_of(cursor_);
    const std::string what = field != nullptr
                                 ? fmt::format("{}: {}", field->name, field->value.empty() ? "zeros" : field->value)
                             : record == nullptr ? std::string("space that is reserved, or nothing yet")
                             : record->corrupt   ? std::string("bytes that are not what was written")
                                                 : std::string("bytes that do not verify");
    const ImU32 colour =
        field == nullptr ? colours().text_muted
                         : mixed(field_colour(static_cast<std::size_t>(field - fields_.data())), colours().text, 0.45F);
    canvas_.text_within({x, area_.y + 18}, width, what, colour, fonts.strong);
    if (record != nullptr) {
      const std::string verdict = record->valid()   ? "recomputed: both checksums match"
                                  : record->corrupt ? "corrupt: " + record->why
                                                    : "torn: " + std::string(describe(record->verdict));
      canvas_.text_within({x, area_.y + 37}, width, verdict,
                          record->valid()   ? colours().good
                          : record->corrupt ? colours().damage
                                            : colours().bad,
                          fonts.small);
    }
    draw_bits({x, area_.y + 56});
    draw_deed({x + 8 * 22 + 6, area_.y + 56});
    const std::optional<BitRot>& rot = panel_.view.rot;
    const bool here = rot && rot->file == segment_file_name(place_.segment->number) && rot->offset == cursor_;
    canvas_.text_wrapped({x, area_.y + 84}, width,
                         here ? fmt::format("bit {} flipped: {}", rot->bit, rot->what)
                              : std::string("Click a bit, or press Enter, to flip it and see which check notices."),
                         !here          ? colours().text_muted
                         : rot->wrong   ? colours().bad
                         : rot->noticed ? colours().damage
                                        : colours().text_muted,
                         fonts.small);
  }

  void draw_bits(Point at) {
    if (bytes_.empty()) return;
    const auto byte = static_cast<unsigned char>(bytes_[cursor_]);
    const std::string file = segment_file_name(place_.segment->number);
    const std::optional<BitRot>& rot = panel_.view.rot;
    const bool here = rot && rot->file == file && rot->offset == cursor_;
    for (unsigned i = 0; i < 8; ++i) {
      const unsigned bit = 7 - i;
      const Area box{at.x + static_cast<float>(i) * 22, at.y, 20, 20};
      const bool flipped = here && rot->bit == bit;
      canvas_.fill(box, colours().raised, 4);
      canvas_.outline(box, flipped ? colours().bad : colours().outline_strong, 4, flipped ? 2.0F : 1.0F);
      const bool set = ((byte >> bit) & 1U) != (flipped ? 1U : 0U);
      canvas_.text_centred(box, set ? "1" : "0", flipped ? colours().bad : colours().text, canvas_.fonts().mono);
      ImGui::SetCursorScreenPos(canvas_.pixels({box.x, box.y}));
      if (ImGui::InvisibleButton(fmt::format("##bit{}", bit).c_str(), canvas_.pixels({box.width, box.height}))) {
        panel_.commands.emplace_back(FlipBit{file, cursor_, bit});
      }
      named_items().mark_last(fmt::format("bit.{}", bit));
      if (ImGui::IsItemHovered()) show_tip("flip this bit: what would notice?");
    }
    if (panel_.act) panel_.commands.emplace_back(FlipBit{file, cursor_, here ? (rot->bit + 1) % 8 : 0});
  }

  // Beside the bits: what can be done to the disk at this byte. A tear in the unsynced part, or the flipped bit.
  void draw_deed(Point at) {
    const std::string file = segment_file_name(place_.segment->number);
    const std::optional<BitRot>& rot = panel_.view.rot;
    const bool flipped = rot && rot->file == file && rot->offset == cursor_;
    const bool torn = std::any_of(file_.unsynced.begin(), file_.unsynced.end(), [&](const auto& change) {
      return cursor_ > change.offset && cursor_ < change.offset + change.bytes.size();
    });
    if ((!flipped && !torn) || panel_.view.session.is_recorded()) return;
    const char* label = flipped ? "Crash with it" : "Tear here";
    ImGui::SetCursorScreenPos(canvas_.pixels({at.x, at.y - 3}));
    const float width = canvas_.width_of(label, canvas_.fonts().text) + 16;
    if (ImGui::Button(label, canvas_.pixels({width, 26}))) {
      const std::string offset = std::to_string(cursor_);
      panel_.commands.emplace_back(Perform{flipped
                                               ? sim::Step{"crash", "bit-rot", file, offset, std::to_string(rot->bit)}
                                               : sim::Step{"crash", "torn-byte", file, offset}});
    }
    named_items().mark_last(flipped ? "bytes.rot" : "bytes.tear");
    if (ImGui::IsItemHovered()) {
      show_tip(flipped ? "the store crashes, and finds this bit flipped when it opens again"
                       : "a power cut here: of the write that is not durable, what stands before this byte");
    }
  }

  void take_click() {
    const Area dump{area_.x + kOffset, area_.y, kByte * kBytesPerRow, area_.height};
    ImGui::SetCursorScreenPos(canvas_.pixels({dump.x, dump.y}));
    ImGui::InvisibleButton("##bytes", canvas_.pixels({dump.width, dump.height}));
    named_items().mark_last("bytes.dump");
    if (!ImGui::IsItemActive()) return;  // a click, or a drag along the bytes
    const Point mouse = canvas_.mouse();
    for (std::uint64_t offset = begin_; offset < end_; ++offset) {
      if (byte_box(offset).contains(mouse)) panel_.commands.emplace_back(Select{place_.segment->number, offset});
    }
  }

  const Panel& panel_;
  const Canvas& canvas_;
  const Area area_;
  const Place place_;
  const sim::FileState& file_;
  const std::string& bytes_;
  std::vector<RecordField> fields_;
  std::uint64_t cursor_ = 0;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace

void draw_bytes(const Panel& panel) {
  if (panel.view.text_log() != nullptr) return draw_text_log(panel.canvas, panel.view, panel.area);
  const bool is_file = !panel.view.selection.segment && !panel.view.selection.file.empty();
  if (is_file || panel.view.session.format() != StoreFormat::kSediment) return draw_file_bytes(panel);
  const Place place = panel.view.place();
  if (place.segment == nullptr) {
    panel.canvas.text_wrapped({panel.area.x, panel.area.y}, panel.area.width,
                              "There is no file yet. This panel follows the store and shows the bytes of the current "
                              "record. Click a record to see its bytes.",
                              colours().text_muted, panel.canvas.fonts().small);
    return;
  }
  Bytes(panel, place).draw();
}

}  // namespace sediment::viz

// A file as a row of its bytes, each in a cell: what is durable is solid, what is only in the cache has an empty place
// here. Used where this program cannot read what the bytes mean.
#pragma once

#include <string>
#include <string_view>

#include "viz/draw/canvas.h"
#include "viz/model/file_view.h"

namespace sediment::viz {

/// How large a byte is drawn. Without width, the whole file is a band.
struct CellSize {
  float width = 0;
  float height = 0;

  bool is_band() const { return width == 0; }
  bool has_letters() const { return width >= 12; }
};

/// Where the bytes of a file are, in rows from left to right.
class Cells {
 public:
  /// `bytes`: how many there are; of a band, the first `inside.width` shows all of them.
  Cells(const Area& inside, const CellSize& size, std::uint64_t bytes);

  float height() const;
  Area cell(std::uint64_t offset) const;
  /// The byte at this point; none if there is none.
  std::optional<std::uint64_t> offset_at(Point point) const;
  const CellSize& size() const { return size_; }
  const Area& inside() const { return inside_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  Area inside_;
  CellSize size_;
  std::uint64_t bytes_;
  std::uint64_t in_row_;
};

/// A byte on the disk, solid; `amount` of it is there, 0 to 1.
void draw_byte(const Canvas& canvas, const Area& cell, const CellSize& size, char byte, ByteSpan::State state,
               float opacity);
/// The place that a byte in the cache will have.
void draw_place(const Canvas& canvas, const Area& cell, ImU32 colour);
/// A byte in the cache.
void draw_cached_byte(const Canvas& canvas, const Area& cell, const CellSize& size, char byte, float opacity);

/// What the disk has of a file, and the places of what it has not; `visible` is where anything is seen.
void draw_file_cells(const Canvas& canvas, const FileView& file, const sim::FileState& state, const Cells& cells,
                     const Area& visible, float opacity);

/// A file's name for people: bytes that no letter can show are \x and two digits.
std::string shown_name(std::string_view name);

/// "96 bytes, 80 durable": in a few words, how much of it would survive a power cut.
std::string told_sizes(const FileView& file);
/// The same where there is little room.
std::string told_sizes_briefly(const FileView& file);

}  // namespace sediment::viz

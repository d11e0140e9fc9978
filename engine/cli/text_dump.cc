#include <fmt/format.h>

#include <algorithm>

#include "engine/cli/dump_printer.h"
#include "engine/cli/hex_view.h"
#include "engine/log_reader.h"

namespace sediment::cli {

namespace {

constexpr std::size_t kShownBytes = 48;  // of a key or a value

class TextDump final : public DumpPrinter {
 public:
  TextDump(Console& console, bool hex) : console_(console), hex_(hex) {}

  void begin() override {}
  void manifest(std::string_view text, const Status& status) override;
  void begin_log(const DumpedLog& log) override;
  void stretch(const DumpedLog& log, const tools::Stretch& stretch) override;
  void end_log(const Status& status) override;
  void begin_snapshot(const DumpedSnapshot& snapshot) override;
  void slot(std::uint64_t number, Slot slot) override;
  void end_snapshot(const Status& status) override;
  void other_file(const std::string& name, std::uint64_t size_bytes, std::string_view what) override;
  void other_files(const std::vector<std::string>& names) override;
  void end() override {}

 private:
  void print_fields(const File& file, std::uint64_t start, const std::vector<LabelledRun>& fields);

  Console& console_;
  bool hex_;
  std::uint64_t records_ = 0;  // of the current file, with a verified header
  std::uint64_t damaged_ = 0;  // places
};

void TextDump::manifest(std::string_view text, const Status& status) {
  console_.write_line(fmt::format("MANIFEST: {}", status.ok() ? "ok" : "DAMAGED: " + std::string(status.message())));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    console_.write_line("  " + preview(text.substr(0, end), 200));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void TextDump::begin_log(const DumpedLog& log) {
  records_ = 0;
  damaged_ = 0;
  console_.write_line("");
  console_.write_line(fmt::format("{}: {}, {}", log.name, counted(log.size_bytes, "byte"), log.role));
  if (log.has_whole_header()) {
    const char* bytes = log.header_bytes.data();
    console_.write_line(fmt::format("  segment header: magic {}, checksum {:08x}, version {}, nonce {:016x}, number {}",
                                    escape({bytes, 8}), load_u32(bytes + file_field::kChecksum),
                                    load_u32(bytes + file_field::kVersion), load_u64(bytes + file_field::kNonce),
                                    load_u64(bytes + file_field::kNumber)));
  }
  console_.write_line("  segment header: " +
                      (log.header_status.ok() ? "ok" : "BAD: " + std::string(log.header_status.message())));
  if (!log.nonce_source.empty()) console_.write_line("  records are verified with " + log.nonce_source);
  if (hex_ && log.has_whole_header()) print_fields(*log.file, 0, fields_of_segment_header());
  console_.write_line(fmt::format("  {:>10}  {:<9}  {:>9}  {:>5}  {:>10}  {:>12}  {:<6}  {:<4}  {}", "offset", "type",
                                  "bytes", "key", "value", "durable_upto", "header", "body", "key = value"));
}

void TextDump::stretch(const DumpedLog& log, const tools::Stretch& stretch) {
  if (stretch.blank()) {
    console_.write_line(fmt::format("  {:>10}  blank: {}", stretch.offset, counted(stretch.size_bytes, "byte")));
    return;
  }
  if (!stretch.valid()) ++damaged_;
  if (stretch.header) {
    ++records_;
    const RecordHeader& header = *stretch.header;
    const bool put = header.type == RecordType::kPut;
    const std::string_view body = stretch.valid() ? "ok" : stretch.verdict == RecordVerdict::kBodyCut ? "cut" : "BAD";
    const std::string value = put ? " = " + preview(stretch.value, kShownBytes) : "";
    console_.write_line(fmt::format("  {:>10}  {:<9}  {:>9}  {:>5}  {:>10}  {:>12}  {:<6}  {:<4}  {}{}", stretch.offset,
                                    put ? "put" : "tombstone", header.size_bytes(), header.key_size, header.value_size,
                                    header.durable_upto, "ok", body, preview(stretch.key, kShownBytes), value));
  }
  if (!stretch.valid()) {
    console_.write_line(fmt::format("  {:>10}  DAMAGE: {}: {}{}", stretch.offset, counted(stretch.size_bytes, "byte"),
                                    describe(stretch.verdict), stretch.header ? "" : " (header BAD, body unknown)"));
  }
  if (hex_) print_fields(*log.file, stretch.offset, fields_of(stretch));
}

void TextDump::print_fields(const File& file, std::uint64_t start, const std::vector<LabelledRun>& fields) {
  constexpr std::size_t kLineSize = 16;
  constexpr std::uint64_t kPieceSize = std::uint64_t{64} * 1024;  // whole lines
  std::uint64_t end = start;
  for (const LabelledRun& field : fields) end += field.size_bytes;
  std::string scratch;
  for (std::uint64_t offset = start; offset < end && !console_.output_ended();) {
    Result<std::string_view> bytes = read_fully(file, offset, std::min(kPieceSize, end - offset), &scratch);
    if (!bytes.ok()) return console_.note(bytes.status().to_string());
    if (bytes->empty()) return;
    for (std::size_t at = 0; at < bytes->size(); at += kLineSize) {
      console_.write_line("    " + hex_line(bytes->substr(at, kLineSize), offset + at, start, fields));
    }
    offset += bytes->size();
  }
}

void TextDump::end_log(const Status& status) {
  if (!status.ok()) console_.write_line("  the rest cannot be read: " + status.to_string());
  console_.write_line(fmt::format("  {}, {}", counted(records_, "record"),
                                  damaged_ == 0 ? "no damage" : counted(damaged_, "damaged place")));
}

void TextDump::begin_snapshot(const DumpedSnapshot& snapshot) {
  records_ = 0;
  console_.write_line("");
  console_.write_line(
      fmt::format("{}: {}, the snapshot of an index", snapshot.name, counted(snapshot.size_bytes, "byte")));
  if (snapshot.has_whole_header()) {
    const char* bytes = snapshot.header_bytes.data();
    console_.write_line(fmt::format(
        "  snapshot header: magic {}, checksum {:08x}, version {}, nonce {:016x}, number {}, log bytes {}, records {}, "
        "slots {}, slots' checksum {:016x}",
        escape({bytes, 8}), load_u32(bytes + file_field::kChecksum), load_u32(bytes + file_field::kVersion),
        load_u64(bytes + file_field::kNonce), load_u64(bytes + file_field::kNumber),
        load_u64(bytes + snapshot_field::kLogBytes), load_u64(bytes + snapshot_field::kRecords),
        load_u64(bytes + snapshot_field::kSlots), load_u64(bytes + snapshot_field::kSlotsChecksum)));
  }
  console_.write_line(
      "  snapshot: " +
      (snapshot.status.ok() ? "ok" : "BAD, so an open reads the log: " + std::string(snapshot.status.message())));
  if (hex_ && snapshot.has_whole_header()) print_fields(*snapshot.file, 0, fields_of_snapshot_header());
  console_.write_line(fmt::format("  {:>10}  {:<8}  {:>12}", "slot", "tag", "offset"));
}

void TextDump::slot(std::uint64_t number, Slot slot) {
  ++records_;
  console_.write_line(fmt::format("  {:>10}  {:08x}  {:>12}", number, slot.tag, slot.offset()));
}

void TextDump::end_snapshot(const Status& status) {
  if (!status.ok()) console_.write_line("  the rest cannot be read: " + status.to_string());
  console_.write_line(fmt::format("  {} in use", counted(records_, "slot")));
}

void TextDump::other_file(const std::string& name, std::uint64_t size_bytes, std::string_view what) {
  console_.write_line(fmt::format("{}: {}: {}", name, counted(size_bytes, "byte"), what));
}

void TextDump::other_files(const std::vector<std::string>& names) {
  if (names.empty()) return;
  console_.write_line("");
  console_.write_line("Files that the MANIFEST does not name:");
  for (const std::string& name : names) console_.write_line("  " + name);
}

}  // namespace

std::unique_ptr<DumpPrinter> make_text_dump(Console& console, bool hex) {
  return std::make_unique<TextDump>(console, hex);
}

}  // namespace sediment::cli

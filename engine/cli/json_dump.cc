#include <fmt/format.h>

#include "engine/cli/dump_printer.h"
#include "engine/cli/hex_view.h"
#include "engine/log_reader.h"

namespace sediment::cli {

namespace {

constexpr std::size_t kShownBytes = 256;  // of a value

class JsonDump final : public DumpPrinter {
 public:
  JsonDump(Console& console, bool hex) : console_(console), hex_(hex) {}

  void begin() override { console_.write("{"); }
  void manifest(std::string_view text, const Status& status) override;
  void begin_log(const DumpedLog& log) override;
  void stretch(const DumpedLog& log, const tools::Stretch& stretch) override;
  void end_log(const Status& status) override;
  void begin_snapshot(const DumpedSnapshot& snapshot) override;
  void slot(std::uint64_t number, Slot slot) override;
  void end_snapshot(const Status& status) override;
  void other_file(const std::string& name, std::uint64_t size_bytes, std::string_view what) override;
  void other_files(const std::vector<std::string>& names) override;
  void end() override { console_.write_line("}"); }

 private:
  void begin_file();
  // "," before every member but the first.
  void separate(bool* first) {
    if (!*first) console_.write(",");
    *first = false;
  }

  Console& console_;
  bool hex_;
  bool first_member_ = true;
  bool first_file_ = true;
  bool first_stretch_ = true;
};

// The fields with their bytes. A field of a record that has become shorter meanwhile has fewer bytes.
Json json_of_fields(const File& file, std::uint64_t offset, const std::vector<LabelledRun>& runs) {
  Json fields = Json::array();
  std::string scratch;
  for (const LabelledRun& run : runs) {
    Result<std::string_view> bytes = read_fully(file, offset, run.size_bytes, &scratch);
    fields.push_back({{"field", run.label}, {"offset", offset}, {"hex", bytes.ok() ? hex_of(*bytes) : std::string()}});
    offset += run.size_bytes;
  }
  return fields;
}

Json json_of_error(const Status& status) {
  Json error{{"code", json_name_of(status.code())}, {"message", status.message()}};
  if (status.offset() != Status::kNoOffset) error["offset"] = status.offset();
  return error;
}

void JsonDump::manifest(std::string_view text, const Status& status) {
  Json object{{"ok", status.ok()}, {"text", json_of_bytes(text)}};
  if (!status.ok()) object["error"] = json_of_error(status);
  separate(&first_member_);
  console_.write("\"manifest\":" + to_text(object));
}

void JsonDump::begin_log(const DumpedLog& log) {
  Json header{{"ok", log.header_status.ok()}};
  if (!log.header_status.ok()) header["error"] = json_of_error(log.header_status);
  if (log.has_whole_header()) {
    const char* bytes = log.header_bytes.data();
    header["magic"] = json_of_bytes({bytes, 8});
    header["checksum"] = load_u32(bytes + file_field::kChecksum);
    header["version"] = load_u32(bytes + file_field::kVersion);
    // As in the MANIFEST; JSON is exact to 2^53.
    header["nonce"] = fmt::format("{:016x}", load_u64(bytes + file_field::kNonce));
    header["number"] = load_u64(bytes + file_field::kNumber);
    if (hex_) header["fields"] = json_of_fields(*log.file, 0, fields_of_segment_header());
  }
  if (!log.nonce_source.empty()) header["records_verified_with"] = log.nonce_source;
  begin_file();
  std::string opened =
      to_text({{"file", log.name}, {"role", log.role}, {"size_bytes", log.size_bytes}, {"header", header}});
  opened.pop_back();  // the object continues
  console_.write(opened + ",\"entries\":[");
  first_stretch_ = true;
}

void JsonDump::begin_file() {
  separate(&first_member_);
  if (first_file_) console_.write("\"files\":[");
  first_file_ = false;
}

void JsonDump::stretch(const DumpedLog& log, const tools::Stretch& stretch) {
  Json entry{{"kind", stretch.blank()  ? "blank"
                      : stretch.header ? "record"
                                       : "damage"},
             {"offset", stretch.offset},
             {"size_bytes", stretch.size_bytes}};
  if (!stretch.valid() && !stretch.blank()) entry["damage"] = describe(stretch.verdict);
  if (stretch.header) {
    const RecordHeader& header = *stretch.header;
    entry["type"] = header.type == RecordType::kPut ? "put" : "tombstone";
    entry["key_size"] = header.key_size;
    entry["value_size"] = header.value_size;
    entry["durable_upto"] = header.durable_upto;
    entry["header"] = "ok";
    entry["body"] = stretch.valid() ? "ok" : stretch.verdict == RecordVerdict::kBodyCut ? "cut" : "bad";
    entry["key"] = json_of_bytes(stretch.key);
    entry["value_start"] = json_of_bytes(start_of(stretch.value, kShownBytes));
  } else if (!stretch.blank()) {
    entry["header"] = stretch.verdict == RecordVerdict::kHeaderCut ? "cut" : "bad";
  }
  if (hex_ && !stretch.blank()) entry["fields"] = json_of_fields(*log.file, stretch.offset, fields_of(stretch));
  separate(&first_stretch_);
  console_.write(to_text(entry));
}

void JsonDump::end_log(const Status& status) {
  console_.write("]");
  if (!status.ok()) console_.write(",\"error\":" + to_text(json_of_error(status)));
  console_.write("}");
}

void JsonDump::begin_snapshot(const DumpedSnapshot& snapshot) {
  Json header{{"ok", snapshot.status.ok()}};
  if (!snapshot.status.ok()) header["error"] = json_of_error(snapshot.status);
  if (snapshot.has_whole_header()) {
    const char* bytes = snapshot.header_bytes.data();
    header["magic"] = json_of_bytes({bytes, 8});
    header["checksum"] = load_u32(bytes + file_field::kChecksum);
    header["version"] = load_u32(bytes + file_field::kVersion);
    header["nonce"] = fmt::format("{:016x}", load_u64(bytes + file_field::kNonce));
    header["number"] = load_u64(bytes + file_field::kNumber);
    header["log_bytes"] = load_u64(bytes + snapshot_field::kLogBytes);
    header["records"] = load_u64(bytes + snapshot_field::kRecords);
    header["slots"] = load_u64(bytes + snapshot_field::kSlots);
    header["slots_checksum"] = fmt::format("{:016x}", load_u64(bytes + snapshot_field::kSlotsChecksum));
    if (hex_) header["fields"] = json_of_fields(*snapshot.file, 0, fields_of_snapshot_header());
  }
  begin_file();
  std::string opened = to_text({{"file", json_of_bytes(snapshot.name)},
                                {"role", "snapshot"},
                                {"size_bytes", snapshot.size_bytes},
                                {"header", header}});
  opened.pop_back();  // the object continues
  console_.write(opened + ",\"slots\":[");
  first_stretch_ = true;
}

void JsonDump::slot(std::uint64_t number, Slot slot) {
  separate(&first_stretch_);
  console_.write(to_text({{"slot", number}, {"tag", fmt::format("{:08x}", slot.tag)}, {"offset", slot.offset()}}));
}

void JsonDump::end_snapshot(const Status& status) { end_log(status); }

void JsonDump::other_file(const std::string& name, std::uint64_t size_bytes, std::string_view what) {
  begin_file();
  console_.write(to_text({{"file", json_of_bytes(name)}, {"role", what}, {"size_bytes", size_bytes}}));
}

void JsonDump::other_files(const std::vector<std::string>& names) {
  if (first_file_) {
    separate(&first_member_);
    console_.write("\"files\":[");
  }
  console_.write("],");
  console_.write("\"unnamed\":" + to_text(names));
}

}  // namespace

std::unique_ptr<DumpPrinter> make_json_dump(Console& console, bool hex) {
  return std::make_unique<JsonDump>(console, hex);
}

}  // namespace sediment::cli

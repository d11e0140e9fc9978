#include "engine/cli/hex_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/format.h"

namespace sediment::cli {

namespace {

constexpr std::size_t kBytesPerLine = 16;

// Cuts or leaves out the last fields of something that is shorter than its format says.
std::vector<LabelledRun> fit(std::vector<LabelledRun> fields, std::uint64_t size_bytes, std::string_view rest_label) {
  std::uint64_t left = size_bytes;
  for (LabelledRun& field : fields) {
    field.size_bytes = std::min(field.size_bytes, left);
    left -= field.size_bytes;
  }
  fields.push_back({rest_label, left});
  fields.erase(
      std::remove_if(fields.begin(), fields.end(), [](const LabelledRun& field) { return field.size_bytes == 0; }),
      fields.end());
  return fields;
}

}  // namespace

std::vector<LabelledRun> fields_of_segment_header() {
  return {{"magic", 8}, {"checksum", 4}, {"version", 4}, {"nonce", 8}, {"number", 8}};
}

std::vector<LabelledRun> fields_of_snapshot_header() {
  std::vector<LabelledRun> fields = fields_of_segment_header();
  fields.insert(fields.end(), {{"log bytes", 8}, {"records", 8}, {"slots", 8}, {"slots' checksum", 8}});
  return fields;
}

std::vector<LabelledRun> fields_of(const tools::Stretch& stretch) {
  std::vector<LabelledRun> fields{{"header checksum", 4}, {"body checksum", 4}, {"durable_upto", 4}, {"value size", 4},
                                  {"key size", 2},        {"type", 1},          {"zeros", 5}};
  if (stretch.header) {
    fields.push_back({"key", stretch.header->key_size});
    fields.push_back({"value", stretch.header->value_size});
    return fit(std::move(fields), stretch.size_bytes, "padding");
  }
  return fit(std::move(fields), stretch.size_bytes, "damaged");
}

std::string hex_line(std::string_view bytes, std::uint64_t offset, std::uint64_t start,
                     const std::vector<LabelledRun>& fields) {
  bytes = bytes.substr(0, kBytesPerLine);
  std::string hex;
  std::string ascii;
  std::string labels;
  std::uint64_t field_start = start;
  auto field = fields.begin();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint64_t at = offset + i;
    while (field != fields.end() && at >= field_start + field->size_bytes) {
      field_start += field->size_bytes;
      ++field;
    }
    const bool begins = field != fields.end() && at == field_start;
    if (i > 0) hex += begins ? '|' : ' ';
    if (field != fields.end() && (i == 0 || begins)) labels.append(labels.empty() ? "" : ", ").append(field->label);
    const auto code = static_cast<unsigned char>(bytes[i]);
    hex += fmt::format("{:02x}", code);
    ascii += code >= 0x20 && code < 0x7F ? bytes[i] : '.';
  }
  return fmt::format("{:08x}  {:<47}  {:<16}  {}", offset, hex, ascii, labels);
}

}  // namespace sediment::cli

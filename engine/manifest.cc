#include "engine/manifest.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace sediment {

namespace {

constexpr std::string_view kTitle = "sediment-manifest ";
constexpr std::string_view kChecksumWord = "checksum ";

// A sparse file can have any size. A manifest of this size would name millions of segments, more than a process can
// map.
constexpr std::uint64_t kLargestManifest = std::uint64_t{256} << 20;

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value /= 16) text[i] = kDigits[value % 16];
  return text;
}

std::string start_of_line(std::string_view word, const auto& segment) {
  return std::string(word) + std::to_string(value_of(segment.number)) + " nonce=" + hex(segment.nonce);
}

std::string checksum_line(std::string_view body) {
  return std::string(kChecksumWord) + hex(checksum64(body, 0)) + "\n";
}

// The number after the first occurrence of the label in the text; 0 if there is none.
std::uint64_t number_after(std::string_view text, std::string_view label, int base = 10) {
  std::uint64_t number = 0;
  const std::size_t at = text.find(label);
  if (at != std::string_view::npos) {
    std::from_chars(text.data() + at + label.size(), text.data() + text.size(), number, base);
  }
  return number;
}

std::string sealed_line(const Manifest::Sealed& segment) {
  return start_of_line("sealed ", segment) + " bytes=" + std::to_string(segment.size_bytes) +
         " records=" + std::to_string(segment.record_count);
}

Status damaged(std::string message) { return Status::corruption(kManifestName, Status::kNoOffset, std::move(message)); }

// Refuses what this program never writes, even if the checksum is good.
Status check_sense(const Manifest& manifest) {
  if (value_of(manifest.next_number) > kMaxSegmentNumber + 1) {
    return damaged("the next segment number is larger than any that a store may use");
  }
  std::set<SegmentNumber> used;
  const auto add = [&](SegmentNumber number) { return number < manifest.next_number && used.insert(number).second; };
  for (const Manifest::Sealed& segment : manifest.sealed) {
    if (!add(segment.number)) return damaged("segment numbers are not unique and below the next number");
    if (segment.size_bytes < kSegmentHeaderSize || segment.size_bytes % kAlignment != 0 ||
        segment.size_bytes > kMaxSegmentSize) {
      return damaged("segment " + segment_file_name(segment.number) + " has an impossible size");
    }
    const std::uint64_t most_records = (segment.size_bytes - kSegmentHeaderSize) / kRecordHeaderSize;
    if (segment.record_count > most_records) {
      return damaged("segment " + segment_file_name(segment.number) + " cannot hold as many records as it says");
    }
  }
  if (manifest.active && !add(manifest.active->number)) {
    return damaged("the active segment's number is not unique and below the next number");
  }
  return {};
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  std::string text = std::string(kTitle) + std::to_string(kFormatVersion) + "\n";
  text += "next " + std::to_string(value_of(manifest.next_number)) + "\n";
  for (const Manifest::Sealed& segment : manifest.sealed) {
    text += sealed_line(segment) + "\n";
  }
  if (manifest.active) text += start_of_line("active ", *manifest.active) + "\n";
  return text + checksum_line(text);
}

Result<Manifest> parse_manifest(std::string_view text) {
  const std::size_t checksum_at = text.rfind(kChecksumWord);
  if (checksum_at == std::string_view::npos || text.substr(checksum_at) != checksum_line(text.substr(0, checksum_at))) {
    return damaged("its checksum line does not match");
  }

  const std::uint64_t version = number_after(text, kTitle);
  if (version != 0 && version != kFormatVersion) {
    return Status::invalid_argument("MANIFEST has version " + std::to_string(version) + "; this build reads version " +
                                    std::to_string(kFormatVersion));
  }

  // Takes what it understands, in any spelling, because the comparison at the end is strict.
  Manifest manifest;
  for (std::string_view rest = text.substr(0, checksum_at); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const SegmentNumber number{number_after(line, " ")};
    const std::uint64_t nonce = number_after(line, " nonce=", 16);
    if (line.starts_with("next ")) {
      manifest.next_number = number;
    } else if (line.starts_with("sealed ")) {
      manifest.sealed.push_back({number, nonce, number_after(line, " bytes="), number_after(line, " records=")});
      if (sealed_line(manifest.sealed.back()) != line) break;  // otherwise a hostile text would grow in memory
    } else if (line.starts_with("active ")) {
      manifest.active = Manifest::Active{number, nonce};
    }
  }
  const std::string ours = encode_manifest(manifest);
  if (ours != text) {
    const auto same = std::mismatch(text.begin(), text.end(), ours.begin(), ours.end()).first - text.begin();
    const auto line_number = 1 + std::count(text.begin(), text.begin() + same, '\n');
    return damaged("line " + std::to_string(line_number) + " is not as this program writes it");
  }
  if (Status s = check_sense(manifest); !s.ok()) return s;
  return manifest;
}

Result<Manifest> read_manifest(Disk& disk) {
  Result<std::unique_ptr<File>> file = disk.open(kManifestName);
  if (!file.ok()) return file.status();
  if ((*file)->size() > kLargestManifest) {
    return damaged("it has " + std::to_string((*file)->size()) + " bytes, and no manifest is as long as that");
  }
  std::string scratch;
  Result<std::string_view> text = read_fully(**file, 0, (*file)->size(), &scratch);
  if (!text.ok()) return text.status();
  return parse_manifest(*text);
}

}  // namespace sediment

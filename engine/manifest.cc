#include "engine/manifest.h"

#include <charconv>
#include <set>

namespace sediment {

namespace {

constexpr std::string_view kTitle = "sediment-manifest ";
constexpr std::string_view kChecksumWord = "checksum ";

// A sparse file can be of any size. This one would name millions of segments, more than a process can map.
constexpr std::uint64_t kLargestManifest = std::uint64_t{256} << 20;

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value /= 16) text[i] = kDigits[value % 16];
  return text;
}

// Takes words off the front of a line. Once something is missing, failed() stays true and every value is 0.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : rest_(line) {}

  void expect(std::string_view word) {
    if (!rest_.starts_with(word)) return fail();
    rest_.remove_prefix(word.size());
  }
  std::uint64_t number(int base = 10) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
    if (error != std::errc()) fail();
    if (failed_) return 0;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  bool failed() const { return failed_; }

 private:
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  std::string_view rest_;
  bool failed_ = false;
};

Status damaged(std::string message) { return Status::corruption(kManifestName, Status::kNoOffset, std::move(message)); }

// Things that no writer of ours writes, even with a good checksum.
Status check_sense(const Manifest& manifest) {
  if (value_of(manifest.next_number) > kMaxSegmentNumber + 1) {
    return damaged("the next segment number is larger than any that a store may use");
  }
  std::set<std::uint64_t> numbers;
  const auto add = [&](SegmentNumber number) {
    return number < manifest.next_number && numbers.insert(value_of(number)).second;
  };
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
    text += "sealed " + std::to_string(value_of(segment.number)) + " nonce=" + hex(segment.nonce) +
            " bytes=" + std::to_string(segment.size_bytes) + " records=" + std::to_string(segment.record_count) + "\n";
  }
  if (manifest.active) {
    text +=
        "active " + std::to_string(value_of(manifest.active->number)) + " nonce=" + hex(manifest.active->nonce) + "\n";
  }
  const std::string checksum = hex(checksum64(text, 0));
  return text.append(kChecksumWord).append(checksum).append("\n");
}

Result<Manifest> parse_manifest(std::string_view text) {
  const std::size_t checksum_at = text.rfind(kChecksumWord);
  if (checksum_at == std::string_view::npos ||
      text.substr(checksum_at) != std::string(kChecksumWord) + hex(checksum64(text.substr(0, checksum_at), 0)) + "\n") {
    return damaged("its checksum line does not match");
  }

  Manifest manifest;
  std::string_view rest = text.substr(0, checksum_at);
  for (std::size_t line_number = 1; !rest.empty(); ++line_number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line_text = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    LineParser line(line_text);
    if (line_number == 1) {
      line.expect(kTitle);
      const std::uint64_t version = line.number();
      if (!line.failed() && version != kFormatVersion) {
        return Status::invalid_argument("MANIFEST has version " + std::to_string(version) +
                                        "; this build reads version " + std::to_string(kFormatVersion));
      }
    } else if (line_number == 2) {
      line.expect("next ");
      manifest.next_number = SegmentNumber{line.number()};
    } else if (line_text.starts_with("sealed ")) {
      Manifest::Sealed segment;
      line.expect("sealed ");
      segment.number = SegmentNumber{line.number()};
      line.expect(" nonce=");
      segment.nonce = line.number(16);
      line.expect(" bytes=");
      segment.size_bytes = line.number();
      line.expect(" records=");
      segment.record_count = line.number();
      manifest.sealed.push_back(segment);
    } else {
      Manifest::Active active;
      line.expect("active ");
      active.number = SegmentNumber{line.number()};
      line.expect(" nonce=");
      active.nonce = line.number(16);
      manifest.active = active;
    }
    if (line.failed()) return damaged("line " + std::to_string(line_number) + " cannot be read");
  }
  if (encode_manifest(manifest) != text) return damaged("it is not written as this program writes it");
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

#include "engine/tools/printable.h"

#include "engine/tools/grouped.h"

namespace sediment::tools {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

// U+0080 to U+009F, which some terminals obey.
bool is_c1(std::string_view character) {
  return character.size() == 2 && byte_at(character, 0) == 0xC2 && byte_at(character, 1) < 0xA0;
}

bool is_control(std::string_view character) {
  const unsigned first = byte_at(character, 0);
  return first < 0x20 || first == 0x7F || is_c1(character);
}

void append_hex(std::string* text, char byte) {
  const auto code = static_cast<unsigned char>(byte);
  *text += kHexDigits[code >> 4U];
  *text += kHexDigits[code & 0xFU];
}

std::string escaped(std::string_view bytes, std::string_view backslash) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    const std::string_view character = bytes.substr(0, length == 0 ? 1 : length);
    std::size_t taken = 1;
    if (character == "\t") {
      text += "\\t";
    } else if (character == "\n") {
      text += "\\n";
    } else if (character == "\\") {
      text += backslash;
    } else if (length == 0 || is_control(character)) {
      text += "\\x";
      append_hex(&text, character.front());
    } else {
      text += character;
      taken = length;
    }
    bytes.remove_prefix(taken);
  }
  return text;
}

}  // namespace

std::size_t utf8_length(std::string_view bytes) {
  const auto continues = [&](std::size_t i) { return (byte_at(bytes, i) & 0xC0U) == 0x80U; };
  const unsigned first = byte_at(bytes, 0);
  const unsigned second = byte_at(bytes, 1);
  if (bytes.empty()) return 0;
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return continues(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    const bool overlong = first == 0xE0U && second < 0xA0U;
    const bool surrogate = first == 0xEDU && second >= 0xA0U;
    return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const bool overlong = first == 0xF0U && second < 0x90U;
    const bool too_large = first == 0xF4U && second >= 0x90U;
    return !overlong && !too_large && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string escape(std::string_view bytes) { return escaped(bytes, "\\\\"); }

std::string printable(std::string_view text) { return escaped(text, "\\"); }

std::string_view start_of(std::string_view bytes, std::size_t limit) {
  if (bytes.size() <= limit) return bytes;
  std::size_t end = limit;
  while (end > 0 && limit - end < 3 && (byte_at(bytes, end) & 0xC0U) == 0x80U) --end;
  return bytes.substr(0, end);
}

std::string preview(std::string_view bytes, std::size_t limit) {
  if (bytes.size() <= limit) return escape(bytes);
  return escape(start_of(bytes, limit)) + "... (" + grouped(bytes.size()) + " bytes)";
}

std::string json_for_terminals(std::string json) {
  constexpr std::string_view kRare = "\x7f\xc2";
  if (json.find_first_of(kRare) == std::string::npos) return json;
  std::string text;
  text.reserve(json.size() + 64);
  for (std::size_t at = 0; at < json.size(); ++at) {
    const bool c1 = is_c1(std::string_view(json).substr(at, 2));
    if (!c1 && json[at] != '\x7f') {
      text += json[at];
      continue;
    }
    if (c1) ++at;  // the second byte is the number of the character
    text += "\\u00";
    append_hex(&text, json[at]);
  }
  return text;
}

}  // namespace sediment::tools

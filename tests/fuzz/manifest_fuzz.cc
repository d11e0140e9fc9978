// Any text as a manifest: either it is refused, or it is exactly what we would write.
#include <string>

#include "engine/manifest.h"
#include "tests/fuzz/fuzz_input.h"

namespace sediment {
namespace {

void check_text(const std::string& text) {
  const Result<Manifest> manifest = parse_manifest(text);
  if (!manifest.ok()) {
    fuzz::check(manifest.status().is(StatusCode::kCorruption) || manifest.status().is(StatusCode::kInvalidArgument),
                "a manifest is damaged, of another version, or good");
    return;
  }
  fuzz::check(encode_manifest(*manifest) == text, "what can be read is what we write");
  const Result<Manifest> again = parse_manifest(encode_manifest(*manifest));
  fuzz::check(again.ok() && *again == *manifest, "what we write can be read");
}

// Random text never has the right checksum, so here it gets one.
std::string with_checksum(const std::string& body) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string sum(16, '0');
  std::uint64_t value = checksum64(body, 0);
  for (std::size_t i = sum.size(); i-- > 0; value /= 16) sum[i] = kDigits[value % 16];
  return body + "checksum " + sum + "\n";
}

}  // namespace
}  // namespace sediment

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  sediment::check_text(text);
  sediment::check_text(sediment::with_checksum(text));
  sediment::check_text(sediment::with_checksum("sediment-manifest 1\nnext " + text));
  return 0;
}

#include "viz/draw/fonts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {
namespace {

// Where the files may be: in Debian's packages, in other systems' folders, and in the browser in the file system that
// is embedded in the program.
constexpr std::array kFolders{
#ifdef __EMSCRIPTEN__
    "/fonts",
#else
    "/usr/share/fonts/opentype/inter",
    "/usr/share/fonts/truetype/jetbrains-mono",
    "/usr/share/fonts/inter",
    "/usr/share/fonts/jetbrains-mono",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/OTF",
#endif
};

struct Typeface {
  const char* file;
  const char* debian_package;
  // From the top of the highest letter to the bottom of the lowest one, per unit of size (from the file's "hhea").
  // ImGui wants that height; sizes here, as everywhere else, are those of the em square.
  float line_height;
};

constexpr Typeface kInter{"Inter-Regular.otf", "fonts-inter", 1.21F};
constexpr Typeface kInterSemiBold{"Inter-SemiBold.otf", "fonts-inter", 1.21F};
constexpr Typeface kJetBrainsMono{"JetBrainsMono-Regular.ttf", "fonts-jetbrains-mono", 1.32F};

struct Role {
  ImFont* Fonts::*font;
  const Typeface& typeface;
  float units;
};

constexpr Role kRoles[] = {
    {&Fonts::text, kInter, 14},
    {&Fonts::small, kInter, 12},
    {&Fonts::lead, kInter, 17},
    {&Fonts::strong, kInterSemiBold, 14},
    {&Fonts::title, kInterSemiBold, 21},
    {&Fonts::mono, kJetBrainsMono, 12.5F},
    {&Fonts::mono_small, kJetBrainsMono, 10.5F},
};

// The characters that the application may print, as pairs of first and last. Those that a font lacks are skipped.
constexpr ImWchar kCharacters[] = {
    0x0020, 0x007E, 0x00A0, 0x00FF,                  // Latin
    0x2010, 0x2026,                                  // dashes, quotation marks, bullet, ellipsis
    0x2190, 0x2193,                                  // arrows
    0x2212, 0x2212, 0x2248, 0x2248, 0x2260, 0x2265,  // − ≈ ≠ ≡ ≤ ≥
    0x25A0, 0x25A1, 0x25B2, 0x25C7, 0x25CB, 0x25CF,  // ■ □ ▲ ▶ ▼ ◀ ◆ ◇ ○ ●
    0x2713, 0x2717,                                  // ✓ ✗
    0,
};

std::optional<std::string> find_file(std::string_view name) {
  for (const char* folder : kFolders) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path.string();
  }
  return std::nullopt;
}

}  // namespace

float scale_for(float width, float height) {
  const float fitting = std::clamp(std::min(width / 1280, height / 720), 0.6F, 4.0F);
  return std::round(fitting * 8) / 8;  // in steps, so that resizing the window does not load fonts constantly
}

void load_fonts(Fonts& fonts, float scale, std::string* warning) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
  fonts.scale = scale;
  if (warning != nullptr) warning->clear();

  ImFontConfig config;
  config.GlyphRanges = kCharacters;
  // Each glyph is on whole pixels and never resampled: as sharp as the rasteriser made it, in every renderer.
  config.OversampleH = 1;
  config.OversampleV = 1;
  config.PixelSnapH = true;

  std::vector<std::string_view> missing;
  for (const Role& role : kRoles) {
    const float pixels = std::round(role.units * scale * role.typeface.line_height);
    if (const std::optional<std::string> path = find_file(role.typeface.file)) {
      fonts.*role.font = atlas.AddFontFromFileTTF(path->c_str(), pixels, &config);
    } else {
      ImFontConfig plain;
      plain.SizePixels = std::round(13 * scale);  // the size that ImGui's own font was drawn for
      fonts.*role.font = atlas.AddFontDefault(&plain);
      if (std::find(missing.begin(), missing.end(), role.typeface.debian_package) == missing.end())
        missing.emplace_back(role.typeface.debian_package);
    }
  }
  ImGui::GetIO().FontDefault = fonts.text;
  atlas.Build();
  if (warning != nullptr && !missing.empty()) {
    *warning = "fonts are missing, so letters look plain and some signs are question marks; install";
    for (std::string_view package : missing) warning->append(" ").append(package);
  }
}

}  // namespace sediment::viz

#include "viz/draw/fonts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "viz/draw/characters.h"
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
    {&Fonts::room, kInter, 23},
    {&Fonts::room_title, kInterSemiBold, 27},
    {&Fonts::mono, kJetBrainsMono, 12.5F},
    {&Fonts::mono_small, kJetBrainsMono, 10.5F},
};

// For characters that the fonts above lack, such as Chinese, Japanese and Korean ones: the first of these that is
// there, and at last a font of many alphabets and signs.
struct Substitute {
  const char* path;
  float line_height;  // as above
};
constexpr Substitute kEastAsian[] = {
    {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 1.448F},    // fonts-noto-cjk
    {"/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 1.448F},         // not Debian's place
    {"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 1.172F},            // fonts-wqy-microhei
    {"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 1.309F}  // fonts-droid-fallback
};
constexpr Substitute kManyAlphabets[] = {{"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 1.164F},  // fonts-dejavu
                                         {"/usr/share/fonts/TTF/DejaVuSans.ttf", 1.164F}};

// The fonts above have everything before this.
constexpr ImWchar kFirstForSubstitutes = 0x0530;

// The contents of the first of these files that is there. It stays in memory: each font takes its glyphs from it again.
template <std::size_t kCount>
std::pair<std::string, float>* contents_of_first(const Substitute (&files)[kCount]) {
  static std::map<std::string, std::pair<std::string, float>> contents;
  for (const Substitute& file : files) {
    const auto known = contents.find(file.path);
    if (known != contents.end()) return &known->second;
    std::FILE* stream = std::fopen(file.path, "rb");
    if (stream == nullptr) continue;
    std::string bytes;
    char part[4096];
    while (const std::size_t got = std::fread(part, 1, sizeof part, stream)) bytes.append(part, got);
    std::fclose(stream);
    return &contents.emplace(file.path, std::pair{std::move(bytes), file.line_height}).first->second;
  }
  return nullptr;
}

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

bool fonts_are_due(const Fonts& fonts, float scale) {
  return fonts.text == nullptr || scale != fonts.scale || rare_characters().changed();
}

void load_fonts(Fonts& fonts, float scale, std::string* warning) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
  fonts.scale = scale;
  if (warning != nullptr) warning->clear();

  // ImGui reads these lists as long as the fonts live.
  static std::vector<ImWchar> rare;
  static std::vector<ImWchar> characters;
  rare = rare_characters().take();
  characters.assign(std::begin(kBasicCharacters), std::end(kBasicCharacters));
  characters.insert(characters.end(), rare.begin(), rare.end());
  const bool substituted = rare.size() > 1 && rare[rare.size() - 2] >= kFirstForSubstitutes;

  ImFontConfig config;
  config.GlyphRanges = characters.data();
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
    if (!substituted) continue;
    for (std::pair<std::string, float>* file : {contents_of_first(kEastAsian), contents_of_first(kManyAlphabets)}) {
      if (file == nullptr) continue;
      ImFontConfig merged = config;
      merged.MergeMode = true;
      merged.GlyphRanges = rare.data();
      merged.FontDataOwnedByAtlas = false;
      atlas.AddFontFromMemoryTTF(file->first.data(), static_cast<int>(file->first.size()),
                                 std::round(role.units * scale * file->second), &merged);
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

// The only file that knows the version of Dear ImGui: 1.86 in Debian 12, 1.91 in Debian 13, and the changes up to 1.93.
// (platform/font_texture.h knows the version of its OpenGL backend.)
//
// Everything that differs between versions goes through here: input, fonts, a few drawing calls and the texture of the
// glyphs. All other files include this one instead of <imgui.h>.
#pragma once

#ifndef IMGUI_DEFINE_MATH_OPERATORS
#define IMGUI_DEFINE_MATH_OPERATORS  // ImVec2 + ImVec2; needed before one header or the other, depending on the version
#endif
#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>  // text fields for std::string; must come after the others

#include <cstdint>

namespace sediment::viz {

/// The keys that the application and ImGui's text fields use. The numbers are GLFW's, so that an event of the window
/// system needs no table. Without a window system the same numbers are used.
enum class Key : int {
  kSpace = 32,
  kComma = 44,
  kMinus = 45,
  kPeriod = 46,
  kSlash = 47,
  kDigit0 = 48,
  kDigit1 = 49,
  kDigit2 = 50,
  kDigit3 = 51,
  kDigit4 = 52,
  kDigit5 = 53,
  kEqual = 61,
  kA = 65,
  kB = 66,
  kC = 67,
  kD = 68,
  kF = 70,
  kG = 71,
  kL = 76,
  kM = 77,
  kN = 78,
  kO = 79,
  kP = 80,
  kR = 82,
  kS = 83,
  kT = 84,
  kV = 86,
  kW = 87,
  kX = 88,
  kY = 89,
  kZ = 90,
  kLeftBracket = 91,
  kRightBracket = 93,
  kEscape = 256,
  kEnter = 257,
  kTab = 258,
  kBackspace = 259,
  kInsert = 260,
  kDelete = 261,
  kRight = 262,
  kLeft = 263,
  kDown = 264,
  kUp = 265,
  kPageUp = 266,
  kPageDown = 267,
  kHome = 268,
  kEnd = 269,
  kKeypadEnter = 335,
  kLeftShift = 340,
  kLeftControl = 341,
  kLeftAlt = 342,
  kLeftSuper = 343,
  kRightShift = 344,
  kRightControl = 345,
  kRightAlt = 346,
  kRightSuper = 347,
};

struct KeyName {
  Key key;
  ImGuiKey imgui;
};

#if IMGUI_VERSION_NUM >= 18700
inline constexpr KeyName kKeyNames[] = {
    {Key::kSpace, ImGuiKey_Space},
    {Key::kComma, ImGuiKey_Comma},
    {Key::kMinus, ImGuiKey_Minus},
    {Key::kPeriod, ImGuiKey_Period},
    {Key::kSlash, ImGuiKey_Slash},
    {Key::kDigit0, ImGuiKey_0},
    {Key::kDigit1, ImGuiKey_1},
    {Key::kDigit2, ImGuiKey_2},
    {Key::kDigit3, ImGuiKey_3},
    {Key::kDigit4, ImGuiKey_4},
    {Key::kDigit5, ImGuiKey_5},
    {Key::kEqual, ImGuiKey_Equal},
    {Key::kA, ImGuiKey_A},
    {Key::kB, ImGuiKey_B},
    {Key::kC, ImGuiKey_C},
    {Key::kD, ImGuiKey_D},
    {Key::kF, ImGuiKey_F},
    {Key::kG, ImGuiKey_G},
    {Key::kL, ImGuiKey_L},
    {Key::kM, ImGuiKey_M},
    {Key::kN, ImGuiKey_N},
    {Key::kO, ImGuiKey_O},
    {Key::kP, ImGuiKey_P},
    {Key::kR, ImGuiKey_R},
    {Key::kS, ImGuiKey_S},
    {Key::kT, ImGuiKey_T},
    {Key::kV, ImGuiKey_V},
    {Key::kW, ImGuiKey_W},
    {Key::kX, ImGuiKey_X},
    {Key::kY, ImGuiKey_Y},
    {Key::kZ, ImGuiKey_Z},
    {Key::kLeftBracket, ImGuiKey_LeftBracket},
    {Key::kRightBracket, ImGuiKey_RightBracket},
    {Key::kEscape, ImGuiKey_Escape},
    {Key::kEnter, ImGuiKey_Enter},
    {Key::kTab, ImGuiKey_Tab},
    {Key::kBackspace, ImGuiKey_Backspace},
    {Key::kInsert, ImGuiKey_Insert},
    {Key::kDelete, ImGuiKey_Delete},
    {Key::kRight, ImGuiKey_RightArrow},
    {Key::kLeft, ImGuiKey_LeftArrow},
    {Key::kDown, ImGuiKey_DownArrow},
    {Key::kUp, ImGuiKey_UpArrow},
    {Key::kPageUp, ImGuiKey_PageUp},
    {Key::kPageDown, ImGuiKey_PageDown},
    {Key::kHome, ImGuiKey_Home},
    {Key::kEnd, ImGuiKey_End},
    {Key::kKeypadEnter, ImGuiKey_KeypadEnter},
    {Key::kLeftShift, ImGuiKey_LeftShift},
    {Key::kLeftControl, ImGuiKey_LeftCtrl},
    {Key::kLeftAlt, ImGuiKey_LeftAlt},
    {Key::kLeftSuper, ImGuiKey_LeftSuper},
    {Key::kRightShift, ImGuiKey_RightShift},
    {Key::kRightControl, ImGuiKey_RightCtrl},
    {Key::kRightAlt, ImGuiKey_RightAlt},
    {Key::kRightSuper, ImGuiKey_RightSuper},
};
#else
// 1.86 names only the few keys that its own widgets react to. All others are just numbers to it.
inline constexpr KeyName kKeyNames[] = {
    {Key::kTab, ImGuiKey_Tab},
    {Key::kLeft, ImGuiKey_LeftArrow},
    {Key::kRight, ImGuiKey_RightArrow},
    {Key::kUp, ImGuiKey_UpArrow},
    {Key::kDown, ImGuiKey_DownArrow},
    {Key::kPageUp, ImGuiKey_PageUp},
    {Key::kPageDown, ImGuiKey_PageDown},
    {Key::kHome, ImGuiKey_Home},
    {Key::kEnd, ImGuiKey_End},
    {Key::kInsert, ImGuiKey_Insert},
    {Key::kDelete, ImGuiKey_Delete},
    {Key::kBackspace, ImGuiKey_Backspace},
    {Key::kSpace, ImGuiKey_Space},
    {Key::kEnter, ImGuiKey_Enter},
    {Key::kEscape, ImGuiKey_Escape},
    {Key::kKeypadEnter, ImGuiKey_KeyPadEnter},
    {Key::kA, ImGuiKey_A},
    {Key::kC, ImGuiKey_C},
    {Key::kV, ImGuiKey_V},
    {Key::kX, ImGuiKey_X},
    {Key::kY, ImGuiKey_Y},
    {Key::kZ, ImGuiKey_Z},
};
#endif

// ---- Reading input, inside a frame.

/// True in the frame in which the key went down; with `repeat`, also repeatedly while it is held.
inline bool key_pressed(Key key, bool repeat = false) {
#if IMGUI_VERSION_NUM >= 18700
  for (const KeyName& name : kKeyNames) {
    if (name.key == key) return ImGui::IsKeyPressed(name.imgui, repeat);
  }
  return false;
#else
  return ImGui::IsKeyPressed(static_cast<int>(key), repeat);
#endif
}

/// As it was when the keys of this frame went down: in some versions io.KeyShift is the current state of the keyboard.
inline bool shift_down() {
#if IMGUI_VERSION_NUM >= 18700
  return ImGui::IsKeyDown(ImGuiKey_LeftShift) || ImGui::IsKeyDown(ImGuiKey_RightShift);
#else
  return ImGui::IsKeyDown(static_cast<int>(Key::kLeftShift)) || ImGui::IsKeyDown(static_cast<int>(Key::kRightShift));
#endif
}

/// Likewise.
inline bool control_down() {
#if IMGUI_VERSION_NUM >= 18700
  return ImGui::IsKeyDown(ImGuiKey_LeftCtrl) || ImGui::IsKeyDown(ImGuiKey_RightCtrl);
#else
  return ImGui::IsKeyDown(static_cast<int>(Key::kLeftControl)) ||
         ImGui::IsKeyDown(static_cast<int>(Key::kRightControl));
#endif
}

/// Likewise, with AltGr.
inline bool alt_down() {
#if IMGUI_VERSION_NUM >= 18700
  return ImGui::IsKeyDown(ImGuiKey_LeftAlt) || ImGui::IsKeyDown(ImGuiKey_RightAlt);
#else
  return ImGui::IsKeyDown(static_cast<int>(Key::kLeftAlt)) || ImGui::IsKeyDown(static_cast<int>(Key::kRightAlt));
#endif
}

/// True while a text field receives the keys, so that a letter is a letter and not a command.
inline bool text_is_edited() { return ImGui::GetIO().WantTextInput; }

// ---- Feeding input, before a frame. input_queue.h calls these, at most once a frame for each key and button.

/// Once, after creating the context and starting any platform backend.
inline void prepare_keys() {
#if IMGUI_VERSION_NUM < 18700
  for (const KeyName& name : kKeyNames) ImGui::GetIO().KeyMap[name.imgui] = static_cast<int>(name.key);
#endif
}

inline void feed_mouse_position(ImVec2 position) {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().AddMousePosEvent(position.x, position.y);
#else
  ImGui::GetIO().MousePos = position;
#endif
}

inline void feed_mouse_button(int button, bool down) {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().AddMouseButtonEvent(button, down);
#else
  ImGui::GetIO().MouseDown[button] = down;
#endif
}

inline void feed_wheel(ImVec2 steps) {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().AddMouseWheelEvent(steps.x, steps.y);
#else
  ImGui::GetIO().MouseWheelH += steps.x;
  ImGui::GetIO().MouseWheel += steps.y;
#endif
}

inline void feed_character(unsigned int character) { ImGui::GetIO().AddInputCharacter(character); }

/// `key` may be any of GLFW's codes; codes that nothing uses are ignored.
inline void feed_key(int key, bool down) {
  const auto is = [key](Key left, Key right) {
    return key == static_cast<int>(left) || key == static_cast<int>(right);
  };
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18700
  if (is(Key::kLeftControl, Key::kRightControl)) io.AddKeyEvent(ImGuiMod_Ctrl, down);
  if (is(Key::kLeftShift, Key::kRightShift)) io.AddKeyEvent(ImGuiMod_Shift, down);
  if (is(Key::kLeftAlt, Key::kRightAlt)) io.AddKeyEvent(ImGuiMod_Alt, down);
  if (is(Key::kLeftSuper, Key::kRightSuper)) io.AddKeyEvent(ImGuiMod_Super, down);
  for (const KeyName& name : kKeyNames) {
    if (static_cast<int>(name.key) == key) io.AddKeyEvent(name.imgui, down);
  }
#else
  if (key < 0 || key >= IM_ARRAYSIZE(io.KeysDown)) return;
  io.KeysDown[key] = down;
  if (is(Key::kLeftControl, Key::kRightControl)) io.KeyCtrl = down;
  if (is(Key::kLeftShift, Key::kRightShift)) io.KeyShift = down;
  if (is(Key::kLeftAlt, Key::kRightAlt)) io.KeyAlt = down;
  if (is(Key::kLeftSuper, Key::kRightSuper)) io.KeySuper = down;
#endif
}

// ---- Fonts

/// The height of a line of this font, in pixels.
inline float font_size(const ImFont* font) {
#if IMGUI_VERSION_NUM >= 19198
  return font->LegacySize;
#else
  return font->FontSize;
#endif
}

inline void push_font(ImFont* font) {
#if IMGUI_VERSION_NUM >= 19198
  ImGui::PushFont(font, font->LegacySize);
#else
  ImGui::PushFont(font);
#endif
}

/// Whether the font, or one that was merged into it, has this character.
inline bool has_glyph(const ImFont* font, char32_t character) {
#if IMGUI_VERSION_NUM >= 19198
  return const_cast<ImFont*>(font)->IsGlyphInFont(static_cast<ImWchar>(character));
#else
  return font->FindGlyphNoFallback(static_cast<ImWchar>(character)) != nullptr;
#endif
}

// ---- Drawing. Newer versions swap the last two arguments, and the old order still compiles there.

inline void draw_rectangle(ImDrawList* list, ImVec2 min, ImVec2 max, ImU32 colour, float rounding = 0,
                           float thickness = 1) {
#if IMGUI_VERSION_NUM >= 19280
  list->AddRect(min, max, colour, rounding, thickness);
#else
  list->AddRect(min, max, colour, rounding, 0, thickness);
#endif
}

// ---- Widgets

/// For a line of a list in a dialog: choosing it does not close the dialog.
#if IMGUI_VERSION_NUM >= 19100
inline constexpr ImGuiSelectableFlags kSelectableKeepsPopup = ImGuiSelectableFlags_NoAutoClosePopups;
#else
inline constexpr ImGuiSelectableFlags kSelectableKeepsPopup = ImGuiSelectableFlags_DontClosePopups;
#endif

/// Whether the last widget accepts input. Call this inside BeginDisabled … EndDisabled.
inline bool last_item_enabled() { return (GImGui->CurrentItemFlags & ImGuiItemFlags_Disabled) == 0; }

/// In the callback of a text field, after it has replaced the text: 1.86 would apply its undo steps to the new text, and
/// abort if that is shorter.
inline void forget_undo_steps() {
#if IMGUI_VERSION_NUM < 18700
  auto& undo = GImGui->InputTextState.Stb.undostate;
  undo.undo_point = 0;
  undo.undo_char_point = 0;
  undo.redo_point = STB_TEXTEDIT_UNDOSTATECOUNT;
  undo.redo_char_point = STB_TEXTEDIT_UNDOCHARCOUNT;
#endif
}

// ---- What ImGui collected, for our own renderer.

inline int draw_list_count(const ImDrawData& data) {
#if IMGUI_VERSION_NUM >= 19198
  return data.CmdLists.Size;
#else
  return data.CmdListsCount;
#endif
}

/// Makes this list the only thing to draw, for code that builds lists by hand. `*list` must live as long as `data` is
/// used.
inline void draw_only(ImDrawList** list, ImDrawData* data) {
#if IMGUI_VERSION_NUM >= 18980
  data->CmdLists.resize(0);
  data->CmdLists.push_back(*list);
#else
  data->CmdLists = list;
#endif
#if IMGUI_VERSION_NUM < 19198
  data->CmdListsCount = 1;
#endif
}

/// The picture of all glyphs: how much of each pixel is covered, 0–255. It has no colours.
struct GlyphTexture {
  int width = 0;
  int height = 0;
  int bytes_per_pixel = 1;  // the last byte of a pixel is its coverage
  const std::uint8_t* bytes = nullptr;
};

/// Once, after creating the context, by a renderer that draws without a graphics library.
inline void announce_renderer() {
  ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
#if IMGUI_VERSION_NUM >= 19198
  ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasTextures;
#endif
}

/// The texture as it is for this frame. Up to 1.91 it is complete once built; later versions let it grow.
inline GlyphTexture glyph_texture() {
#if IMGUI_VERSION_NUM >= 19198
  ImTextureData* texture = ImGui::GetIO().Fonts->TexData;
  for (ImTextureData* each : ImGui::GetPlatformIO().Textures) {
    if (each->Status == ImTextureStatus_WantCreate || each->Status == ImTextureStatus_WantUpdates) {
      each->SetTexID(static_cast<ImTextureID>(1));
      each->SetStatus(ImTextureStatus_OK);
    } else if (each->Status == ImTextureStatus_WantDestroy && each->UnusedFrames > 0) {
      each->SetTexID(ImTextureID_Invalid);
      each->SetStatus(ImTextureStatus_Destroyed);
    }
  }
  return {texture->Width, texture->Height, texture->BytesPerPixel,
          static_cast<const std::uint8_t*>(texture->GetPixels())};
#else
  GlyphTexture texture;
  unsigned char* bytes = nullptr;
  ImGui::GetIO().Fonts->GetTexDataAsAlpha8(&bytes, &texture.width, &texture.height, &texture.bytes_per_pixel);
  texture.bytes = bytes;
  return texture;
#endif
}

}  // namespace sediment::viz

// Uploads the glyphs to OpenGL again, after load_fonts (fonts.h) has rebuilt them.
#pragma once

#include "viz/draw/imgui_compat.h"  // before the backend, which includes ImGui directly

#include <backends/imgui_impl_opengl3.h>

namespace sediment::viz {

/// Between two frames, once the backend is initialised.
inline void renew_font_texture() {
#if IMGUI_VERSION_NUM >= 19200
  ImGui_ImplOpenGL3_DestroyDeviceObjects();  // the next frame recreates all of them
#else
  // Only the texture: in 1.86, the backend's buffers, once destroyed, are recreated without their memory, and nothing
  // more is drawn.
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

}  // namespace sediment::viz

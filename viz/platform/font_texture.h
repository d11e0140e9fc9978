// Gives OpenGL the letters anew, after load_fonts (fonts.h) has drawn others.
#pragma once

#include "viz/draw/imgui_compat.h"  // before the backend, which includes ImGui plainly

#include <backends/imgui_impl_opengl3.h>

namespace sediment::viz {

/// Between two frames, when the backend was initialised.
inline void renew_font_texture() {
#if IMGUI_VERSION_NUM >= 19200
  ImGui_ImplOpenGL3_DestroyDeviceObjects();  // the next frame makes all of them again
#else
  // Only the texture: in 1.86 the backend's buffers, once destroyed, come back without their memory, and nothing more is
  // drawn.
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

}  // namespace sediment::viz

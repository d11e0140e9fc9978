# Finds the libraries that the chosen parts need. Everything that is missing is named at once, with its Debian package.

set(missing_libraries "")
macro(note_missing library debian_package)
  string(APPEND missing_libraries "\n  ${library} not found: install ${debian_package}, or run ./dev setup")
endmacro()

find_package(Threads REQUIRED)

# The engine uses xxHash as a header only, so a look at the header is enough.
find_path(XXHASH_INCLUDE_DIR xxhash.h)
if(NOT XXHASH_INCLUDE_DIR)
  note_missing("xxHash" libxxhash-dev)
endif()

find_package(nlohmann_json CONFIG QUIET)
if(NOT nlohmann_json_FOUND)
  note_missing("nlohmann/json" nlohmann-json3-dev)
endif()

find_package(fmt CONFIG QUIET)
if(NOT fmt_FOUND)
  note_missing("{fmt}" libfmt-dev)
endif()

if(SEDIMENT_BUILD_CLI OR SEDIMENT_BUILD_VIZ)
  find_package(CLI11 CONFIG QUIET)
  if(NOT CLI11_FOUND)
    note_missing("CLI11" libcli11-dev)
  endif()
endif()

if(SEDIMENT_BUILD_VIZ)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(IMGUI QUIET IMPORTED_TARGET imgui)
  else()
    note_missing("pkg-config" pkg-config)
  endif()
  if(NOT IMGUI_FOUND)
    note_missing("Dear ImGui" libimgui-dev)
  endif()
  find_package(glfw3 3.3 QUIET)
  if(NOT glfw3_FOUND)
    note_missing("GLFW" libglfw3-dev)
  endif()
  find_package(OpenGL QUIET COMPONENTS OpenGL)
  if(NOT OpenGL_FOUND)
    note_missing("OpenGL" libgl-dev)
  endif()
  find_path(STB_INCLUDE_DIR stb/stb_image_write.h)
  if(NOT STB_INCLUDE_DIR)
    note_missing("stb" libstb-dev)
  endif()
  set(SEDIMENT_IMGUI PkgConfig::IMGUI) # with both backends
endif()

if(SEDIMENT_BUILD_TESTS)
  find_package(GTest CONFIG QUIET)
  if(NOT GTest_FOUND)
    note_missing("GoogleTest" libgtest-dev)
  endif()
  find_package(rapidcheck CONFIG QUIET)
  if(NOT rapidcheck_FOUND)
    note_missing("rapidcheck" librapidcheck-dev)
  endif()
endif()

if(SEDIMENT_LIBCXX_INCLUDE_DIR AND NOT EXISTS "${SEDIMENT_LIBCXX_INCLUDE_DIR}/version")
  string(APPEND missing_libraries
         "\n  no C++ standard library in ${SEDIMENT_LIBCXX_INCLUDE_DIR}: run ./dev build portable, which fetches libc++ 13")
endif()

if(missing_libraries)
  message(FATAL_ERROR "Libraries that Sediment needs are missing.${missing_libraries}")
endif()

# The packaged libfmt.so is built with the compiler's own standard library; with another one {fmt} must come from its headers alone.
if(SEDIMENT_LIBCXX_INCLUDE_DIR)
  set(SEDIMENT_FMT fmt::fmt-header-only)
else()
  set(SEDIMENT_FMT fmt::fmt)
endif()

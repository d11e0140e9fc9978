# The libraries for the browser's compiler (Debian's emscripten), which has a C++ standard library and nothing else. Header-only libraries
# come from the system; Dear ImGui is compiled from its source. ./dev web fetches that source and calls this file.
set(SEDIMENT_IMGUI_SOURCE_DIR "" CACHE PATH "The source of Dear ImGui, as unpacked by `apt-get source imgui`")
if(NOT EXISTS ${SEDIMENT_IMGUI_SOURCE_DIR}/imgui.cpp)
  message(FATAL_ERROR "SEDIMENT_IMGUI_SOURCE_DIR must name the source of Dear ImGui; ./dev web fetches it")
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE OFF) # nothing is relocated there, and it would slow down every access

# WebAssembly exceptions everywhere: code that throws and code that is thrown through must agree.
add_compile_options(-fwasm-exceptions)
add_link_options(-fwasm-exceptions)

# Smaller: one thread needs no locks around static variables, and no number is printed with the wider types or in another language. Without
# the separator, fmt would bring in all of the C++ library's locales.
add_compile_options(-fno-threadsafe-statics)
add_compile_definitions(FMT_STATIC_THOUSANDS_SEPARATOR=',' FMT_USE_FLOAT128=0 FMT_USE_LONG_DOUBLE=0)

# Links to these headers only: all of /usr/include would put the system's C library ahead of the compiler's own.
set(header_directory ${PROJECT_BINARY_DIR}/headers)
file(MAKE_DIRECTORY ${header_directory})
foreach(header_and_package IN ITEMS nlohmann:nlohmann-json3-dev fmt:libfmt-dev xxhash.h:libxxhash-dev xxh3.h:libxxhash-dev)
  string(REGEX MATCH "^([^:]*):(.*)$" ignored ${header_and_package})
  if(NOT EXISTS /usr/include/${CMAKE_MATCH_1})
    message(FATAL_ERROR "/usr/include/${CMAKE_MATCH_1} not found: install ${CMAKE_MATCH_2}, or run ./dev setup")
  endif()
  file(CREATE_LINK /usr/include/${CMAKE_MATCH_1} ${header_directory}/${CMAKE_MATCH_1} SYMBOLIC)
endforeach()
set(XXHASH_INCLUDE_DIR ${header_directory})

add_library(Threads::Threads INTERFACE IMPORTED) # one thread, so nothing to link
add_library(nlohmann_json::nlohmann_json INTERFACE IMPORTED)
add_library(fmt::fmt-header-only INTERFACE IMPORTED)
target_compile_definitions(fmt::fmt-header-only INTERFACE FMT_HEADER_ONLY)
foreach(library IN ITEMS nlohmann_json::nlohmann_json fmt::fmt-header-only)
  target_include_directories(${library} SYSTEM INTERFACE ${header_directory})
endforeach()
set(SEDIMENT_FMT fmt::fmt-header-only)

# ImGui has a font in its source, which is never drawn with but would be downloaded.
set(imgui_draw ${PROJECT_BINARY_DIR}/imgui_draw.cpp)
add_custom_command(
  OUTPUT ${imgui_draw}
  COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/without_default_font.py ${SEDIMENT_IMGUI_SOURCE_DIR}/imgui_draw.cpp ${imgui_draw}
  DEPENDS ${SEDIMENT_IMGUI_SOURCE_DIR}/imgui_draw.cpp ${CMAKE_CURRENT_LIST_DIR}/without_default_font.py
  VERBATIM)

add_library(imgui STATIC
  ${SEDIMENT_IMGUI_SOURCE_DIR}/imgui.cpp
  ${imgui_draw}
  ${SEDIMENT_IMGUI_SOURCE_DIR}/imgui_tables.cpp
  ${SEDIMENT_IMGUI_SOURCE_DIR}/imgui_widgets.cpp
  ${SEDIMENT_IMGUI_SOURCE_DIR}/misc/cpp/imgui_stdlib.cpp)
target_include_directories(imgui SYSTEM PUBLIC ${SEDIMENT_IMGUI_SOURCE_DIR} ${SEDIMENT_IMGUI_SOURCE_DIR}/misc/cpp)
target_compile_definitions(imgui PRIVATE IMGUI_DISABLE_DEMO_WINDOWS)
set(SEDIMENT_IMGUI imgui)

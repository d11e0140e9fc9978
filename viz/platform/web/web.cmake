# The visualizer in a browser: the page index.html, and next to it the program as JavaScript and WebAssembly.
set(SEDIMENT_WEB_OUTPUT_DIR ${PROJECT_BINARY_DIR}/web CACHE PATH "Where to put the page and what it loads")

# Files built into the program, which it finds in /fonts and /texts. Only those that it uses.
set(embedded ${PROJECT_BINARY_DIR}/embedded)
file(MAKE_DIRECTORY ${embedded}/fonts ${embedded}/texts)
foreach(font IN ITEMS opentype/inter/Inter-Regular.otf opentype/inter/Inter-SemiBold.otf truetype/jetbrains-mono/JetBrainsMono-Regular.ttf)
  if(NOT EXISTS /usr/share/fonts/${font})
    message(FATAL_ERROR "/usr/share/fonts/${font} not found: install fonts-inter and fonts-jetbrains-mono, or run ./dev setup")
  endif()
  file(COPY /usr/share/fonts/${font} DESTINATION ${embedded}/fonts)
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/README.md ${embedded}/texts/README.md COPYONLY)

sediment_executable(sediment-viz SOURCES platform/web/main_web.cc platform/glfw_input.cc LIBRARIES sediment::viz)
set_target_properties(sediment-viz PROPERTIES
  SUFFIX .js # with the suffix .html, Debian's emscripten fails to shrink the page
  RUNTIME_OUTPUT_DIRECTORY ${SEDIMENT_WEB_OUTPUT_DIR}
  LINK_DEPENDS "${embedded}/texts/README.md")
target_link_options(sediment-viz PRIVATE
  "SHELL:-s USE_GLFW=3" "SHELL:-s MIN_WEBGL_VERSION=2" "SHELL:-s MAX_WEBGL_VERSION=2"
  "SHELL:-s ALLOW_MEMORY_GROWTH=1" "SHELL:-s ENVIRONMENT=web" "SHELL:-s EXPORTED_RUNTIME_METHODS=ccall"
  "SHELL:--embed-file ${embedded}/fonts@/fonts" "SHELL:--embed-file ${embedded}/texts@/texts")

configure_file(platform/web/index.html ${SEDIMENT_WEB_OUTPUT_DIR}/index.html COPYONLY)

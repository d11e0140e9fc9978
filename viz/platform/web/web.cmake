# The visualizer in a page: the program as JavaScript and WebAssembly, the module that puts it into canvases, the fonts, and index.html,
# the whole application in a page of its own. The pages of the book use the same files.
set(SEDIMENT_WEB_OUTPUT_DIR ${PROJECT_BINARY_DIR}/web CACHE PATH "Where to put the page and what it loads")
file(MAKE_DIRECTORY ${SEDIMENT_WEB_OUTPUT_DIR})

# Only the characters of viz/draw/characters.h, which the program itself draws: a font as a whole is ten times as large. Letters of
# other scripts in keys and values are shown as code points.
set(characters U+0020-007E,U+00A0-00FF,U+2010-2026,U+2190-2193,U+2212,U+2248,U+2260-2265,U+25A0-25CF,U+2713,U+2717)
set(font_files)
foreach(font IN ITEMS opentype/inter/Inter-Regular.otf opentype/inter/Inter-SemiBold.otf truetype/jetbrains-mono/JetBrainsMono-Regular.ttf)
  set(whole /usr/share/fonts/${font})
  if(NOT EXISTS ${whole})
    message(FATAL_ERROR "${whole} not found: install fonts-inter and fonts-jetbrains-mono, or run ./dev setup")
  endif()
  get_filename_component(name ${font} NAME)
  set(small ${SEDIMENT_WEB_OUTPUT_DIR}/${name})
  add_custom_command(
    OUTPUT ${small}
    COMMAND pyftsubset ${whole} --unicodes=${characters} --layout-features= --no-hinting --desubroutinize --drop-tables+=GDEF,GPOS,GSUB,STAT,name,post,OS/2
            --no-glyph-names --output-file=${small} # smaller when it is compressed
    DEPENDS ${whole} ${CMAKE_CURRENT_LIST_FILE}
    VERBATIM)
  list(APPEND font_files ${small})
endforeach()
add_custom_target(web_fonts ALL DEPENDS ${font_files})

sediment_executable(sediment-viz SOURCES platform/web/figures.cc LIBRARIES sediment::viz)
set_target_properties(sediment-viz PROPERTIES SUFFIX .js RUNTIME_OUTPUT_DIRECTORY ${SEDIMENT_WEB_OUTPUT_DIR})
target_link_options(sediment-viz PRIVATE
  "SHELL:-s ALLOW_MEMORY_GROWTH=1" "SHELL:-s MALLOC=emmalloc" "SHELL:-s TEXTDECODER=2" "SHELL:-s INCOMING_MODULE_JS_API=locateFile,print,printErr" "SHELL:-s ENVIRONMENT=web" "SHELL:-s MODULARIZE=1" "SHELL:-s EXPORT_NAME=createSediment"
  "SHELL:-s FORCE_FILESYSTEM=1" "SHELL:-s EXPORTED_RUNTIME_METHODS=ccall,FS")

# wasm-opt: once more what em++ itself does at its end; it finds another hundredth.
find_program(esbuild_program esbuild REQUIRED)
set(minify ${esbuild_program} --minify --charset=utf8 --legal-comments=none --log-level=warning --target=es2022)
add_custom_command(TARGET sediment-viz POST_BUILD
  COMMAND ${minify} ${SEDIMENT_WEB_OUTPUT_DIR}/sediment-viz.js --outfile=${SEDIMENT_WEB_OUTPUT_DIR}/sediment-viz.js --allow-overwrite
  COMMAND wasm-opt -Oz --enable-exception-handling --enable-simd --enable-bulk-memory --enable-sign-ext --enable-mutable-globals
          --enable-nontrapping-float-to-int ${SEDIMENT_WEB_OUTPUT_DIR}/sediment-viz.wasm -o ${SEDIMENT_WEB_OUTPUT_DIR}/sediment-viz.wasm
  VERBATIM)

# The engine's sources, for the panel Code: {"engine/store.cc": "…"}. Pages load them after their first picture.
file(GLOB web_sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/engine/*.h ${PROJECT_SOURCE_DIR}/engine/*.cc)
list(TRANSFORM web_sources PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE web_source_paths)
add_custom_command(
  OUTPUT ${SEDIMENT_WEB_OUTPUT_DIR}/sources.json
  COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/platform/web/join_sources.py ${SEDIMENT_WEB_OUTPUT_DIR}/sources.json ${web_sources}
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  DEPENDS ${web_source_paths} platform/web/join_sources.py
  VERBATIM)
add_custom_target(web_sources ALL DEPENDS ${SEDIMENT_WEB_OUTPUT_DIR}/sources.json)

foreach(file IN ITEMS index.html sediment.css)
  configure_file(platform/web/${file} ${SEDIMENT_WEB_OUTPUT_DIR}/${file} COPYONLY)
endforeach()
add_custom_command(
  OUTPUT ${SEDIMENT_WEB_OUTPUT_DIR}/sediment.js
  COMMAND ${minify} ${CMAKE_CURRENT_SOURCE_DIR}/platform/web/sediment.js --outfile=${SEDIMENT_WEB_OUTPUT_DIR}/sediment.js
  DEPENDS platform/web/sediment.js
  VERBATIM)
add_custom_target(web_script ALL DEPENDS ${SEDIMENT_WEB_OUTPUT_DIR}/sediment.js)
configure_file(${PROJECT_SOURCE_DIR}/README.md ${SEDIMENT_WEB_OUTPUT_DIR}/README.md COPYONLY)

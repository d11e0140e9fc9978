# cmake -D OUTPUT=FILE -D FOLDER=engine -D TRACE=FILE -P embed_sources.cmake: writes the texts of the engine's .h and .cc files, and the trace
# of a show, as C++ string literals. Every compiler accepts literals of 64 KiB; no file comes near that.
file(GLOB files RELATIVE ${FOLDER}/.. ${FOLDER}/*.h ${FOLDER}/*.cc ${FOLDER}/posix/*.h ${FOLDER}/posix/*.cc)
set(text "// Made by embed_sources.cmake.\nnamespace sediment::viz {\nstruct EmbeddedSource {\n  const char* name;\n  const char* text;\n};\n")
string(APPEND text "extern const EmbeddedSource kEmbeddedSources[];\nconst EmbeddedSource kEmbeddedSources[] = {\n")
foreach(file IN LISTS files)
  file(READ ${FOLDER}/../${file} source)
  string(APPEND text "{\"${file}\", R\"SOURCE(${source})SOURCE\"},\n")
endforeach()
file(READ ${TRACE} trace)
string(APPEND text "{\"\", \"\"}};\n")
string(APPEND text "extern const char* const kTombstoneTooEarly;\nconst char* const kTombstoneTooEarly = R\"TRACE(${trace})TRACE\";\n")
string(APPEND text "}  // namespace sediment::viz\n")
file(WRITE ${OUTPUT} "${text}")

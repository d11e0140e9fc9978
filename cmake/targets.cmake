# Settings shared by all of Sediment's own targets. Libraries of others are included as SYSTEM (CMake does so for imported targets), so
# these warnings apply to our code only.

function(sediment_configure target)
  # So that every #include names its folder: "engine/store.h". Installed headers are elsewhere (install.cmake).
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(SEDIMENT_WARNINGS_AS_ERRORS) # another compiler or optimisation level may give warnings that these presets never show
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(${target} PRIVATE -Wreserved-identifier)
  endif()
  if(EMSCRIPTEN)
    # There, a size has 32 bits but an offset in a file 64. The simulated files of a page are in its memory, which is smaller than 4 GiB.
    target_compile_options(${target} PRIVATE -Wno-shorten-64-to-32)
  endif()
  if(SEDIMENT_LIBCXX_INCLUDE_DIR)
    target_compile_options(${target} PRIVATE -nostdinc++)
    target_include_directories(${target} SYSTEM BEFORE PRIVATE ${SEDIMENT_LIBCXX_INCLUDE_DIR})
  endif()
endfunction()

# sediment_library(name [STATIC] SOURCES … LIBRARIES …): a library, or a message if there are no sources yet. It is static unless
# SEDIMENT_SHARED_LIBRARIES asks for shared ones; with STATIC it always is.
function(sediment_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "STATIC" "" "SOURCES;LIBRARIES")
  sediment_can_build(${target} can_build)
  set(kind STATIC)
  if(SEDIMENT_SHARED_LIBRARIES AND NOT arg_STATIC)
    set(kind SHARED)
  endif()
  if(can_build)
    add_library(${target} ${kind} ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC ${arg_LIBRARIES})
    sediment_configure(${target})
  endif()
endfunction()

# sediment_executable(name SOURCES … LIBRARIES …): the same for a program.
function(sediment_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  sediment_can_build(${target} can_build)
  if(can_build)
    add_executable(${target} ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
    sediment_configure(${target})
  endif()
endfunction()

# Reads the caller's SOURCES and LIBRARIES: a target needs sources, and every library of ours that it links.
function(sediment_can_build target result)
  set(${result} FALSE PARENT_SCOPE)
  if(NOT arg_SOURCES)
    message(STATUS "${target}: skipped, no sources in ${CMAKE_CURRENT_SOURCE_DIR} yet")
    return()
  endif()
  foreach(library IN LISTS arg_LIBRARIES)
    if(library MATCHES "^sediment" AND NOT TARGET ${library})
      message(STATUS "${target}: skipped, ${library} does not exist yet")
      return()
    endif()
  endforeach()
  set(${result} TRUE PARENT_SCOPE)
endfunction()

# Tests Sediment as part of another project: subproject/ adds it with add_subdirectory and builds with CMake's own Release, which is -O3.
# Called by ctest with -D for each of:
#   SOURCE_DIRECTORY GENERATOR MAKE_PROGRAM COMPILER
# A failure leaves its files in the temporary directory for inspection.
cmake_minimum_required(VERSION 3.22)

execute_process(COMMAND mktemp -d -t sediment-subproject-XXXXXX OUTPUT_VARIABLE work OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

file(COPY ${SOURCE_DIRECTORY}/tests/install/subproject DESTINATION ${work})
run(ignored ${CMAKE_COMMAND} -G ${GENERATOR} -DCMAKE_MAKE_PROGRAM=${MAKE_PROGRAM} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DSEDIMENT_DIRECTORY=${SOURCE_DIRECTORY}
    -S ${work}/subproject -B ${work}/build)
run(ignored ${CMAKE_COMMAND} --build ${work}/build --target subproject --parallel 2)

# Only what was requested was built, with the default options, and no warning would have stopped the build.
file(READ ${work}/build/compile_commands.json commands)
foreach(unwanted IN ITEMS "-Werror" "/tests/support/" "/viz/" "/engine/cli/")
  string(FIND "${commands}" "${unwanted}" place)
  if(NOT place EQUAL -1)
    message(FATAL_ERROR "${unwanted} is part of the build; see ${work}")
  endif()
endforeach()
string(FIND "${commands}" " -O3 " place)
if(place EQUAL -1)
  message(FATAL_ERROR "this is not what CMake does by default; see ${work}")
endif()

run(said ${work}/build/subproject)
if(NOT said STREQUAL "the sky is blue, and what was synced is there\n")
  message(FATAL_ERROR "the program said\n${said}\nsee ${work}")
endif()
file(REMOVE_RECURSE ${work})

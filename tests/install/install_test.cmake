# Tests the installed package: installs it into a new directory, moves it elsewhere, and builds and runs docs/example against it alone.
# Called by ctest with -D for each of:
#   BUILD_DIRECTORY SOURCE_DIRECTORY VERSION        what is installed; the version that it must have
#   HAS_COMMANDS HAS_SIMULATOR                      whether it includes the command sediment; the simulator as a library
#   GENERATOR MAKE_PROGRAM COMPILER BUILD_TYPE FLAGS BUILD_TYPE_FLAGS   how to build the example: like the library
# A failure leaves its files in the temporary directory for inspection.
cmake_minimum_required(VERSION 3.22)

# Outside the source and build trees, so that neither can be found by accident.
execute_process(COMMAND mktemp -d -t sediment-install-XXXXXX OUTPUT_VARIABLE work OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

function(require_equal what found expected)
  if(NOT found STREQUAL expected)
    message(FATAL_ERROR "${what}: expected\n${expected}\nfound\n${found}\nsee ${work}")
  endif()
endfunction()

function(require_match what text pattern)
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: nothing matches '${pattern}' in\n${text}\nsee ${work}")
  endif()
endfunction()

# Checks that none of these files names the source or build tree.
function(require_no_path_into_the_project)
  foreach(file IN LISTS ARGN)
    file(READ ${file} text)
    foreach(tree IN ITEMS ${SOURCE_DIRECTORY} ${BUILD_DIRECTORY})
      string(FIND "${text}" "${tree}" place)
      if(NOT place EQUAL -1)
        message(FATAL_ERROR "${file} names ${tree}; see ${work}")
      endif()
    endforeach()
  endforeach()
endfunction()

# 1 Install, then move: the location must not matter.
run(ignored ${CMAKE_COMMAND} --install ${BUILD_DIRECTORY} --prefix ${work}/before)
set(prefix ${work}/after)
file(RENAME ${work}/before ${prefix})

# 2 Exactly the headers of the engine, its tools and the simulator, without tests.
file(GLOB expected RELATIVE ${SOURCE_DIRECTORY} ${SOURCE_DIRECTORY}/engine/*.h ${SOURCE_DIRECTORY}/engine/posix/*.h
     ${SOURCE_DIRECTORY}/engine/tools/*.h)
set(expected_libraries "^lib[^;]*/libsediment_engine\\.(a|so);lib[^;]*/libsediment_tools\\.(a|so)$")
if(HAS_SIMULATOR)
  file(GLOB more RELATIVE ${SOURCE_DIRECTORY} ${SOURCE_DIRECTORY}/sim/base/*.h ${SOURCE_DIRECTORY}/sim/disk/*.h
       ${SOURCE_DIRECTORY}/sim/run/*.h ${SOURCE_DIRECTORY}/sim/explore/*.h ${SOURCE_DIRECTORY}/sim/cli/commands.h)
  list(APPEND expected ${more})
  set(expected_libraries "engine\\.(a|so);.*shell\\.(a|so);.*sim\\.(a|so);.*sim_commands\\.(a|so);.*tools\\.(a|so)$")
endif()
list(SORT expected)
file(GLOB_RECURSE headers RELATIVE ${prefix}/include/sediment ${prefix}/include/*)
list(SORT headers)
require_equal("installed headers" "${headers}" "${expected}")
file(GLOB_RECURSE libraries RELATIVE ${prefix} ${prefix}/*.a ${prefix}/*.so)
list(SORT libraries)
require_match("installed libraries" "${libraries}" "${expected_libraries}")
file(GLOB commands RELATIVE ${prefix}/bin ${prefix}/bin/*)
foreach(command IN LISTS commands)
  require_match("installed commands" "${command}" "^(sediment|sediment-sim|sediment-viz)$")
endforeach()
file(GLOB_RECURSE package_files ${prefix}/lib*/*.cmake)
require_match("the package" "${package_files}" "sediment-config\\.cmake")
require_no_path_into_the_project(${package_files})

# 3 The example, in a separate directory.
file(COPY ${SOURCE_DIRECTORY}/docs/example DESTINATION ${work})
set(configure ${CMAKE_COMMAND} -G ${GENERATOR} -DCMAKE_MAKE_PROGRAM=${MAKE_PROGRAM} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
if(BUILD_TYPE)
  string(TOUPPER ${BUILD_TYPE} build_type)
  list(APPEND configure -DCMAKE_CXX_FLAGS_${build_type}=${BUILD_TYPE_FLAGS})
endif()
run(ignored ${configure} -S ${work}/example -B ${work}/build)
require_no_path_into_the_project(${work}/build/compile_commands.json ${work}/build/CMakeCache.txt)
run(ignored ${CMAKE_COMMAND} --build ${work}/build)
foreach(time IN ITEMS first second)
  run(said ${work}/build/example ${work}/store)
  require_equal("the example, the ${time} time" "${said}" "the sky is blue\nand now it is gone\n")
endforeach()

# 4 A version that is not installed.
file(MAKE_DIRECTORY ${work}/newer)
file(WRITE ${work}/newer/CMakeLists.txt
     "cmake_minimum_required(VERSION 3.22)\nproject(Newer LANGUAGES CXX)\nfind_package(sediment 99 REQUIRED)\n")
execute_process(COMMAND ${configure} -S ${work}/newer -B ${work}/newer-build RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(result STREQUAL 0)
  message(FATAL_ERROR "find_package(sediment 99) found version ${VERSION}; see ${work}")
endif()
string(REGEX REPLACE "[ \n]+" " " said "${said}")
require_match("find_package(sediment 99)" "${said}" "\"sediment\" that is compatible with requested version \"99\"")
require_match("find_package(sediment 99)" "${said}" "sediment-config\\.cmake, version: ${VERSION}")

# 5 The engine alone needs none of the simulator's libraries.
file(READ ${work}/build/CMakeCache.txt cache)
if(cache MATCHES "CLI11_DIR|nlohmann_json_DIR|fmt_DIR")
  message(FATAL_ERROR "a project that uses the engine looks for the simulator's libraries; see ${work}")
endif()

# 6 A store of its own, searched by the simulator: it finds nothing in the right one, and each of the faults.
if(HAS_SIMULATOR)
  file(COPY ${SOURCE_DIRECTORY}/docs/example-sim DESTINATION ${work})
  run(ignored ${configure} -S ${work}/example-sim -B ${work}/build-sim)
  require_no_path_into_the_project(${work}/build-sim/compile_commands.json ${work}/build-sim/CMakeCache.txt)
  run(ignored ${CMAKE_COMMAND} --build ${work}/build-sim)
  set(sim ${work}/build-sim/notes-sim)
  run(said ${sim} check-adapter)
  require_match("check-adapter" "${said}" "keeps its contract, as far as this can be checked")
  foreach(tier IN ITEMS exhaustive errors at-rest)
    run(said ${sim} explore --tier ${tier} --operations 3 --budget 100 --failures ${work})
    require_match("the ${tier} tier" "${said}" "nothing was lost")
  endforeach()
  foreach(store IN ITEMS unsynced-file unsynced-name unsynced-remove)
    execute_process(COMMAND ${sim} explore --tier exhaustive --operations 2 --store ${store} --failures ${work}/${store}
                    RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE errors)
    require_equal("the exit code for ${store}" "${result}" 1)
    require_match("the story of ${store}" "${said}" "replay  ")
  endforeach()
endif()

# 7  The command.
if(HAS_COMMANDS)
  run(said ${prefix}/bin/sediment --version)
  require_match("sediment --version" "${said}" "^sediment ${VERSION} ")
  run(said ${prefix}/bin/sediment verify ${work}/store)
  foreach(command IN LISTS commands)
    foreach(page IN ITEMS man/man1/${command}.1 bash-completion/completions/${command} zsh/site-functions/_${command}
                          fish/vendor_completions.d/${command}.fish)
      file(READ ${prefix}/share/${page} text)
      require_match("${page}" "${text}" "${command}")
    endforeach()
  endforeach()
endif()

file(REMOVE_RECURSE ${work})

# What `cmake --install` installs, and where: the engine, its tools and the simulator as libraries with their headers, a package for
# find_package(sediment), and the commands with their manual pages and completions. docs/example/ is a project that uses the engine,
# docs/example-sim/ one that searches a store of its own.
if(NOT TARGET sediment_engine)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The headers get a separate folder: nothing else may be found as "engine/store.h".
set(header_directory ${CMAKE_INSTALL_INCLUDEDIR}/sediment)
set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/sediment)

set_target_properties(sediment_engine PROPERTIES EXPORT_NAME engine)
set_target_properties(sediment_tools PROPERTIES EXPORT_NAME tools)
install(TARGETS sediment_engine sediment_tools EXPORT sediment-targets INCLUDES DESTINATION ${header_directory})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/engine DESTINATION ${header_directory} FILES_MATCHING PATTERN "*.h" PATTERN cli EXCLUDE PATTERN shell EXCLUDE)

# The simulator needs libraries that the engine does not: a component of its own, which asks for them.
if(TARGET sediment_sim AND TARGET sediment_sim_commands)
  set_target_properties(sediment_sim PROPERTIES EXPORT_NAME sim)
  set_target_properties(sediment_shell PROPERTIES EXPORT_NAME shell)
  set_target_properties(sediment_sim_commands PROPERTIES EXPORT_NAME sim_commands)
  install(TARGETS sediment_sim sediment_shell sediment_sim_commands EXPORT sediment-sim-targets INCLUDES DESTINATION ${header_directory})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/sim DESTINATION ${header_directory} FILES_MATCHING PATTERN "*.h" PATTERN demo EXCLUDE PATTERN strike EXCLUDE PATTERN campaign EXCLUDE PATTERN cli EXCLUDE)
  install(FILES ${PROJECT_SOURCE_DIR}/sim/cli/commands.h DESTINATION ${header_directory}/sim/cli)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/example-sim DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sediment)
  install(FILES ${PROJECT_SOURCE_DIR}/docs/adapters.md ${PROJECT_SOURCE_DIR}/docs/crash-model.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sediment)
  install(EXPORT sediment-sim-targets NAMESPACE sediment:: DESTINATION ${package_directory})
endif()

install(EXPORT sediment-targets NAMESPACE sediment:: DESTINATION ${package_directory})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sediment-config.cmake.in ${PROJECT_BINARY_DIR}/sediment-config.cmake
                              INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sediment-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sediment-config.cmake ${PROJECT_BINARY_DIR}/sediment-config-version.cmake
        DESTINATION ${package_directory})

# Only those that are built. With shared libraries they would need some that are not installed.
foreach(command IN ITEMS sediment sediment-sim sediment-viz)
  if(TARGET ${command} AND NOT SEDIMENT_SHARED_LIBRARIES)
    install(TARGETS ${command} OPTIONAL)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/install_pages.cmake.in ${PROJECT_BINARY_DIR}/install_pages_${command}.cmake @ONLY)
    install(SCRIPT ${PROJECT_BINARY_DIR}/install_pages_${command}.cmake)
  endif()
endforeach()

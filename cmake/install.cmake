# What `cmake --install` installs, and where: the engine and its tools as libraries with their headers, a package for find_package(sediment),
# and the commands with their manual pages and completions. The simulator is not installed, nor are the tests. docs/example/ is a project that uses the package.
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
install(DIRECTORY ${PROJECT_SOURCE_DIR}/engine DESTINATION ${header_directory} FILES_MATCHING PATTERN "*.h" PATTERN cli EXCLUDE)

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

# cmake --install: the programs, the worker, the probes, the library and its headers; find_package(Sonda) finds them.
include(CMakePackageConfigHelpers)

install(TARGETS sonda EXPORT SondaTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS sonda-compile sonda-disassemble RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/sonda)
install(TARGETS sonda_program cdsnoop pagefaultcount RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/sonda ${PROJECT_BINARY_DIR}/include/sonda DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY probes/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sonda/probes)
install(DIRECTORY examples/probes/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sonda/examples)
install(DIRECTORY lessons/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sonda/lessons)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Sonda)
install(EXPORT SondaTargets NAMESPACE Sonda:: DESTINATION ${package})
configure_package_config_file(cmake/SondaConfig.cmake.in ${PROJECT_BINARY_DIR}/SondaConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SondaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/SondaConfig.cmake ${PROJECT_BINARY_DIR}/SondaConfigVersion.cmake
  DESTINATION ${package})

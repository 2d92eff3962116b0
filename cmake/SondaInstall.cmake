# cmake --install: the programs, the workers, the probes, the library and its headers, what people read. All of it is
# without debug information; --component debug puts that where debuggers look for it, in .debug beside each program.
# --target uninstall takes away what was installed.
include(CMakePackageConfigHelpers)

set(documents ${CMAKE_INSTALL_DATAROOTDIR}/doc/sonda)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Sonda)

install(TARGETS sonda EXPORT SondaTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS sonda-compile sonda-disassemble RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/sonda)
if(TARGET sonda_bcc_library)
  install(TARGETS sonda_bcc_library LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/sonda/bcc)
  install(TARGETS sonda_bcc_recorder LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/sonda/bcc-import)
  # Its file has the name of the other one, whose debug information is kept.
  install(CODE "execute_process(COMMAND \"${CMAKE_OBJCOPY}\" --strip-all
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/sonda/bcc-import/libbcc.so.0\"
    COMMAND_ERROR_IS_FATAL ANY)")
  install(FILES src/bcc/recorder/record.py DESTINATION ${CMAKE_INSTALL_LIBDIR}/sonda/bcc-import)
endif()
install(TARGETS sonda_program cdsnoop pagefaultcount RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/sonda ${PROJECT_BINARY_DIR}/include/sonda DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY probes/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sonda/probes)
install(DIRECTORY examples/probes/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sonda/examples)
install(DIRECTORY lessons/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sonda/lessons)
install(FILES docs/sonda.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/sonda)

# As in the tree, so that the links between them lead somewhere.
install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${documents})
install(DIRECTORY docs examples DESTINATION ${documents})

install(EXPORT SondaTargets NAMESPACE Sonda:: DESTINATION ${package})
configure_package_config_file(cmake/SondaConfig.cmake.in ${PROJECT_BINARY_DIR}/SondaConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SondaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/SondaConfig.cmake ${PROJECT_BINARY_DIR}/SondaConfigVersion.cmake
  DESTINATION ${package})

# Takes the debug information out of a program that was just installed, and leaves it the name of the file to look in.
function(sonda_split_debug target folder)
  set(file $<TARGET_FILE_NAME:${target}>)
  set(kept ${PROJECT_BINARY_DIR}/debug/${file}.debug)
  set(keep "file(MAKE_DIRECTORY \"${PROJECT_BINARY_DIR}/debug\")
    execute_process(COMMAND \"${CMAKE_OBJCOPY}\" --only-keep-debug \"$<TARGET_FILE:${target}>\" \"${kept}\"
      COMMAND_ERROR_IS_FATAL ANY)")
  install(CODE "${keep}
    execute_process(COMMAND \"${CMAKE_OBJCOPY}\" --strip-all \"--add-gnu-debuglink=${kept}\"
      \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${folder}/${file}\" COMMAND_ERROR_IS_FATAL ANY)")
  install(CODE "${keep}" COMPONENT debug EXCLUDE_FROM_ALL)
  install(FILES ${kept} DESTINATION ${folder}/.debug COMPONENT debug EXCLUDE_FROM_ALL)
endfunction()
foreach(program sonda_program cdsnoop pagefaultcount)
  sonda_split_debug(${program} ${CMAKE_INSTALL_BINDIR})
endforeach()
if(TARGET sonda_bcc_library)
  sonda_split_debug(sonda_bcc_library ${CMAKE_INSTALL_LIBDIR}/sonda/bcc)
endif()
foreach(worker sonda-compile sonda-disassemble)
  sonda_split_debug(${worker} ${CMAKE_INSTALL_LIBEXECDIR}/sonda)
endforeach()
install(CODE "execute_process(COMMAND \"${CMAKE_OBJCOPY}\" --strip-debug
  \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:sonda>\" COMMAND_ERROR_IS_FATAL ANY)")

if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -D BUILD=${PROJECT_BINARY_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/SondaUninstall.cmake)
endif()

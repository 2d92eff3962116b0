# The few kinds of targets that there are.

add_library(sonda_options INTERFACE)
target_include_directories(sonda_options INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(sonda_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wno-missing-field-initializers -fno-plt)
if(SONDA_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A file that another one includes is a header to the compiler, which then warns of types that only it knows.
  target_compile_options(sonda_options INTERFACE -Wno-subobject-linkage)
endif()
# By which crash reports and profiles tell one build from another.
target_link_options(sonda_options INTERFACE -Wl,--build-id=sha1)
# A program takes it a fraction of a second; GNU ld takes some.
find_program(SONDA_MOLD mold)
if(SONDA_MOLD)
  target_link_options(sonda_options INTERFACE -fuse-ld=mold)
endif()
if(SONDA_SANITIZE)
  # Optimising instrumented code, and telling where its variables are, takes a compiler twice the time.
  target_compile_options(sonda_options INTERFACE -fsanitize=${SONDA_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -O0 -g1)
  target_link_options(sonda_options INTERFACE -fsanitize=${SONDA_SANITIZE})
endif()

# sonda_harden(TARGET): what is installed is built so that a flaw in it is harder to use: its addresses are chosen anew at each
# start, the tables that it calls through are closed before main(), an overrun of a stack frame or of a buffer whose size is
# known ends it, and every place that is jumped to is marked (-fcf-protection). Tests of it look at each program
# (tests/tool/hardened). Not where sanitizers do more, and where they would be in each other's way.
function(sonda_harden target)
  if(SONDA_SANITIZE OR SONDA_FUZZ)
    return()
  endif()
  target_compile_options(${target} PRIVATE -fPIC -fstack-protector-strong -fstack-clash-protection
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(${target} PRIVATE -fcf-protection=full)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_link_options(${target} PRIVATE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
  endif()
endfunction()

# sonda_module(NAME SOURCES FILE... [USES MODULE...] [LINKS TARGET...])
# One folder of src/. USES names the modules before it on the path, and with them their headers and libraries.
function(sonda_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_library(sonda_${name} OBJECT ${arg_SOURCES})
  sonda_harden(sonda_${name})
  set(closure ${name})
  set(links sonda_options ${arg_LINKS})
  foreach(used IN LISTS arg_USES)
    get_target_property(of_used sonda_${used} SONDA_CLOSURE)
    get_target_property(links_of_used sonda_${used} SONDA_LINKS)
    list(APPEND closure ${of_used})
    list(APPEND links ${links_of_used})
  endforeach()
  list(REMOVE_DUPLICATES closure)
  list(REMOVE_DUPLICATES links)
  target_link_libraries(sonda_${name} PUBLIC ${links})
  set_target_properties(sonda_${name} PROPERTIES SONDA_CLOSURE "${closure}" SONDA_LINKS "${links}")
endfunction()

# sonda_uses(TARGET MODULE...): gives an executable the objects of these modules and of all that they use.
function(sonda_uses target)
  set(closure)
  foreach(used IN LISTS ARGN)
    get_target_property(of_used sonda_${used} SONDA_CLOSURE)
    list(APPEND closure ${of_used})
  endforeach()
  list(REMOVE_DUPLICATES closure)
  foreach(module IN LISTS closure)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:sonda_${module}>)
    get_target_property(links sonda_${module} SONDA_LINKS)
    target_link_libraries(${target} PRIVATE ${links})
  endforeach()
endfunction()

# sonda_test(NAME LABEL unit|bpf|tool SOURCES FILE... [USES MODULE...] [LINKS TARGET...] [SERIAL])
# A Catch2 program; each of its cases is a test of its own, named NAME.CASE. SERIAL ones run while no other test does:
# the kernel leaves out a counting program's run when other BPF work holds the CPU at that moment.
function(sonda_test name)
  cmake_parse_arguments(arg "SERIAL" "LABEL;TIMEOUT" "SOURCES;USES;LINKS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE sonda_options sonda_test_support ${arg_LINKS})
  sonda_uses(${name} base ${arg_USES})
  # A test's own code is compiled far more often than it runs.
  target_compile_options(${name} PRIVATE -O0 -g1)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  if(SONDA_SANITIZE AND arg_LABEL STREQUAL tool)
    # They start programs from outside: sanitizers are run over the tests of the code itself.
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  if(NOT arg_LABEL STREQUAL tool)
    add_dependencies(tests_of_the_code ${name})
  endif()
  catch_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS ${arg_LABEL} SKIP_RETURN_CODE 77 TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_SERIAL})
endfunction()

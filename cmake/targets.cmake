# Functions every folder's CMakeLists.txt uses, and the flags all targets share.

add_library(sluice_flags INTERFACE)
target_include_directories(sluice_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(sluice_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -fstack-protector-strong
  $<$<BOOL:${SLUICE_WERROR}>:-Werror>)
target_compile_definitions(sluice_flags INTERFACE
  $<$<BOOL:${SLUICE_FAILPOINTS}>:SLUICE_FAILPOINTS>)
if(SLUICE_SANITIZERS)
  # GCC 12 warns of uninitialized members inside std::regex when it sanitizes.
  target_compile_options(sluice_flags INTERFACE
    -fsanitize=${SLUICE_SANITIZERS} -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)
  target_link_options(sluice_flags INTERFACE -fsanitize=${SLUICE_SANITIZERS})
endif()

# sluice_library(NAME SOURCES a.cpp … LINKS target …): a static library whose
# users also get what it links. A folder without sources is an interface.
function(sluice_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC sluice_flags ${arg_LINKS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE sluice_flags ${arg_LINKS})
  endif()
endfunction()

# sluice_test(NAME SOURCES a_test.cpp … LINKS target …): one Boost.Test binary,
# run by ctest under a time limit. The runner's main is tests/main.cpp.
function(sluice_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(SLUICE_SANITIZERS)
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")
  endif()
  add_executable(${name} ${PROJECT_SOURCE_DIR}/tests/main.cpp ${arg_SOURCES})
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/main.cpp
    TARGET_DIRECTORY ${name} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK)
  target_link_libraries(${name} PRIVATE
    ${arg_LINKS} Boost::unit_test_framework)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

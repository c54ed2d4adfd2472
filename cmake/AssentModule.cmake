# The include wall. Each library of a room exports a directory of links to its public headers and
# nothing else, so including another room's private header, or any header of a room above, is
# "No such file or directory".
#
#   assent_module(consent            # library assent::consent, headers <consent/...>
#     ROOM consent                   # the folder, when one room holds two libraries
#     PUBLIC_HEADERS ledger.h ...
#     SOURCES ledger.cc ...
#     DEPS assent::audit             # types that stand in our public headers
#     PRIVATE_DEPS yaml-cpp)
function(assent_module name)
  cmake_parse_arguments(M "" "ROOM" "PUBLIC_HEADERS;SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  if(NOT M_ROOM)
    set(M_ROOM ${name})
  endif()
  set(root ${PROJECT_BINARY_DIR}/include/${name})
  file(REMOVE_RECURSE ${root})
  file(MAKE_DIRECTORY ${root}/${M_ROOM})
  add_library(assent_${name} STATIC ${M_SOURCES})
  add_library(assent::${name} ALIAS assent_${name})
  target_include_directories(assent_${name} PUBLIC ${root} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(assent_${name} PUBLIC ${M_DEPS} PRIVATE assent::options ${M_PRIVATE_DEPS})
  foreach(header IN LISTS M_PUBLIC_HEADERS)
    get_filename_component(folder ${root}/${M_ROOM}/${header} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${root}/${M_ROOM}/${header} SYMBOLIC)
  endforeach()
  # Public headers compile on their own, twice: one probe a library keeps the build short.
  set(probe ${PROJECT_BINARY_DIR}/header_check/${name}.cc)
  set(lines "")
  foreach(header IN LISTS M_PUBLIC_HEADERS)
    string(APPEND lines "#include \"${M_ROOM}/${header}\"\n#include \"${M_ROOM}/${header}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT ${probe} CONTENT "${lines}")
  target_sources(assent_${name} PRIVATE ${probe})
  set_source_files_properties(${probe} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  assent_precompile(assent_${name} library)
endfunction()

# assent_test(core_unit LABEL unit SOURCES a_test.cc ... DEPS assent::core)
# One executable, one ctest. Tests see the source root too, so they may test private headers.
function(assent_test name)
  cmake_parse_arguments(T "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  add_executable(test_${name} ${T_SOURCES})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(test_${name} PRIVATE ${T_DEPS} assent::options GTest::gmock GTest::gtest_main)
  assent_precompile(test_${name} test)
  target_compile_definitions(test_${name}
    PRIVATE ASSENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ASSENT_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_TIMEOUT}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  # They share two clusters, in which each sees the logs of all; one after the other, from the start.
  if(T_LABEL STREQUAL "db")
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK clusters COST 20)
  endif()
endfunction()

# Short builds. What nearly every source includes is parsed once a build, not once a file. Off in the
# release preset, which so shows that every file includes what it uses.
option(ASSENT_PRECOMPILE "Precompile the standard headers and those of GoogleTest" OFF)

set(assent_standard_headers
  <algorithm> <array> <atomic> <chrono> <cstdint> <filesystem> <fstream> <functional> <iostream> <map>
  <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread>
  <unordered_map> <utility> <variant> <vector>)

# assent_precompiled(NAME LIBRARIES... HEADERS...): a library whose headers others reuse.
function(assent_precompiled name)
  cmake_parse_arguments(P "" "" "LIBRARIES;HEADERS" ${ARGN})
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/precompiled/${name}.cc)
  target_link_libraries(${name} PRIVATE assent::options ${P_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${P_HEADERS})
endfunction()

if(ASSENT_PRECOMPILE)
  assent_precompiled(assent_precompiled_library HEADERS ${assent_standard_headers})
  assent_precompiled(assent_precompiled_test LIBRARIES GTest::gmock
    HEADERS ${assent_standard_headers} <gmock/gmock.h> <gtest/gtest.h>)
  # As the programs that reuse it.
  set_target_properties(assent_precompiled_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(assent_precompiled_test PRIVATE -fPIE)
endif()

# The linker gold (binutils) takes half the time of the usual one.
find_program(ASSENT_GOLD ld.gold)
if(ASSENT_PRECOMPILE AND ASSENT_GOLD)
  add_link_options($<$<NOT:$<BOOL:$<TARGET_PROPERTY:ASSENT_STATIC>>>:-fuse-ld=gold>)
endif()

function(assent_precompile target of)
  if(ASSENT_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM assent_precompiled_${of})
  endif()
endfunction()

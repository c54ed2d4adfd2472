# What every translation unit is compiled with.
set(ASSENT_SANITIZE "" CACHE STRING "Value of -fsanitize=, empty for none")
option(ASSENT_FUZZ "Link the fuzz targets with libFuzzer (clang only)" OFF)

add_library(assent_options INTERFACE)
add_library(assent::options ALIAS assent_options)
target_compile_options(assent_options INTERFACE -Wall -Wextra -Wpedantic -Werror -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 invents overlaps and overreads in std::string and std::vector at -O2 (GCC 105651, 106757).
  target_compile_options(assent_options INTERFACE
    -Wno-restrict -Wno-stringop-overread -Wno-unknown-warning-option)
  # g++ collects its garbage from 13 MB on, again and again: a tenth of a build. A file takes less than 1 GB.
  target_compile_options(assent_options INTERFACE "SHELL:--param ggc-min-heapsize=1000000")
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(assent_options INTERFACE _FORTIFY_SOURCE=2)
endif()
if(ASSENT_SANITIZE)
  add_compile_options(-fsanitize=${ASSENT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ASSENT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees uninitialised optionals and overrun strings that are not there once it instruments them.
    add_compile_options(-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow)
  endif()
  if(ASSENT_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

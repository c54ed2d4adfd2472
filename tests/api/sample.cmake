# The invented population of `assent sample`.
if(NOT TARGET assent::sample)
  add_subdirectory(${PROJECT_SOURCE_DIR}/api/sample ${PROJECT_BINARY_DIR}/api/sample)
endif()
assent_test(api_sample LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/sample_test.cc ${CMAKE_CURRENT_LIST_DIR}/sample_truth_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/sample_files.cc
  DEPS assent::sample assent::core_json yaml-cpp)

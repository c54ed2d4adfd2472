# What `assent bench` runs. Programs, never tests that fail on a clock.
function(assent_bench name)
  set(here ${PROJECT_SOURCE_DIR}/tests/bench)
  add_library(assent_bench_${name} STATIC ${here}/bench_${name}.cc)
  target_include_directories(assent_bench_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(assent_bench_${name} PUBLIC ${ARGN} PRIVATE assent::options)
endfunction()

assent_bench(database assent::core_db)
assent_bench(crypto assent_bench_database)
assent_bench(rewrap assent_bench_database)
assent_bench(audit assent::audit assent_bench_database)
assent_bench(import assent::identity assent_bench_database)

# Compiles locales/ru.po and writes the result as a source file, so that the catalogue is part of the
# program. As a script (cmake -P) it does the writing.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${CATALOGUE} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  file(WRITE ${SOURCE} "#include \"russian_catalogue.h\"\n\nnamespace assent {\n\n"
    "std::span<const char> russian_catalogue() {\n"
    "  static constexpr char kBytes[] = {${bytes}};\n  return kBytes;\n}\n\n}  // namespace assent\n")
  return()
endif()

find_program(MSGFMT msgfmt REQUIRED)

function(assent_catalogue source)
  set(po ${PROJECT_SOURCE_DIR}/locales/ru.po)
  set(mo ${CMAKE_CURRENT_BINARY_DIR}/ru.mo)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/russian_catalogue.cc)
  add_custom_command(OUTPUT ${made}
    COMMAND ${MSGFMT} --check-format --check-domain --output-file=${mo} ${po}
    COMMAND ${CMAKE_COMMAND} -DCATALOGUE=${mo} -DSOURCE=${made}
      -P ${PROJECT_SOURCE_DIR}/cmake/Texts.cmake
    DEPENDS ${po} ${PROJECT_SOURCE_DIR}/cmake/Texts.cmake
    COMMENT "Compiling the Russian catalogue" VERBATIM)
  set(${source} ${made} PARENT_SCOPE)
endfunction()

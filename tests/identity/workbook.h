#pragma once

#include <zip.h>

#include <map>
#include <string>

namespace assent {

// Writes a workbook's ZIP file in memory, part by part, for tests.
inline std::string zip_of(const std::map<std::string, std::string>& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (const auto& [name, text] : parts) {
    zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
    zip_file_add(archive, name.c_str(), source, ZIP_FL_OVERWRITE);
  }
  zip_close(archive);
  zip_source_open(target);
  zip_stat_t facts;
  zip_source_stat(target, &facts);
  std::string bytes(facts.size, '\0');
  zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

struct Workbook {
  std::string rows = "";     // Inside <sheetData>.
  std::string strings = "";  // Inside <sst>.
  std::string styles = "";   // Inside <styleSheet>.
  std::string prolog = "<?xml version=\"1.0\"?>";
  std::string workbook_properties = "";

  std::string bytes() const {
    return zip_of({{"xl/workbook.xml", "<workbook xmlns:r=\"r\">" + workbook_properties +
                                           "<sheets><sheet name=\"a\" r:id=\"rId7\"/></sheets>"
                                           "</workbook>"},
                   {"xl/_rels/workbook.xml.rels",
                    "<Relationships><Relationship Id=\"rId7\" Target=\"worksheets/first.xml\"/>"
                    "</Relationships>"},
                   {"xl/sharedStrings.xml", "<sst>" + strings + "</sst>"},
                   {"xl/styles.xml", "<styleSheet>" + styles + "</styleSheet>"},
                   {"xl/worksheets/first.xml",
                    prolog + "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"}});
  }
};

}  // namespace assent

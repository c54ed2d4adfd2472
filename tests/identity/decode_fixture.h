#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "identity/decode/byte_stream.h"
#include "identity/decode/csv.h"
#include "identity/decode/encoding.h"
#include "identity/mapping.h"
#include "identity/place.h"
#include "identity/source_file.h"

namespace assent {

// A row of invented data, copied out so that tests may print it.
struct SeenRow {
  std::uint64_t line = 0;
  std::vector<std::string> cells;
  std::string fault;  // "" when the row is sound.
  Position at;
  std::string raw;
  friend bool operator==(const SeenRow&, const SeenRow&) = default;
};

inline void PrintTo(const SeenRow& row, std::ostream* os) {
  *os << row.line << ": " << testing::PrintToString(row.cells) << " " << row.fault << " at "
      << row.at.line << ":" << row.at.column;
}

inline std::vector<SeenRow> all_rows(RowReader& reader) {
  std::vector<SeenRow> rows;
  for (;;) {
    auto row = reader.next();
    EXPECT_TRUE(row.ok()) << row.error().reason.view();
    if (!row.ok() || !row->has_value()) return rows;
    SeenRow seen{(*row)->line(), {}, "", {}, std::string((*row)->raw().reveal())};
    for (std::size_t i = 0; i < (*row)->columns(); ++i) seen.cells.emplace_back((*row)->reveal(i));
    if ((*row)->fault()) {
      seen.fault = (*row)->fault()->reason.view();
      seen.at = (*row)->fault()->position;
    }
    rows.push_back(std::move(seen));
  }
}

inline std::vector<SeenRow> csv_rows(std::string_view text, char delimiter = ',',
                                     std::size_t chunk = kReadChunkBytes) {
  auto reader = read_csv(open_memory(text, chunk), delimiter, chunk);
  return all_rows(*reader);
}

inline std::vector<std::vector<std::string>> csv_cells(std::string_view text,
                                                       char delimiter = ',') {
  std::vector<std::vector<std::string>> cells;
  for (auto& row : csv_rows(text, delimiter)) {
    EXPECT_EQ(row.fault, "");
    cells.push_back(std::move(row.cells));
  }
  return cells;
}

inline std::filesystem::path source_root() {
  return ASSENT_SOURCE_DIR;
}

// A file of this test alone, removed with it.
class TempFile {
 public:
  explicit TempFile(std::string_view bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("assent-decode-" + std::to_string(::getpid()) + "-" + std::to_string(count_++))) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
};

// The shipped catalogues and mappings.
struct Shipped {
  FieldCatalogue fields;
  PlaceCatalogue places;
  std::vector<Mapping> mappings;
  const Mapping& mapping(std::string_view name) const { return *find_mapping(mappings, name); }
};

inline const Shipped& shipped() {
  static const Shipped* const loaded = [] {
    const auto policies = source_root() / "policies";
    auto fields = FieldCatalogue::load(policies / "fields.yaml");
    auto places = PlaceCatalogue::load(policies / "cities.yaml");
    EXPECT_TRUE(fields.ok());
    EXPECT_TRUE(places.ok());
    auto mappings = load_mappings(policies / "sources", *fields);
    EXPECT_TRUE(mappings.ok()) << mappings.error().reason.view();
    return new Shipped{*std::move(fields), *std::move(places), *std::move(mappings)};
  }();
  return *loaded;
}

inline constexpr Date kLatestBirth{2026, 9, 20};

inline Result<std::unique_ptr<SourceFile>> source_of(std::string_view csv, const Mapping& mapping,
                                                     char delimiter = ',') {
  return read_source(read_csv(open_memory(csv, kReadChunkBytes), delimiter), mapping,
                     shipped().places, kLatestBirth);
}

inline std::vector<SourceRow> all_of(SourceFile& source) {
  std::vector<SourceRow> rows;
  for (;;) {
    auto row = source.next();
    EXPECT_TRUE(row.ok());
    if (!row.ok() || !row->has_value()) return rows;
    rows.push_back(std::move(**row));
  }
}

inline std::vector<SourceRow> rows_of(std::string_view csv, std::string_view mapping) {
  auto source = source_of(csv, shipped().mapping(mapping));
  EXPECT_TRUE(source.ok()) << source.error().reason.view();
  return source.ok() ? all_of(**source) : std::vector<SourceRow>();
}

template <class Row>
const Row& only_row(const std::vector<SourceRow>& rows) {
  EXPECT_EQ(rows.size(), 1U);
  return std::get<Row>(rows.at(0));
}

}  // namespace assent

#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/id.h"

namespace assent {

// What a delivered file is, seen from outside: its size, its hash, and whose rows it has. Private
// to the check of a release.
struct DeliveredFile {
  std::uint64_t bytes = 0;
  Hash32 content{};
  // The references of its rows, sorted; nullopt when it is not in the format.
  std::optional<std::vector<Uuid>> members;
};

// Reads the file once, in memory of 16 bytes a row. `encoding` is csv or ndjson.
DeliveredFile read_delivered(std::istream& file, std::string_view encoding);

}  // namespace assent

#pragma once

#include <filesystem>
#include <functional>

#include "audit/event.h"
#include "consent/vocabulary.h"
#include "policy_schema.h"

// What the catalogues of purposes and notices share. Private.
namespace assent {

// Reads `file`: its `schema` must be `schema`, and `entry` is called for each map of the list
// `list`. The first fault is the answer. kNotFound no such file.
Status read_catalogue(const std::filesystem::path& file, std::string_view schema, const char* list,
                      const std::function<void(YamlMap&)>& entry);

PurposeCode read_purpose(YamlMap& map, const char* key);
std::vector<std::uint8_t> read_channels(YamlMap& map, const char* key);

}  // namespace assent

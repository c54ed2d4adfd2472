#include "catalogue_words.h"

namespace assent {
namespace {

constexpr std::pair<std::string_view, PurposeCode> kPurposes[] = {
    {"direct_marketing", PurposeCode::kDirectMarketing},
    {"service", PurposeCode::kService},
    {"analytics", PurposeCode::kAnalytics},
    {"profiling", PurposeCode::kProfiling},
    {"identity_resolution", PurposeCode::kIdentityResolution}};

void read(const YAML::Node& root, std::string_view schema, const char* list, Reading& reading,
          const std::function<void(YamlMap&)>& entry) {
  YamlMap map(root, "", reading);
  if (map.text("schema") != schema) map.fault("schema", "another schema");
  for (YamlMap& item : map.maps(list)) {
    entry(item);
    item.finish();
  }
  map.finish();
}

}  // namespace

Status read_catalogue(const std::filesystem::path& file, std::string_view schema, const char* list,
                      const std::function<void(YamlMap&)>& entry) {
  std::vector<PolicyFault> faults;
  const CountryGroups no_groups;
  Reading reading{file.filename().string(), faults, no_groups};
  try {
    read(YAML::LoadFile(file.string()), schema, list, reading, entry);
  } catch (const YAML::BadFile&) {
    return Error{ErrorCode::kNotFound, "no such catalogue"};
  } catch (const YAML::Exception& error) {
    reading.fault(error.mark, "", "not YAML");
  }
  if (!faults.empty()) return faults.front().error;
  return Unit{};
}

PurposeCode read_purpose(YamlMap& map, const char* key) {
  return map.word(key, Words<PurposeCode>(kPurposes), PurposeCode::kNone);
}

std::vector<std::uint8_t> read_channels(YamlMap& map, const char* key) {
  std::vector<std::uint8_t> channels;
  for (const std::string& name : map.texts(key)) {
    const Channel channel = parse_channel(name);
    if (channel == Channel::kUnknown || channel == Channel::kExport) {
      map.fault(key, "not a word of the closed set");
    } else {
      channels.push_back(static_cast<std::uint8_t>(channel));
    }
  }
  return channels;
}

}  // namespace assent

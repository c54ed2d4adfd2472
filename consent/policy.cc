#include "consent/policy.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/digest.h"
#include "core/text.h"
#include "policy_blocks.h"

namespace assent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPolicySchema = "assent-policy/1";
constexpr std::string_view kGroupsSchema = "assent-country-groups/1";

struct SourceFile {
  std::string name;
  std::string bytes;
  Hash32 sha256{};
  std::optional<YAML::Node> root;  // Empty when it does not parse.
  std::string schema;
};

using Faults = std::vector<PolicyFault>;

void note(Faults& faults, std::string file, StaticText reason) {
  faults.push_back({std::move(file), Error{ErrorCode::kInvalid, reason}});
}

std::vector<fs::path> list_files(const fs::path& dir, Faults& faults) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".yaml") paths.push_back(it->path());
  }
  if (error) note(faults, dir.filename().string(), "the directory of policies cannot be read");
  if (paths.size() > PolicySet::kFilesMax) {
    note(faults, dir.filename().string(), "too many policy files");
    paths.clear();
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Never reads more than one byte over the limit.
std::optional<std::string> read_bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(PolicySet::kFileBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || !(in.eof() || in)) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// yaml-cpp throws; this is its fence.
void parse_yaml(SourceFile& file, Faults& faults) {
  const CountryGroups none;
  Reading reading{file.name, faults, none};
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(file.bytes);
    if (documents.size() != 1 || !documents[0].IsMap()) {
      return note(faults, file.name, "must hold one map");
    }
    file.root = documents[0];
    const YAML::Node schema = std::as_const(*file.root)["schema"];
    if (schema.IsDefined() && schema.IsScalar()) file.schema = schema.Scalar();
  } catch (const YAML::Exception& error) {
    reading.fault(error.mark, "", "not valid YAML");
  }
  if (file.root && file.schema != kPolicySchema && file.schema != kGroupsSchema) {
    reading.fault(file.root->Mark(), "schema", "not a schema this version reads");
  }
}

std::vector<SourceFile> read_files(const fs::path& dir, Faults& faults) {
  std::vector<SourceFile> files;
  for (const fs::path& path : list_files(dir, faults)) {
    SourceFile file;
    file.name = path.filename().string();
    std::optional<std::string> bytes = read_bytes(path);
    if (!bytes) {
      note(faults, file.name, "cannot be read");
      continue;
    }
    if (bytes->size() > PolicySet::kFileBytesMax) {
      note(faults, file.name, "too large");
      continue;
    }
    file.bytes = std::move(*bytes);
    file.sha256 = sha256(as_bytes(file.bytes));
    parse_yaml(file, faults);
    files.push_back(std::move(file));
  }
  return files;
}

CountryGroups read_groups(const std::vector<SourceFile>& files, Faults& faults) {
  CountryGroups groups;
  const CountryGroups none;
  for (const SourceFile& file : files) {
    if (!file.root || file.schema != kGroupsSchema) continue;
    Reading reading{file.name, faults, none};
    YamlMap top(*file.root, "", reading);
    top.text("schema");
    YamlMap rows = top.map("groups");
    for (const std::string& name : rows.keys()) {
      if (Country::parse(name)) rows.fault(name, "a group must not look like a country code");
      groups[name] = rows.countries(name.c_str());
    }
    top.finish();
  }
  return groups;
}

std::vector<Policy> read_policies(const std::vector<SourceFile>& files, const CountryGroups& groups,
                                  Faults& faults) {
  std::vector<Policy> policies;
  for (const SourceFile& file : files) {
    if (!file.root || file.schema != kPolicySchema) continue;
    Reading reading{file.name, faults, groups};
    YamlMap top(*file.root, "", reading);
    Policy policy;
    policy.ref.sha256 = file.sha256;
    read_header(top, policy);
    check_paperwork(top);
    read_consent(top, policy);
    read_marketing(top, policy);
    read_gate(top, policy);
    read_recipients(top, policy);
    top.finish();
    policies.push_back(std::move(policy));
  }
  std::sort(policies.begin(), policies.end(), [](const Policy& a, const Policy& b) {
    return std::tie(a.ref.id, a.from) < std::tie(b.ref.id, b.from);
  });
  return policies;
}

void check_together(const std::vector<Policy>& policies, Faults& faults) {
  for (std::size_t i = 0; i < policies.size(); ++i) {
    for (std::size_t j = i + 1; j < policies.size(); ++j) {
      const Policy& a = policies[i];
      const Policy& b = policies[j];
      const bool overlap = !a.to || b.from <= *a.to;
      if (a.ref.id == b.ref.id && overlap) {
        note(faults, b.ref.id, "two versions of one policy are in force on one day");
      }
      if (a.ref.id != b.ref.id && a.code == b.code) {
        note(faults, b.ref.id, "two policies answer for one jurisdiction");
      }
    }
  }
  if (policies.empty() && faults.empty()) note(faults, "", "the directory holds no policy");
}

Hash32 hash_of(const std::vector<SourceFile>& files) {
  Sha256Stream stream;
  for (const SourceFile& file : files) stream.update(file.sha256);
  return stream.finish();
}

}  // namespace

PolicySet::Loaded PolicySet::load(const std::filesystem::path& dir) {
  Loaded loaded;
  const std::vector<SourceFile> files = read_files(dir, loaded.faults);
  const CountryGroups groups = read_groups(files, loaded.faults);
  auto compiled = std::make_shared<CompiledPolicies>();
  compiled->policies = read_policies(files, groups, loaded.faults);
  compiled->hash = hash_of(files);
  check_together(compiled->policies, loaded.faults);
  if (loaded.faults.empty()) loaded.set = PolicySet(std::move(compiled));
  return loaded;
}

const Hash32& PolicySet::hash() const {
  return compiled_->hash;
}

std::vector<PolicyRef> PolicySet::policies() const {
  std::vector<PolicyRef> refs;
  for (const Policy& policy : compiled_->policies) refs.push_back(policy.ref);
  return refs;
}

std::optional<std::string> PolicySet::jurisdiction_of(std::string_view policy_id) const {
  for (const Policy& policy : compiled_->policies) {
    if (policy.ref.id == policy_id) return policy.code;
  }
  return std::nullopt;
}

std::string describe(const PolicyFault& fault) {
  std::ostringstream line;
  line << fault.file;
  if (fault.error.position) {
    line << ':' << fault.error.position->line << ':' << fault.error.position->column;
  }
  line << ": ";
  if (fault.error.field && !fault.error.field->text().empty()) {
    line << fault.error.field->text() << ": ";
  }
  line << tr(fault.error.reason);
  return line.str();
}

}  // namespace assent

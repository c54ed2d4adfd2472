#include "api/catalogues.h"

#include "core/text.h"

namespace assent {
namespace {

class Loader {
 public:
  Loader(const std::filesystem::path& folder, std::string& faults)
      : folder_(folder), faults_(faults) {}

  // The value, or nullopt with the fault written down.
  template <class T>
  std::optional<T> take(const char* file, Result<T> loaded) {
    if (loaded.ok()) return std::move(*loaded);
    const Error& error = loaded.error();
    faults_ += (folder_ / file).string();
    if (error.position) faults_ += ":" + std::to_string(error.position->line);
    faults_ += ": " + tr(error.reason);
    if (error.field) faults_ += " (" + error.field->text() + ")";
    faults_ += '\n';
    return std::nullopt;
  }

  std::filesystem::path at(const char* file) const { return folder_ / file; }

  std::optional<PolicySet> policies() {
    auto loaded = PolicySet::load(at("jurisdictions"));
    for (const PolicyFault& fault : loaded.faults) faults_ += describe(fault) + '\n';
    return loaded.set;
  }

 private:
  const std::filesystem::path& folder_;
  std::string& faults_;
};

}  // namespace

std::unique_ptr<const Catalogues> Catalogues::load(const std::filesystem::path& folder,
                                                   std::string& faults) {
  Loader loader(folder, faults);
  auto policies = loader.policies();
  auto fields = loader.take("fields.yaml", FieldCatalogue::load(loader.at("fields.yaml")));
  auto places = loader.take("cities.yaml", PlaceCatalogue::load(loader.at("cities.yaml")));
  auto blocked = loader.take("blocked.yaml", BlockedValues::load(loader.at("blocked.yaml")));
  auto names = loader.take("names.yaml", NameCatalogue::load(loader.at("names.yaml")));
  auto purposes = loader.take("purposes.yaml", load_purposes(loader.at("purposes.yaml")));
  auto notices = loader.take("notices.yaml", load_notices(loader.at("notices.yaml")));
  if (!fields) return nullptr;
  auto mappings = loader.take("sources", load_mappings(loader.at("sources"), *fields));
  if (!policies || !places || !blocked || !names || !purposes || !notices || !mappings) {
    return nullptr;
  }
  return std::unique_ptr<const Catalogues>(new Catalogues{
      std::move(*policies), std::move(*fields), std::move(*mappings), std::move(*places),
      std::move(*blocked), std::move(*names), std::move(*purposes), std::move(*notices)});
}

}  // namespace assent

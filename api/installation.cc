#include "api/installation.h"

#include <algorithm>

#include "core/secret_file.h"
#include "identity/place.h"

namespace assent {
namespace {

constexpr std::int64_t kAdministratorTokenDays = 90;

bool is_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= 63 && name[0] >= 'a' && name[0] <= 'z' &&
         std::ranges::all_of(name, allowed);
}

Status store_tenant(Services& services, const NewTenant& tenant, TenantId id) {
  return in_tx(services.data, TenantId{}, [&](Tx& tx) -> Status {
    Leaf leaf = leaf_of(installation_act(), AuditEvent::kTenantCreated);
    leaf.object_kind = ObjectKind::kTenant;
    leaf.object = id.value;
    const EventId stored = services.journal.append(tx, leaf);
    tx.exec("SELECT create_tenant($1, $2, $3::text::char(2), $4, $5, $6, $7)",
            {id, tenant.name, tenant.operator_country, Param::array(tenant.targets),
             services.config.log_host + "/" + tenant.name + "/log1", tx.now(), stored});
    return Unit{};
  });
}

// The tenant's first words: what it may ask for, and the texts that ask.
Status publish_catalogues(Services& services, TenantId id) {
  return in_tx(services.data, id, [&](Tx& tx) -> Status {
    const Act act = installation_act();
    auto purposes = Purposes(services.journal).publish(tx, act, services.catalogues->purposes);
    if (!purposes.ok()) return purposes.error();
    auto notices = Notices(services.journal).publish(tx, act, services.catalogues->notices);
    if (!notices.ok()) return notices.error();
    return Unit{};
  });
}

Result<TokenStore::Created> administrator_token(Services& services, TenantId tenant,
                                                const std::string& name) {
  const Timestamp ends{services.clock.now().us + kAdministratorTokenDays * kDayUs};
  return services.tokens.create(tenant, installation_act(), {name, "administrator", {}, ends});
}

// Tokens first: a crash between leaves the old check value, and the next call goes on.
Status end_all_tokens(Services& services, const std::vector<Tenant>& tenants) {
  for (const Tenant& tenant : tenants) {
    auto ended = services.tokens.revoke_all(tenant.id, installation_act());
    if (!ended.ok()) return ended.error();
  }
  return services.tokens.adopt_key();
}

// Whatever the umask says: who may write there could exchange the keys. A directory that exists
// keeps its rights, and is refused when they are too wide.
void make_private_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  if (!std::filesystem::create_directories(directory, failed)) return;
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failed);
}

}  // namespace

Act installation_act() {
  Act act;
  act.actor_kind = ActorKind::kSystem;
  act.purpose = PurposeCode::kOperations;
  return act;
}

Status make_key_files(const Config& config, const Clock& clock, Random& random) {
  std::vector<std::filesystem::path> files{config.custody.keyring, config.token_key};
  if (const auto* const root = std::get_if<FileRootPlace>(&config.custody.root)) {
    files.push_back(root->path);
  }
  for (const auto& file : files) {
    if (std::filesystem::exists(file)) {
      return Error{ErrorCode::kConflict, "a key file exists already and is never overwritten"};
    }
    make_private_directory(file.parent_path());
  }
  auto root = make_root(config.custody.root, random);
  if (!root.ok()) return root.error();
  auto token = write_secret_file(config.token_key, new_secret_key(random));
  if (!token.ok()) return token;
  return Keyring::create(**root, config.custody.keyring, clock.now(), random);
}

Result<TokenStore::Created> create_tenant(Services& services, const NewTenant& tenant) {
  if (!is_name(tenant.name)) {
    return Error{ErrorCode::kInvalid,
                 "a tenant's name is a lower-case word: a-z, then a-z 0-9 - _, at most 63"};
  }
  if (!is_assigned_country(tenant.operator_country) || tenant.targets.empty() ||
      !std::ranges::all_of(tenant.targets, is_assigned_country)) {
    return Error{ErrorCode::kInvalid,
                 "a country is a code that ISO 3166-1 assigns, two capital letters, such as DE"};
  }
  const TenantId id{Uuid::v4(services.random)};
  // Keys commit first: a tenant that exists can always make tags.
  if (auto made = services.keys.create_tenant_keys(id); !made.ok()) return made.error();
  if (auto stored = store_tenant(services, tenant, id); !stored.ok()) return stored.error();
  if (auto published = publish_catalogues(services, id); !published.ok()) return published.error();
  return administrator_token(services, id, "first administrator");
}

Result<TokenStore::Created> recover_administrator(Services& services, const std::string& tenant,
                                                  OldTokens old_tokens) {
  auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  const auto found = std::ranges::find(*tenants, tenant, &Tenant::name);
  if (found == tenants->end()) return Error{ErrorCode::kNotFound, "no such tenant"};
  if (auto fits = services.tokens.check_key(); !fits.ok()) {
    if (fits.error().code != ErrorCode::kCorrupt) return fits.error();
    if (auto ended = end_all_tokens(services, *tenants); !ended.ok()) return ended.error();
  } else if (old_tokens == OldTokens::kEnd) {
    auto ended = services.tokens.revoke_all(found->id, installation_act());
    if (!ended.ok()) return ended.error();
  }
  auto has_one = services.tokens.has_administrator(found->id);
  if (!has_one.ok()) return has_one.error();
  if (*has_one) {
    return Error{ErrorCode::kConflict,
                 "an administrator's token of this tenant is valid: use it, or end all tokens with "
                 "--end-tokens"};
  }
  return administrator_token(services, found->id, "recovered");
}

}  // namespace assent

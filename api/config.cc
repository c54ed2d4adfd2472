#include "api/config.h"

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>

#include "core/text.h"

namespace assent {
namespace {

using Setter = std::function<void(const YAML::Node&)>;
using Keys = std::map<std::string, Setter>;

struct ConfigFailure {
  std::string message;
};

std::string at(const YAML::Node& node) {
  return tr("line {1}", node.Mark().line + 1) + ": ";
}

// Hands each key of `map` to its setter; a key without one is an error.
void read_map(const YAML::Node& map, const std::string& name, const Keys& keys) {
  if (!map.IsMap()) throw ConfigFailure{at(map) + tr("{1} must be a map", name)};
  for (const auto& entry : map) {
    const auto found = keys.find(entry.first.as<std::string>());
    if (found == keys.end()) {
      throw ConfigFailure{at(entry.first) +
                          tr("unknown key '{1}' in {2}", entry.first.as<std::string>(), name)};
    }
    try {
      found->second(entry.second);
    } catch (const YAML::Exception&) {
      throw ConfigFailure{at(entry.second) + tr("the value of '{1}' is not usable", found->first)};
    }
  }
}

Setter text(std::string& to) {
  return [&to](const YAML::Node& node) { to = node.as<std::string>(); };
}
template <class T>
Setter number(T& to) {
  return [&to](const YAML::Node& node) { to = node.as<T>(); };
}
Setter milliseconds(std::chrono::milliseconds& to) {
  return [&to](const YAML::Node& node) { to = std::chrono::milliseconds(node.as<long>()); };
}

class Reader {
 public:
  explicit Reader(std::filesystem::path base) : base_(std::move(base)) {}

  Config read(const YAML::Node& root) {
    read_map(root, tr("the configuration"),
             {{"data", [&](const YAML::Node& n) { cluster(n, "data", config_.data); }},
              {"safe", [&](const YAML::Node& n) { cluster(n, "safe", config_.safe); }},
              {"keys", [&](const YAML::Node& n) { keys(n); }},
              {"published", path(config_.published)},
              {"policies", path(config_.policies)},
              {"migrations", path(config_.migrations)},
              {"log_host", text(config_.log_host)},
              {"database_country", text(config_.database_country)},
              {"http", [&](const YAML::Node& n) { http(n); }},
              {"backup", [&](const YAML::Node& n) { backup(n); }}});
    require(!config_.data.host.empty() && !config_.safe.host.empty(), tr("data and safe"));
    require(has_root_ && !config_.custody.keyring.empty() && !config_.token_key.empty(),
            tr("keys: root, keyring and token"));
    require(!config_.published.empty(), "published");
    require(!config_.policies.empty() && !config_.migrations.empty(),
            tr("policies and migrations"));
    require(!config_.log_host.empty() && !config_.database_country.empty(),
            tr("log_host and database_country"));
    return std::move(config_);
  }

 private:
  static void require(bool there, const std::string& what) {
    if (!there) throw ConfigFailure{tr("missing: {1}", what)};
  }
  Setter path(std::filesystem::path& to) {
    return [this, &to](const YAML::Node& node) { to = base_ / node.as<std::string>(); };
  }
  void cluster(const YAML::Node& node, const std::string& name, DatabaseConfig& to) {
    std::filesystem::path socket;
    to.database = "assent";
    to.sessions = 8;
    read_map(node, name,
             {{"socket", path(socket)},
              {"port", number(to.port)},
              {"database", text(to.database)},
              {"sessions", number(to.sessions)},
              {"statement_timeout_ms", milliseconds(to.statement_timeout)}});
    to.host = std::filesystem::absolute(socket).lexically_normal().string();
  }
  void keys(const YAML::Node& node) {
    read_map(node, "keys",
             {{"root",
               [this](const YAML::Node& n) {
                 config_.custody.root = root_place(n, "keys.root");
                 has_root_ = true;
               }},
              {"next_root",
               [this](const YAML::Node& n) {
                 config_.custody.next_root = root_place(n, "keys.next_root");
               }},
              {"keyring", path(config_.custody.keyring)},
              {"suite", [this](const YAML::Node& n) { config_.suite = suite(n); }},
              {"token", path(config_.token_key)}});
  }
  static Suite suite(const YAML::Node& node) {
    switch (node.as<int>()) {
      case 1:
        return Suite::kPoly1305;
      case 2:
        return Suite::kCommitting;
      default:
        throw ConfigFailure{at(node) + tr("keys.suite is 1 or 2")};
    }
  }
  // A path alone is a file; else a map whose `provider` says which other keys there are.
  RootPlace root_place(const YAML::Node& node, const std::string& name) {
    if (node.IsScalar()) return FileRootPlace{base_ / node.as<std::string>()};
    const std::string provider =
        node.IsMap() && node["provider"] ? node["provider"].as<std::string>() : "";
    const auto kind = parse_root_kind(provider);
    if (!kind) {
      throw ConfigFailure{at(node) + tr("{1}: provider is none of file, systemd and pkcs11", name)};
    }
    switch (*kind) {
      case RootKind::kFile:
        return file_root(node, name);
      case RootKind::kSystemd:
        return systemd_root(node, name);
      case RootKind::kPkcs11:
        return pkcs11_root(node, name);
    }
    return {};
  }
  RootPlace file_root(const YAML::Node& node, const std::string& name) {
    FileRootPlace place;
    read_map(node, name, {{"provider", ignored()}, {"path", path(place.path)}});
    require(!place.path.empty(), name + ".path");
    return place;
  }
  static RootPlace systemd_root(const YAML::Node& node, const std::string& name) {
    SystemdRootPlace place;
    read_map(node, name, {{"provider", ignored()}, {"credential", credential(place.credential)}});
    require(!place.credential.empty(), name + ".credential");
    return place;
  }
  RootPlace pkcs11_root(const YAML::Node& node, const std::string& name) {
    Pkcs11RootPlace place;
    read_map(node, name,
             {{"provider", ignored()},
              {"module", path(place.device.module)},
              {"token", text(place.device.token)},
              {"key", text(place.device.key)},
              {"pin_file", path(place.pin_file)},
              {"pin_credential", credential(place.pin_credential)}});
    require(
        !place.device.module.empty() && !place.device.token.empty() && !place.device.key.empty(),
        tr("{1}: module, token and key", name));
    if (place.pin_file.empty() == place.pin_credential.empty()) {
      throw ConfigFailure{at(node) + tr("{1}: one of pin_file and pin_credential", name)};
    }
    return place;
  }
  static Setter ignored() {
    return [](const YAML::Node&) {};
  }
  // A name, so that it leads to no other directory.
  static Setter credential(std::string& to) {
    return [&to](const YAML::Node& node) {
      to = node.as<std::string>();
      if (to.empty() || to.front() == '.' || to.find('/') != std::string::npos) {
        throw ConfigFailure{at(node) + tr("a credential is named, without a directory")};
      }
    };
  }
  void backup(const YAML::Node& node) {
    read_map(
        node, "backup",
        {{"recipient",
          [this](const YAML::Node& n) {
            config_.backup.recipient = BackupRecipient::parse(n.as<std::string>());
            if (!config_.backup.recipient) {
              throw ConfigFailure{at(n) + tr("backup.recipient is none that 'assent keys "
                                             "new-backup-key' printed")};
            }
          }},
         {"also", [this](const YAML::Node& n) {
            for (const auto& one : n) {
              config_.backup.also.push_back((base_ / one.as<std::string>()).lexically_normal());
            }
          }}});
  }
  void http(const YAML::Node& node) {
    std::filesystem::path certificate;
    std::filesystem::path key;
    ServerConfig& to = config_.http;
    read_map(node, "http",
             {{"address", text(to.address)},
              {"port", number(to.port)},
              {"tls_certificate", path(certificate)},
              {"tls_key", path(key)},
              {"io_threads", number(to.io_threads)},
              {"workers", number(to.workers)},
              {"queue_max", number(to.queue_max)},
              {"connections_max", number(to.connections_max)},
              {"head_bytes_max", number(to.head_bytes_max)},
              {"idle_ms", milliseconds(to.idle_max)},
              {"head_ms", milliseconds(to.head_max)},
              {"body_ms", milliseconds(to.body_max)},
              {"answer_ms", milliseconds(to.answer_max)},
              {"write_ms", milliseconds(to.write_max)}});
    if (certificate.empty() != key.empty()) {
      throw ConfigFailure{tr("http: tls_certificate and tls_key go together")};
    }
    if (!certificate.empty()) to.tls = TlsFiles{certificate.string(), key.string()};
  }

  std::filesystem::path base_;
  Config config_;
  bool has_root_ = false;
};

}  // namespace

ConfigResult load_config(const std::filesystem::path& file) {
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    ConfigResult result{Reader(file.parent_path()).read(root), {}};
    result.config->file = file;
    return result;
  } catch (const ConfigFailure& failure) {
    return {std::nullopt, {file.string() + ": " + failure.message}};
  } catch (const YAML::BadFile&) {
    return {std::nullopt,
            {tr("{1}: cannot be read; scripts/quickstart writes one, or name yours with "
                "--config FILE",
                file.string())}};
  } catch (const YAML::Exception& failure) {
    return {std::nullopt,
            {file.string() + ": " + tr("line {1}", failure.mark.line + 1) + ": " + tr("not YAML")}};
  }
}

DatabaseConfig as_role(DatabaseConfig cluster, std::string role, std::size_t sessions) {
  cluster.role = std::move(role);
  cluster.sessions = sessions;
  return cluster;
}

std::filesystem::path default_config_file() {
  const std::filesystem::path here = "var/assent.yaml";
  return std::filesystem::exists(here) ? here : "/etc/assent/assent.yaml";
}

}  // namespace assent

#include "commands.h"

#include <csignal>
#include <iostream>

#include "api/server.h"
#include "api/traffic.h"
#include "core/file.h"
#include "core/process.h"
#include "core/random.h"
#include "core/secret_file.h"
#include "core/text.h"
#include "witness.h"
#include "witness_routes.h"

namespace assent {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr std::chrono::seconds kDrainGrace{10};
constexpr std::size_t kVkeyBytesMax = 4096;

std::filesystem::path vkey_file(const std::filesystem::path& key) {
  return key.string() + ".vkey";
}

Result<VerifierKey> read_own_vkey(const std::filesystem::path& key) {
  auto text = read_file(vkey_file(key), kVkeyBytesMax);
  if (!text.ok()) {
    return Error{text.error().code, "the file of the public key, .vkey, cannot be read"};
  }
  while (!text->empty() && text->back() == '\n') text->pop_back();
  auto own = parse_vkey(*text);
  if (own.ok() && own->type == kCosignatureType) return own;
  return Error{ErrorCode::kCorrupt, "the file of the public key, .vkey, holds none of a witness"};
}

struct OwnKey {
  SigningKey secret;
  VerifierKey own;
};

Result<OwnKey> read_own_key(const std::filesystem::path& file) {
  auto own = read_own_vkey(file);
  if (!own.ok()) return own.error();
  auto seed = read_secret_file(file);
  if (!seed.ok()) return seed.error();
  OwnKey key{signing_key_from_seed(seed->bytes()), std::move(*own)};
  if (verifier_key(key.own.name, kCosignatureType, key.secret.public_key) == key.own) return key;
  return Error{ErrorCode::kCorrupt, "the key file and the file of its public key do not agree"};
}

ServerConfig server_config(const ServeCommand& command, const ListenAddress& address) {
  ServerConfig config;
  config.address = address.host;
  config.port = address.port;
  config.workers = 4;
  config.connections_max = 256;
  config.large_bodies_bytes_max = 0;  // No route takes one.
  if (!command.tls_certificate.empty()) {
    config.tls = TlsFiles{command.tls_certificate, command.tls_key};
  }
  return config;
}

int serve(const ServeCommand& command, const ListenAddress& address) {
  const StopSignals stop;
  std::signal(SIGPIPE, SIG_IGN);
  auto key = read_own_key(command.key);
  if (!key.ok()) return say(key.error());
  const SystemClock clock;
  SystemRandom random;
  Log log(clock, std::cerr);
  auto witness = Witness::open(command.state, key->own, key->secret, clock, log);
  if (!witness.ok()) return say(witness.error());
  const Router router = make_witness_routes(**witness);
  Traffic traffic;
  Server server(server_config(command, address), router, clock, random, log, traffic);
  if (auto started = server.start(); !started.ok()) return say(started.error());
  std::cerr << tr("witness {1} serves {2} on {3}:{4}; stop with Ctrl-C", key->own.name,
                  tr_n("{1} log", "{1} logs", (*witness)->logs().size(), (*witness)->logs().size()),
                  address.host, server.port())
            << '\n';
  stop.wait();
  server.drain(kDrainGrace);
  return kDone;
}

void print(const WitnessedLog& log, const std::filesystem::path& state) {
  std::cout << log.origin << '\n';
  if (log.newest) {
    const auto us = static_cast<std::int64_t>(log.newest->time_s) * kSecondUs;
    std::cout << "  "
              << tr("size {1}, root {2}, cosigned {3}", log.newest->checkpoint.size,
                    to_base64(log.newest->checkpoint.root), to_rfc3339({us}))
              << '\n';
  } else {
    std::cout << "  " << tr("nothing cosigned yet") << '\n';
  }
  if (has_contradiction(state, log.origin)) {
    std::cout << "  "
              << tr("THE LOG SIGNED TWO HISTORIES; the proof is {1}",
                    (state / (origin_hash(log.origin) + ".contradiction")).string())
              << '\n';
  }
}

}  // namespace

int say(const Error& error) {
  std::cerr << "assent-witness: " << tr(error.reason) << '\n';
  return kFailed;
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return std::nullopt;
  const auto port = parse_number(text.substr(colon + 1));
  if (!port.ok() || *port > 65'535) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return ListenAddress{std::string(host), static_cast<std::uint16_t>(*port)};
}

int run(const InitCommand& command) {
  if (!is_key_name(command.name)) {
    return say(Error{ErrorCode::kInvalid,
                     "the name must be without spaces, control characters and plus signs"});
  }
  SystemRandom random;
  const SecretKey secret = new_secret_key(random);
  if (auto kept = write_secret_file(command.key, secret); !kept.ok()) return say(kept.error());
  const SigningKey key = signing_key_from_seed(secret.bytes());
  const auto vkey = format_vkey(verifier_key(command.name, kCosignatureType, key.public_key));
  if (auto kept = replace_file(vkey_file(command.key), vkey + "\n", 0644); !kept.ok()) {
    return say(kept.error());
  }
  std::cout << vkey << '\n';
  return kDone;
}

int run(const AddLogCommand& command) {
  std::vector<VerifierKey> keys;
  for (const std::string& vkey : command.vkeys) {
    auto key = parse_vkey(vkey);
    if (!key.ok()) return say(key.error());
    keys.push_back(std::move(*key));
  }
  for (const VerifierKey& key : keys) {
    if (auto added = add_witnessed_log(command.state, key); !added.ok()) return say(added.error());
    std::cerr << tr("known: {1}", key.name) << '\n';
  }
  return kDone;
}

int run(const ServeCommand& command) {
  const auto address = parse_listen_address(command.address);
  if (!address) {
    return say(Error{ErrorCode::kInvalid, "the address is not ADDRESS:PORT, as 127.0.0.1:8091"});
  }
  if (command.tls_certificate.empty() != command.tls_key.empty()) {
    return say(Error{ErrorCode::kInvalid, "certificate and key of TLS go together"});
  }
  return serve(command, *address);
}

int run(const StatusCommand& command) {
  const auto own = read_own_vkey(command.key);
  if (!own.ok()) return say(own.error());
  const auto logs = read_witness_state(command.state, *own);
  if (!logs.ok()) return say(logs.error());
  std::cout << format_vkey(*own) << '\n';
  for (const auto& [origin, log] : *logs) print(log, command.state);
  return kDone;
}

}  // namespace assent

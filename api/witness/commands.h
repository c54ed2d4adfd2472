#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audit/note.h"
#include "core/digest.h"
#include "core/result.h"

// The commands of assent-witness. Each says on standard error what went wrong and answers the exit
// code: 0 done, 1 failed.
namespace assent {

// The key file holds the secret, "<file>.vkey" beside it what the world may know.
struct InitCommand {
  std::string name;
  std::filesystem::path key;
};
struct AddLogCommand {
  std::filesystem::path state;
  std::vector<std::string> vkeys;
};
struct ServeCommand {
  std::filesystem::path state;
  std::filesystem::path key;
  std::string address = "127.0.0.1:8091";
  std::string tls_certificate;
  std::string tls_key;
};
struct StatusCommand {
  std::filesystem::path state;
  std::filesystem::path key;
};

int run(const InitCommand& command);
int run(const AddLogCommand& command);
int run(const ServeCommand& command);
int run(const StatusCommand& command);

// Says an error on standard error; answers 1.
int say(const Error& error);

// "127.0.0.1:8091", "[::1]:8091". nullopt when it is not ADDRESS:PORT.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};
std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace assent

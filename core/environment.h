#pragma once

#include <filesystem>
#include <optional>
#include <string>

// What is looked up in the environment of the process, and what must not be there. Not thread-safe
// against who changes it: nobody here does.
namespace assent {

// The name of a variable that would hand us a key, if there is one: it would stand in
// /proc/PID/environ, in crash reports and in every child, so that a program refuses to start beside
// it. These are variables of ours ("ASSENT_…") with one of the words KEY, KEYS, KEK, KEYRING,
// SECRET, PIN, SHARE, PASSWORD, PASSPHRASE or TOKEN. The value is never looked at.
std::optional<std::string> key_in_environment();
// What to tell who set it, in the language of the terminal; nullopt when nobody did.
std::optional<std::string> environment_refusal();

// Where systemd.exec(5) put the credentials of this service; nullopt when it was not asked to.
std::optional<std::filesystem::path> credentials_directory();

}  // namespace assent

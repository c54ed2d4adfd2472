#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "core/digest.h"
#include "core/key_slab.h"
#include "core/random.h"
#include "core/secret_file.h"

namespace assent {

// A private directory for keys, locked memory to open them in, and chance.
class KeysTest : public ::testing::Test {
 protected:
  KeysTest() {
    crypto_ready();
    std::string name = (std::filesystem::temp_directory_path() / "keys.XXXXXX").string();
    directory = ::mkdtemp(name.data());
    slab = std::move(*KeySlab::make(1 << 14));
  }
  ~KeysTest() override { std::filesystem::remove_all(directory); }

  std::filesystem::path root() const { return directory / "root.key"; }
  std::filesystem::path keyring() const { return directory / "keyring"; }
  static std::string text_of(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  static void write(const std::filesystem::path& file, const std::string& text,
                    ::mode_t mode = 0600) {
    std::filesystem::remove(file);
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
  }

  std::filesystem::path directory;
  std::unique_ptr<KeySlab> slab;
  SystemRandom random;
};

}  // namespace assent

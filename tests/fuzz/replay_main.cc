// Runs a fuzz target over every file of the given folders and over fixed mutations of each, where
// libFuzzer is not at hand. An empty corpus is an error: then nothing was tested.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutationsPerFile = 200;

std::uint64_t next(std::uint64_t& state) {  // xorshift64
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

void mutate(std::vector<std::uint8_t>& bytes, std::uint64_t& state) {
  const std::size_t at = bytes.empty() ? 0 : next(state) % bytes.size();
  switch (next(state) % 4) {
    case 0:
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   static_cast<std::uint8_t>(next(state)));
      break;
    case 1:
      bytes.resize(at);
      break;
    default:
      if (!bytes.empty()) bytes[at] ^= static_cast<std::uint8_t>(1u << next(state) % 8);
  }
}

void run(const std::vector<std::uint8_t>& bytes) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void replay(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<std::uint8_t> original{std::istreambuf_iterator<char>(in), {}};
  run(original);
  std::uint64_t state = 0x9E3779B97F4A7C15;
  for (int i = 0; i < kMutationsPerFile; ++i) {
    std::vector<std::uint8_t> bytes = original;
    for (std::uint64_t times = 1 + next(state) % 4; times > 0; --times) mutate(bytes, state);
    run(bytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      replay(entry.path());
      ++files;
    }
  }
  std::cout << files << " files, " << kMutationsPerFile << " mutations each\n";
  return files == 0 ? 1 : 0;
}

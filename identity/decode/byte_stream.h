#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

// Text in the clear while it is being decoded: wiped when it dies or grows.
using WipedText = std::vector<char, WipingAllocator<char>>;

inline void append(WipedText& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

// Bytes in order. Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills at most `out`, at least one byte; 0 only at the end. kUnavailable when reading failed.
  virtual Result<std::size_t> read(std::span<char> out) = 0;
  virtual std::uint64_t bytes_read() const = 0;
};

// kNotFound when there is no such regular file or it may not be read.
Result<std::unique_ptr<ByteStream>> open_file(const std::filesystem::path& path);

// Bytes that the caller keeps alive, at most `chunk_bytes` at a time.
std::unique_ptr<ByteStream> open_memory(std::string_view bytes, std::size_t chunk_bytes);

}  // namespace assent

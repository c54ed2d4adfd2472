#include "identity/decode/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace assent {
namespace {

class FileStream final : public ByteStream {
 public:
  explicit FileStream(int file) : file_(file) {}
  ~FileStream() override { ::close(file_); }
  FileStream(const FileStream&) = delete;
  FileStream& operator=(const FileStream&) = delete;

  Result<std::size_t> read(std::span<char> out) override {
    ssize_t got = 0;
    do {
      got = ::read(file_, out.data(), out.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return Error{ErrorCode::kUnavailable, "the file cannot be read to its end"};
    bytes_read_ += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }
  std::uint64_t bytes_read() const override { return bytes_read_; }

 private:
  int file_;
  std::uint64_t bytes_read_ = 0;
};

class MemoryStream final : public ByteStream {
 public:
  MemoryStream(std::string_view bytes, std::size_t chunk) : bytes_(bytes), chunk_(chunk) {}

  Result<std::size_t> read(std::span<char> out) override {
    const std::size_t got = std::min({out.size(), chunk_, bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, got, out.data());
    at_ += got;
    return got;
  }
  std::uint64_t bytes_read() const override { return at_; }

 private:
  std::string_view bytes_;
  std::size_t chunk_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> open_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return Error{ErrorCode::kNotFound, "the file does not exist or may not be read"};
  auto stream = std::make_unique<FileStream>(file);
  struct stat facts {};
  if (::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return Error{ErrorCode::kNotFound, "the path does not name a regular file"};
  }
  return Result<std::unique_ptr<ByteStream>>(std::move(stream));
}

std::unique_ptr<ByteStream> open_memory(std::string_view bytes, std::size_t chunk_bytes) {
  return std::make_unique<MemoryStream>(bytes, chunk_bytes);
}

}  // namespace assent

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

struct zip;
struct zip_file;

namespace assent {

// What a workbook may cost, so that a small file cannot unpack into a large one.
inline constexpr std::uint64_t kUnpackedBytesMax = 512ULL << 20;  // All parts together.
inline constexpr std::uint64_t kRatioMax = 250;  // Of any part over kRatioFreeBytes.
inline constexpr std::uint64_t kRatioFreeBytes = 4ULL << 20;
inline constexpr std::int64_t kPartsMax = 4096;

// What the directory says of a part.
struct PartSize {
  std::uint64_t packed = 0;
  std::uint64_t unpacked = 0;
};

// One part while it is unpacked. Counts what really comes out: a directory may lie.
class XlsxPart {
 public:
  XlsxPart(zip_file* file, std::uint64_t packed_bytes, std::uint64_t& package_unpacked);
  ~XlsxPart();
  XlsxPart(const XlsxPart&) = delete;
  XlsxPart& operator=(const XlsxPart&) = delete;

  // 0 at the end, after the checksum has been found right.
  // kInvalid: cut short, damaged or over a limit.
  Result<std::size_t> read(std::span<char> out);
  std::uint64_t unpacked_bytes() const { return unpacked_; }

 private:
  zip_file* file_;
  std::uint64_t packed_;
  std::uint64_t unpacked_ = 0;
  std::uint64_t& package_unpacked_;
};

// The ZIP file of a workbook. Parts must not outlive it. Not thread-safe.
class XlsxPackage {
 public:
  // kInvalid: not a whole ZIP file, encrypted, or over a limit.
  static Result<std::unique_ptr<XlsxPackage>> open(const std::filesystem::path& path);
  // `bytes` outlives the package.
  static Result<std::unique_ptr<XlsxPackage>> open(std::string_view bytes);

  ~XlsxPackage();
  XlsxPackage(const XlsxPackage&) = delete;
  XlsxPackage& operator=(const XlsxPackage&) = delete;

  // kNotFound when there is no such part.
  Result<std::unique_ptr<XlsxPart>> part(const std::string& name);
  PartSize size(const std::string& name) const;  // Zeros when there is no such part.

 private:
  explicit XlsxPackage(zip* archive) : archive_(archive) {}
  static Result<std::unique_ptr<XlsxPackage>> checked(zip* archive);

  zip* archive_;
  std::uint64_t unpacked_ = 0;
};

}  // namespace assent

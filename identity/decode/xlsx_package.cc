#include "xlsx_package.h"

#include <zip.h>

namespace assent {
namespace {

constexpr StaticText kDamaged = "the workbook is cut short or damaged";
constexpr StaticText kTooLarge = "the workbook unpacks to more than 512 MiB";
constexpr StaticText kTooDense = "a part of the workbook unpacks to more than 250 times its size";

Error invalid(StaticText reason) {
  return {ErrorCode::kInvalid, reason};
}

bool too_dense(std::uint64_t unpacked, std::uint64_t packed) {
  return unpacked > kRatioFreeBytes && unpacked / kRatioMax > packed;
}

}  // namespace

XlsxPart::XlsxPart(zip_file* file, std::uint64_t packed_bytes, std::uint64_t& package_unpacked)
    : file_(file), packed_(packed_bytes), package_unpacked_(package_unpacked) {}

XlsxPart::~XlsxPart() {
  zip_fclose(file_);
}

Result<std::size_t> XlsxPart::read(std::span<char> out) {
  const zip_int64_t got = zip_fread(file_, out.data(), out.size());
  if (got < 0) return invalid(kDamaged);
  unpacked_ += static_cast<std::uint64_t>(got);
  package_unpacked_ += static_cast<std::uint64_t>(got);
  if (package_unpacked_ > kUnpackedBytesMax) return invalid(kTooLarge);
  if (too_dense(unpacked_, packed_)) return invalid(kTooDense);
  return static_cast<std::size_t>(got);
}

XlsxPackage::~XlsxPackage() {
  zip_discard(archive_);
}

Result<std::unique_ptr<XlsxPackage>> XlsxPackage::open(const std::filesystem::path& path) {
  int code = 0;
  zip* archive = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  return archive == nullptr ? invalid(kDamaged) : checked(archive);
}

Result<std::unique_ptr<XlsxPackage>> XlsxPackage::open(std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip* archive = source == nullptr
                     ? nullptr
                     : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (archive == nullptr) zip_source_free(source);
  zip_error_fini(&error);
  return archive == nullptr ? invalid(kDamaged) : checked(archive);
}

Result<std::unique_ptr<XlsxPackage>> XlsxPackage::checked(zip* archive) {
  std::unique_ptr<XlsxPackage> package(new XlsxPackage(archive));
  const zip_int64_t entries = zip_get_num_entries(archive, 0);
  if (entries > kPartsMax) return invalid("the workbook has more than 4,096 parts");
  std::uint64_t unpacked = 0;
  for (zip_int64_t i = 0; i < entries; ++i) {
    zip_stat_t facts;
    if (zip_stat_index(archive, static_cast<zip_uint64_t>(i), 0, &facts) != 0) {
      return invalid(kDamaged);
    }
    if (facts.encryption_method != ZIP_EM_NONE) return invalid("the workbook is encrypted");
    if (facts.size > kUnpackedBytesMax) return invalid(kTooLarge);
    unpacked += facts.size;
    if (unpacked > kUnpackedBytesMax) return invalid(kTooLarge);
    if (too_dense(facts.size, facts.comp_size)) return invalid(kTooDense);
  }
  return Result<std::unique_ptr<XlsxPackage>>(std::move(package));
}

Result<std::unique_ptr<XlsxPart>> XlsxPackage::part(const std::string& name) {
  zip_file* file = zip_fopen(archive_, name.c_str(), ZIP_FL_NOCASE);
  if (file == nullptr) {
    const bool absent = zip_error_code_zip(zip_get_error(archive_)) == ZIP_ER_NOENT;
    if (!absent) return invalid(kDamaged);
    return Error{ErrorCode::kNotFound, "the workbook lacks a part"};
  }
  return std::make_unique<XlsxPart>(file, size(name).packed, unpacked_);
}

PartSize XlsxPackage::size(const std::string& name) const {
  zip_stat_t facts;
  if (zip_stat(archive_, name.c_str(), ZIP_FL_NOCASE, &facts) != 0) return {};
  return {facts.comp_size, facts.size};
}

}  // namespace assent

#pragma once

#include <string>
#include <string_view>

#include "audit/bundle.h"

// The words of a bundle, shared by its writer and its reader and nobody else.
namespace assent::bundle_text {

inline constexpr std::string_view kFirstLine = "assent-audit-bundle/v1";
inline constexpr std::string_view kHashes = "hashes ";
inline constexpr std::string_view kCount = "count ";
inline constexpr std::string_view kFirstPath = "first-path ";
inline constexpr std::string_view kLastPath = "last-path ";
inline constexpr std::string_view kExtends = "extends ";
inline constexpr std::string_view kCheckpoint = "checkpoint";
inline constexpr std::string_view kSum = "sum ";

// Header with its closing empty line; trailer without its sum line.
std::string format_header(const BundleHeader& header);
std::string format_trailer(const BundleTrailer& trailer);
// Both are strict: what they accept, the two above would write again.
Result<BundleHeader> parse_header(std::string_view text);
Result<BundleTrailer> parse_trailer(std::string_view text);
std::string sum_line(std::string_view header, std::string_view trailer);

bool is_range(const BundleHeader& header);

}  // namespace assent::bundle_text

#pragma once

#include <filesystem>
#include <string>

#include "api/config.h"
#include "core/result.h"
#include "core/sealed_stream.h"

namespace assent {

// The files of an installation that belong into its backup, a section each, named by its place:
// "configuration/…", "policies/…", "published/…", "also/<what it was called>/…". What is a key is
// left out, wherever it lies. kUnavailable: one cannot be read.
Status write_files(const Config& config, SealedWriter& out);

// One such section as a file below `directory`. kCorrupt: its name leads elsewhere.
Status read_file_section(const std::string& name, SealedReader& reader,
                         const std::filesystem::path& directory);

}  // namespace assent

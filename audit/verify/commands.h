#pragma once

#include <iosfwd>
#include <string>

// The commands of assent-verify. Each reads files, prints to `out`, and returns the exit code:
// 0 verified, 1 tampering shown, 2 cannot tell. A file name "-" is standard input.
namespace assent {

enum class Format { kText, kJson };

struct BundleCommand {
  std::string bundle;
  std::string policy;  // Empty: none was given; so for every file that may be absent.
  std::string since;
  std::string stamp;   // A time stamp of what `since` names.
  std::string tsa_ca;  // Certificates that it is trusted by.
  Format format = Format::kText;
};
struct EntryCommand {
  std::string proof;
  std::string leaf;
  std::string policy;
  Format format = Format::kText;
};
struct CompareCommand {
  std::string older;
  std::string newer;
  std::string proof;
  std::string policy;
  Format format = Format::kText;
};

struct ErasureCommand {
  std::string certificate;
  std::string bundle;
  std::string burn;       // Proof of KEK_EPOCH_BURNED,
  std::string burn_leaf;  // and the entry; both or none.
  std::string policy;
  Format format = Format::kText;
};
struct ReleaseCommand {
  std::string evidence;
  std::string delivered;
  std::string bundle;
  std::string policy;
  Format format = Format::kText;
};

struct StateCommand {
  std::string bundle;
  std::string dump;
  std::string policy;
  Format format = Format::kText;
};

struct StampCommand {
  std::string checkpoint;
  std::string stamp;
  std::string tsa_ca;
  std::string policy;
  Format format = Format::kText;
};

int run(const BundleCommand& command, std::ostream& out);
int run(const EntryCommand& command, std::ostream& out);
int run(const CompareCommand& command, std::ostream& out);
int run(const ErasureCommand& command, std::ostream& out);
int run(const ReleaseCommand& command, std::ostream& out);
int run(const StateCommand& command, std::ostream& out);
int run(const StampCommand& command, std::ostream& out);
// Prints one leaf, in bytes or in base64. 0, or 2 when it cannot be read.
int explain_file(const std::string& leaf, std::ostream& out);

}  // namespace assent

#pragma once

#include <string>

#include "tests/audit/sample_log.h"

namespace assent {

// A log that tells of one erasure and one release, and the papers that left the house about them:
// what tests/golden/verify holds. Invented; made without the code that writes the real ones.
struct SamplePapers {
  // `stages`: a part of the certificate, with its comma; the golden one has none.
  explicit SamplePapers(const std::string& stages = "");

  SampleLog log;
  SigningKey release_key;
  std::string policy;       // Trusts the log and the release key.
  std::string certificate;  // Of an erasure.
  std::string delivered;    // CSV.
  std::string opening, closing, evidence;
  std::string bundle;

 private:
  void erase(const std::string& stages);
  void release();
  Leaf next(AuditEvent event, ObjectKind kind, const Uuid& object);
};

std::string read_verify_golden(const std::string& name);

}  // namespace assent

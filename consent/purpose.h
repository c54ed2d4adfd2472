#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// A purpose of policies/purposes.yaml. A use for any other is refused.
struct PurposeEntry {
  PurposeCode code = PurposeCode::kNone;
  std::string name;
  LegalBasis basis = LegalBasis::kNone;
  int retention_days = 0;              // After the person's last act.
  std::vector<std::uint8_t> channels;  // That can carry it; empty when nothing is sent.
};

// Loaded whole or not at all. kNotFound no such file; kInvalid with line, column and rule: a key
// that is unknown, missing or doubled, a word outside its closed set, a purpose given twice.
Result<std::vector<PurposeEntry>> load_purposes(const std::filesystem::path& file);

// Inside the caller's transaction; thread-safe.
class Purposes {
 public:
  // `journal` must outlive the object.
  explicit Purposes(Journal& journal) : journal_(journal) {}

  // Registers those that the tenant does not have yet, each with a PURPOSE_REGISTERED leaf. Answers
  // how many. kConflict a number is registered under another name.
  Result<std::size_t> publish(Tx& tx, const Act& act,
                              const std::vector<PurposeEntry>& entries) const;
  // kNotFound the tenant has not registered it.
  static Result<PurposeCode> find(Tx& tx, std::string_view name);

 private:
  Journal& journal_;
};

}  // namespace assent

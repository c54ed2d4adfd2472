#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audit/sequencer.h"
#include "audit/signer.h"
#include "rights/erase.h"
#include "rights/erase_worker.h"
#include "rights/key_destroyer.h"
#include "tests/identity/import_world.h"

namespace assent {

// A tenant into which files are imported, whose log runs, and whose people may be erased.
class RightsWorld : public ImportWorld {
 public:
  explicit RightsWorld(Suite suite = Suite::kPoly1305);

  RightsServices rights();
  EraseService service() { return EraseService(rights()); }
  static PersonQuery by_email(std::string_view email, std::string_view first_name = "");

  // Until nothing is left to do; every round must succeed.
  void finish_erasures();
  // One request, carried out to its certificate.
  RequestId erase(const PersonQuery& query);
  void run_log();
  // What assent-key-destroyer does, in this process. Of all tenants of the test's clusters.
  DestroyRound destroy_keys();

  std::map<AuditEvent, int> leaves();
  std::vector<Leaf> leaves_of(AuditEvent event);

  // What the data has of a record, and what opens it.
  struct Copy {
    RecordId record;
    Uuid row;
    Bytes fields;
    Bytes wrapped;
    Hash32 commitment{};
  };
  Copy copy_of(RecordId record);
  // Whether any key that the safe holds now opens the copied fields.
  bool opens_with_a_key_left(const Copy& copy);
  bool opens_with(const Copy& copy, const SecretKey& key) const;
  // The first name, through the front door; "" when nothing answers.
  std::string first_name(RecordId record);

  // The shipped policy, but that evidence of consent goes with the person.
  RetentionPolicy without_evidence();

  RetentionPolicy retention;
  SigningKey log_key;
  std::unique_ptr<Signer> signer;
};

}  // namespace assent

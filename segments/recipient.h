#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "consent/facts.h"
#include "core/db.h"
#include "segments/segment_catalogue.h"

namespace assent {

// Who may be given a release, and what the contract with it says.
struct RegisteredRecipient {
  Uuid id;  // Made by register_one().
  std::string name;
  RecipientRole role = RecipientRole::kUnknown;  // internal, processor, third_party, ad_platform
  Country country;
  std::vector<std::string> contracts;  // Kinds in force, as policies name them.
  std::string transfer_tool;           // As policies name it, or "".
  bool transfer_assessed = false;
  bool framework_certified = false;
  TransferNotice notice = TransferNotice::kNone;
  std::vector<std::string> fields;  // What it may have, in names of fields.yaml.
  // What its messages carry by contract: sender_identified, unsubscribe, postal_address, honest.
  std::vector<std::string> duties;
};

// As the policy engine reads it.
Recipient recipient_facts(const RegisteredRecipient& recipient);
Message message_facts(const RegisteredRecipient& recipient);

// The words of the registry. kUnknown / nullopt for any other.
RecipientRole parse_recipient_role(std::string_view word);
std::string_view role_word(RecipientRole role);
std::optional<TransferNotice> parse_transfer_notice(std::string_view word);
std::string_view notice_word(TransferNotice notice);

struct Registration {
  Uuid id;
  EventId leaf;
};

// The registry of recipients. Entries are never edited. Works inside the caller's transaction;
// thread-safe.
class Recipients {
 public:
  // `journal` and `random` must outlive the registry.
  Recipients(Journal& journal, Random& random) : journal_(journal), random_(random) {}

  // One RECIPIENT_REGISTERED leaf, whose record hash is over the whole entry.
  // kInvalid   a name not of [a-z][a-z0-9_-]*, at most 63; an unknown role or duty; no country;
  //            a list over kListMax or a word over kWordMax.
  // kConflict  the name is registered.
  Result<Registration> register_one(Tx& tx, const Act& act, RegisteredRecipient recipient) const;

  // kNotFound  no such recipient.
  static Result<RegisteredRecipient> find(Tx& tx, std::string_view name);
  static Result<RegisteredRecipient> find(Tx& tx, Uuid id);
  static std::vector<RegisteredRecipient> list(Tx& tx);  // By name.

  static constexpr std::size_t kListMax = 64;
  static constexpr std::size_t kWordMax = 63;

 private:
  Journal& journal_;
  Random& random_;
};

}  // namespace assent

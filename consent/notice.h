#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// A text that people are shown. A published version is never edited.
struct Notice {
  Uuid id;  // Derived from (tenant, name, version, locale) when it is published; nil in a file.
  std::string name;
  int version = 1;
  std::string locale;
  std::string jurisdiction;
  PurposeCode purpose = PurposeCode::kNone;
  std::vector<std::uint8_t> channels;  // What it asks for; empty: the processing itself.
  std::string controller;
  bool separate_document = false;
  Date effective_from;  // A consent dated earlier cannot rest on it.
  std::string body;
  Hash32 body_hash{};  // SHA-256 of the UTF-8 body.
};

// What the notices table says of a text that a consent names.
struct NoticeTerms {
  PurposeCode purpose = PurposeCode::kNone;
  std::vector<std::uint8_t> channels;  // Empty: the processing itself.
  bool separate_document = false;
  Timestamp effective_from;
};
using NoticeIndex = std::map<Uuid, NoticeTerms>;

// policies/notices.yaml. Loaded whole or not at all; errors as load_purposes() (purpose.h).
Result<std::vector<Notice>> load_notices(const std::filesystem::path& file);

// Inside the caller's transaction; thread-safe.
class Notices {
 public:
  // `journal` must outlive the object.
  explicit Notices(Journal& journal) : journal_(journal) {}

  // Publishes those that the tenant does not have yet, each with a NOTICE_PUBLISHED leaf whose
  // record hash is the body's. Answers how many.
  // kConflict  one is published under the same name, version and locale, and differs.
  Result<std::size_t> publish(Tx& tx, const Act& act, std::vector<Notice> notices) const;
  // The newest version in force at `at`; of several locales the first by name.
  // kNotFound none.
  static Result<Notice> in_force(Tx& tx, std::string_view name, Timestamp at);
  // kNotFound none.
  static Result<Notice> by_id(Tx& tx, const Uuid& id);
  // Of every published notice.
  static NoticeIndex index(Tx& tx);

 private:
  Journal& journal_;
};

}  // namespace assent

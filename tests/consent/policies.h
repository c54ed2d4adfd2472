#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "consent/engine.h"

namespace assent {

inline std::filesystem::path source_dir() {
  return ASSENT_SOURCE_DIR;
}

// The policies the product ships; a fault in them ends the tests with all faults on screen.
inline const PolicySet& shipped_policies() {
  static const PolicySet kSet = [] {
    PolicySet::Loaded loaded = PolicySet::load(source_dir() / "policies" / "jurisdictions");
    for (const PolicyFault& fault : loaded.faults) std::cerr << describe(fault) << '\n';
    if (!loaded.ok()) std::abort();
    return *loaded.set;
  }();
  return kSet;
}

inline Date day(const char* iso) {
  return parse_date(iso).value();
}
inline Country country(const char* code) {
  return Country::parse(code).value();
}

inline Consent given(ConsentKey key, Channel channel = Channel::kUnknown) {
  Consent c;
  c.key = key;
  c.purpose = Purpose::kDirectMarketing;
  c.channel = channel;
  c.state = ConsentState::kGiven;
  c.given_at = day("2026-01-10");
  c.separate = true;
  c.evidence = true;
  return c;
}

// An adult of `where` about to get an advertising e-mail sent by the operator's own staff; nothing
// consented to, nothing denied.
inline Facts email_facts(const char* jurisdiction, const char* where) {
  Facts f;
  f.jurisdictions = {jurisdiction};
  f.as_of = day("2026-11-21");
  f.subject.country = country(where);
  f.subject.citizenship = country(where);
  f.subject.age = 34;
  f.subject.special_category = false;
  f.subject.child_directed = false;
  f.purpose = Purpose::kDirectMarketing;
  f.channel = Channel::kEmail;
  f.basis = Basis::kConsent;
  f.dnc_national = false;
  f.recipient.role = RecipientRole::kInternal;
  f.db_country = country(where);
  f.message = {true, true, true, true, std::nullopt};
  return f;
}

inline Facts permitted_email(const char* jurisdiction = "EU-DE", const char* where = "DE") {
  Facts f = email_facts(jurisdiction, where);
  f.consents = {given(ConsentKey::kProcessing), given(ConsentKey::kChannel, Channel::kEmail)};
  return f;
}

inline Reason reason_for(const Facts& facts) {
  return decide(shipped_policies(), facts).reason;
}

inline void PrintTo(Reason reason, std::ostream* os) {
  *os << reason_name(reason).view();
}

}  // namespace assent

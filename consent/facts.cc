#include "consent/facts.h"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::size_t kLengthMax = 65'535;

// Appends canonical bytes; the format is in the header.
class Encoder {
 public:
  template <class... Fields>
  void fields(const Fields&... each) {
    (field(each), ...);
  }
  Bytes take() { return std::move(out_); }

 private:
  template <class Enum>
  requires(std::is_enum_v<Enum>) void field(Enum value) {
    out_.push_back(static_cast<std::uint8_t>(value));
  }
  void field(bool value) { out_.push_back(value ? 1 : 0); }
  void field(std::uint8_t value) { out_.push_back(value); }
  void field(int value) { put_u32(out_, static_cast<std::uint32_t>(value)); }
  void field(Date value) { put_u32(out_, static_cast<std::uint32_t>(days_since_epoch(value))); }
  void field(const Country& value) { field(value.text()); }
  void field(const std::string& value) { field(std::string_view(value)); }
  void field(std::string_view text) {
    length(text.size());
    put(out_, text);
  }
  void field(const std::optional<Moment>& value) {
    if (!value) return field(false);
    const Date day = value->day();
    const std::int64_t in_day = value->at.us - midnight_utc(day).us;
    field(static_cast<std::uint8_t>(in_day == 0 ? 1 : 2));
    field(day);
    if (in_day != 0) put_u64(out_, static_cast<std::uint64_t>(in_day));
  }
  void field(const Denial& value) { field(value.at); }
  void field(const SoftOptIn& value) { field(value.met); }
  void field(const Subject& s) {
    fields(s.country, s.region, s.citizenship, s.age, s.age_changes_on, s.parental_consent,
           s.legal_person, s.special_category, s.child_directed);
  }
  void field(const Consent& c) {
    fields(c.key, c.purpose, c.channel, c.recipient, c.state, c.given_at, c.expires_at, c.separate,
           c.evidence, c.conditional, c.pre_ticked, c.bundled, c.lifts_suppression);
  }
  void field(const Suppression& s) { fields(s.channel, s.at); }
  void field(const Flags& f) {
    fields(f.erased, f.legal_hold_only, f.restriction, f.termination_demand, f.objection_dm,
           f.objection_pending, f.optout_sale, f.gpc, f.limit_sensitive, f.retention_expired,
           f.notice_missing, f.unrecognised);
  }
  void field(const Recipient& r) {
    fields(r.role, r.id, r.country, r.contracts, r.transfer_tool, r.transfer_assessed,
           r.framework_certified, r.notice);
  }
  void field(const Message& m) {
    fields(m.sender_identified, m.unsubscribe, m.postal_address, m.honest, m.local_minutes);
  }
  template <class T>
  void field(const std::optional<T>& value) {
    field(value.has_value());
    if (value) field(*value);
  }
  template <class T>
  void field(const std::vector<T>& list) {
    length(list.size());
    std::vector<Bytes> elements;
    elements.reserve(list.size());
    for (const T& element : list) {
      Encoder inner;
      inner.fields(element);
      elements.push_back(inner.take());
    }
    std::ranges::sort(elements, {}, [](const Bytes& each) { return as_text(each); });
    for (const Bytes& element : elements) put(out_, element);
  }
  void length(std::size_t size) {
    if (size > kLengthMax) throw std::length_error("a fact is too long to encode");
    put_u16(out_, static_cast<std::uint16_t>(size));
  }

  Bytes out_;
};

}  // namespace

Bytes encode(const Facts& f) {
  Encoder encoder;
  encoder.fields(f.jurisdictions, f.as_of, f.subject, f.purpose, f.channel, f.platform, f.basis,
                 f.consents, f.soft, f.flags, f.suppressions, f.dnc_national,
                 f.established_relationship, f.recipient, f.db_country, f.message);
  constexpr std::string_view kLabel("assent.facts.v1\0", 16);
  Bytes bytes;
  put(bytes, kLabel);
  put(bytes, encoder.take());
  return bytes;
}

Hash32 facts_hash(const Facts& facts) {
  return sha256(encode(facts));
}

}  // namespace assent

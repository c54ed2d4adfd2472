#include "consent/suppression.h"

namespace assent {
namespace {

constexpr StaticText kStanding = R"sql(
  SELECT c.contact_tag, s.channel, s.since
    FROM (SELECT DISTINCT unnest($2::bytea[])) AS wanted (tag)
   CROSS JOIN LATERAL (SELECT * FROM contact_suppression_tag
                        WHERE tenant = $1 AND contact_tag = wanted.tag LIMIT 1) AS c
   CROSS JOIN LATERAL (SELECT channel, since FROM suppression
                        WHERE tenant = $1 AND suppression_tag = c.suppression_tag OFFSET 0) AS s
   ORDER BY 1, 2
)sql";

template <class T, class Get>
auto column(std::span<const T> rows, Get get) {
  std::vector<std::decay_t<decltype(get(rows[0]))>> values;
  values.reserve(rows.size());
  for (const T& row : rows) values.push_back(get(row));
  return values;
}

}  // namespace

Status Suppressions::note_contacts(Tx& tx, EventId leaf,
                                   std::span<const ContactTags> contacts) const {
  const auto tags = column(contacts, [](const ContactTags& c) { return c.contact; });
  const auto hidden = column(contacts, [](const ContactTags& c) { return c.suppression; });
  tx.query("SELECT note_contacts($1, $2, $3)", {leaf, Param::array(tags), Param::array(hidden)});
  return Unit{};
}

Status Suppressions::suppress(Tx& tx, EventId leaf,
                              std::span<const SuppressedAddress> addresses) const {
  const auto tags = column(addresses, [](const SuppressedAddress& a) { return a.suppression; });
  const auto channels =
      column(addresses, [](const SuppressedAddress& a) { return std::int16_t{a.channel}; });
  const auto since = column(addresses, [](const SuppressedAddress& a) { return a.since; });
  tx.query("SELECT suppress($1, $2, $3, $4, $5)",
           {leaf, tx.now(), Param::array(tags), Param::array(channels), Param::array(since)});
  return Unit{};
}

void Suppressions::remember(Tx& tx, EventId leaf, std::span<const EventId> rows) const {
  tx.query("SELECT note_denied_rows($1, $2)",
           {leaf, Param::array(std::vector<EventId>(rows.begin(), rows.end()))});
}

std::set<EventId> Suppressions::remembered(Tx& tx, std::span<const EventId> rows) {
  std::set<EventId> found;
  const Rows known =
      tx.query("SELECT event_id FROM consent_event_key WHERE tenant = $1 AND event_id = ANY ($2)",
               {tx.tenant(), Param::array(std::vector<EventId>(rows.begin(), rows.end()))});
  for (const auto& row : known) found.insert(row.id<EventId>(0));
  return found;
}

Status Suppressions::suppress(Tx& tx, const Act& act, const ContactTags& address,
                              std::uint8_t channel, Timestamp since) const {
  Leaf leaf = leaf_of(act, AuditEvent::kSuppressed);
  leaf.result_count = 1;
  const EventId stored = journal_.append(tx, leaf);
  if (auto noted = note_contacts(tx, stored, {&address, 1}); !noted.ok()) return noted;
  const SuppressedAddress entry{address.suppression, channel, since};
  return suppress(tx, stored, std::span(&entry, 1));
}

Result<std::size_t> Suppressions::suppress_contacts(
    Tx& tx, EventId leaf, std::span<const SuppressedContact> contacts) const {
  const auto tags = column(contacts, [](const SuppressedContact& c) { return c.contact; });
  const auto channels =
      column(contacts, [](const SuppressedContact& c) { return std::int16_t{c.channel}; });
  const auto since = column(contacts, [](const SuppressedContact& c) { return c.since; });
  const Rows rows =
      tx.query("SELECT suppress_contacts($1, $2, $3, $4, $5)",
               {leaf, tx.now(), Param::array(tags), Param::array(channels), Param::array(since)});
  return static_cast<std::size_t>(rows[0].integer(0));
}

Result<std::size_t> Suppressions::suppress_contacts(
    Tx& tx, const Act& act, std::span<const SuppressedContact> contacts) const {
  Leaf leaf = leaf_of(act, AuditEvent::kSuppressed);
  leaf.result_count = static_cast<std::uint32_t>(contacts.size());
  return suppress_contacts(tx, journal_.append(tx, leaf), contacts);
}

Result<std::size_t> Suppressions::keep_denials(Tx& tx, EventId leaf,
                                               std::span<const RecordId> records) const {
  const std::vector<RecordId> list(records.begin(), records.end());
  const Rows rows =
      tx.query("SELECT keep_denials($1, $2, $3)", {leaf, tx.now(), Param::array(list)});
  return static_cast<std::size_t>(rows[0].integer(0));
}

std::map<Tag16, std::vector<Suppressions::Entry>> Suppressions::standing(
    Tx& tx, std::span<const Tag16> contacts) {
  std::map<Tag16, std::vector<Entry>> found;
  const std::vector<Tag16> list(contacts.begin(), contacts.end());
  const Rows rows = tx.query(kStanding, {tx.tenant(), Param::array(list)});
  for (const auto& row : rows) {
    found[row.tag(0)].push_back({static_cast<std::uint8_t>(row.integer(1)), row.time(2)});
  }
  return found;
}

}  // namespace assent

#include "segments/recipient.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/digest.h"

namespace assent {
namespace {

constexpr StaticText kRegister =
    "SELECT register_recipient($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
// Words hold no comma, so lists travel as text.
constexpr StaticText kByName = R"sql(
  SELECT recipient_id, name, role, country::text, array_to_string(contracts, ','), transfer_tool,
         transfer_assessed, framework_certified, transfer_notice, array_to_string(fields, ','),
         array_to_string(duties, ',')
    FROM recipient WHERE tenant = $1 AND ($2::text IS NULL OR name = $2)
     AND ($3::uuid IS NULL OR recipient_id = $3) ORDER BY name
)sql";

constexpr std::array<std::pair<std::string_view, RecipientRole>, 4> kRoles{
    {{"internal", RecipientRole::kInternal},
     {"processor", RecipientRole::kProcessor},
     {"third_party", RecipientRole::kThirdParty},
     {"ad_platform", RecipientRole::kAdPlatform}}};
constexpr std::array<std::pair<std::string_view, TransferNotice>, 4> kNotices{
    {{"none", TransferNotice::kNone},
     {"notified", TransferNotice::kNotified},
     {"cleared", TransferNotice::kCleared},
     {"banned", TransferNotice::kBanned}}};
constexpr std::array<std::string_view, 4> kDuties{"sender_identified", "unsubscribe",
                                                  "postal_address", "honest"};

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_word(std::string_view word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !word.empty() && word.size() <= Recipients::kWordMax && word[0] >= 'a' && word[0] <= 'z' &&
         std::all_of(word.begin(), word.end(), plain);
}

bool is_list(const std::vector<std::string>& words) {
  return words.size() <= Recipients::kListMax && std::all_of(words.begin(), words.end(), is_word);
}

Status check(const RegisteredRecipient& r) {
  const auto invalid = [](StaticText reason) { return Error{ErrorCode::kInvalid, reason}; };
  if (!is_word(r.name)) return invalid("a recipient's name is of a-z, 0-9, _ and -");
  if (role_word(r.role).empty()) return invalid("the recipient's role is unknown");
  if (!r.country.known()) return invalid("the recipient's country is missing");
  if (!is_list(r.contracts) || !is_list(r.fields) || !is_list(r.duties)) {
    return invalid("a list of the recipient holds what is no word, or too many");
  }
  if (!r.transfer_tool.empty() && !is_word(r.transfer_tool)) {
    return invalid("the transfer tool is no word");
  }
  const bool known = std::all_of(r.duties.begin(), r.duties.end(), [](const std::string& duty) {
    return std::find(kDuties.begin(), kDuties.end(), duty) != kDuties.end();
  });
  if (!known) return invalid("a duty of the recipient is unknown");
  return Unit{};
}

// SHA-256 over each part with its length, lists after their count.
Hash32 entry_hash(const RegisteredRecipient& r) {
  Bytes bytes;
  const auto add = [&](std::string_view text) {
    put_u32(bytes, static_cast<std::uint32_t>(text.size()));
    put(bytes, text);
  };
  const auto add_list = [&](const std::vector<std::string>& list) {
    put_u32(bytes, static_cast<std::uint32_t>(list.size()));
    for (const std::string& word : list) add(word);
  };
  put(bytes, r.id.view());
  add(r.name);
  add(role_word(r.role));
  add(r.country.text());
  add_list(r.contracts);
  add(r.transfer_tool);
  bytes.push_back(r.transfer_assessed ? 1 : 0);
  bytes.push_back(r.framework_certified ? 1 : 0);
  add(notice_word(r.notice));
  add_list(r.fields);
  add_list(r.duties);
  return sha256(bytes);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    words.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return words;
}

std::vector<RegisteredRecipient> read(Tx& tx, std::optional<std::string> name,
                                      std::optional<Uuid> id) {
  std::vector<RegisteredRecipient> found;
  const Rows rows = tx.query(kByName, {tx.tenant(), name, id});
  for (const auto& row : rows) {
    found.push_back({row.uuid(0), row.text(1), parse_recipient_role(row.text(2)),
                     Country::parse(row.text(3)).value_or(Country{}), split(row.text(4)),
                     row.text(5), row.flag(6), row.flag(7),
                     parse_transfer_notice(row.text(8)).value_or(TransferNotice::kNone),
                     split(row.text(9)), split(row.text(10))});
  }
  return found;
}

Result<RegisteredRecipient> only(std::vector<RegisteredRecipient> found) {
  if (found.empty()) return Error{ErrorCode::kNotFound, "no such recipient"};
  return std::move(found.front());
}

}  // namespace

RecipientRole parse_recipient_role(std::string_view word) {
  for (const auto& [name, role] : kRoles) {
    if (name == word) return role;
  }
  return RecipientRole::kUnknown;
}

std::string_view role_word(RecipientRole role) {
  for (const auto& [name, known] : kRoles) {
    if (known == role) return name;
  }
  return {};
}

std::optional<TransferNotice> parse_transfer_notice(std::string_view word) {
  for (const auto& [name, notice] : kNotices) {
    if (name == word) return notice;
  }
  return std::nullopt;
}

std::string_view notice_word(TransferNotice notice) {
  return kNotices[static_cast<std::size_t>(notice)].first;
}

Recipient recipient_facts(const RegisteredRecipient& r) {
  return {r.role,
          r.name,
          r.country,
          r.contracts,
          r.transfer_tool,
          r.transfer_assessed,
          r.framework_certified,
          r.notice};
}

Message message_facts(const RegisteredRecipient& r) {
  return {holds(r.duties, "sender_identified"), holds(r.duties, "unsubscribe"),
          holds(r.duties, "postal_address"), holds(r.duties, "honest"), std::nullopt};
}

Result<Registration> Recipients::register_one(Tx& tx, const Act& act,
                                              RegisteredRecipient recipient) const {
  if (auto checked = check(recipient); !checked.ok()) return checked.error();
  if (find(tx, recipient.name).ok()) {
    return Error{ErrorCode::kConflict, "a recipient of this name is registered"};
  }
  recipient.id = Uuid::v7(tx.now(), random_);
  Leaf leaf = leaf_of(act, AuditEvent::kRecipientRegistered);
  leaf.object_kind = ObjectKind::kRecipient;
  leaf.object = recipient.id;
  leaf.record_hash = entry_hash(recipient);
  const EventId stored = journal_.append(tx, leaf);
  tx.exec(kRegister, {stored, recipient.id, recipient.name, role_word(recipient.role),
                      recipient.country.text(), Param::array(recipient.contracts),
                      recipient.transfer_tool, recipient.transfer_assessed,
                      recipient.framework_certified, notice_word(recipient.notice),
                      Param::array(recipient.fields), Param::array(recipient.duties), tx.now()});
  return Registration{recipient.id, stored};
}

Result<RegisteredRecipient> Recipients::find(Tx& tx, std::string_view name) {
  return only(read(tx, std::string(name), std::nullopt));
}
Result<RegisteredRecipient> Recipients::find(Tx& tx, Uuid id) {
  return only(read(tx, std::nullopt, id));
}
std::vector<RegisteredRecipient> Recipients::list(Tx& tx) {
  return read(tx, std::nullopt, std::nullopt);
}

}  // namespace assent

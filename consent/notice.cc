#include "consent/notice.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "catalogue_words.h"
#include "core/digest.h"

namespace assent {
namespace {

constexpr StaticText kPublished =
    "SELECT notice_id, body_hash, separate_document FROM notice "
    "WHERE tenant = $1";
constexpr StaticText kPublish =
    "SELECT publish_notice($1, $2, $3, $4, $5, $6, $7, $8, "
    "string_to_array($9, ',')::smallint[], $10, $11, $12, $13, $14)";
constexpr StaticText kInForce =
    "SELECT notice_id, name, version, locale, jurisdiction, purpose_id, "
    "array_to_string(channels, ','), controller, separate_document, effective_from, body, "
    "body_hash "
    "FROM notice WHERE tenant = $1 AND name = $2 AND effective_from <= $3 "
    "ORDER BY version DESC, locale LIMIT 1";
constexpr StaticText kById =
    "SELECT notice_id, name, version, locale, jurisdiction, purpose_id, "
    "array_to_string(channels, ','), controller, separate_document, effective_from, body, "
    "body_hash "
    "FROM notice WHERE tenant = $1 AND notice_id = $2";

constexpr StaticText kIndex =
    "SELECT notice_id, purpose_id, array_to_string(channels, ','), separate_document, "
    "effective_from FROM notice WHERE tenant = $1";

auto key_of(const Notice& n) {
  return std::tie(n.name, n.version, n.locale);
}

Notice read_entry(YamlMap& map) {
  Notice notice;
  notice.name = map.text("key");
  if (!map.has("version")) map.fault("version", "missing");
  notice.version = map.number_if("version").value_or(0);
  notice.locale = map.text("locale");
  notice.jurisdiction = map.text("jurisdiction");
  notice.purpose = read_purpose(map, "purpose");
  notice.channels = read_channels(map, "channels");
  notice.controller = map.text("controller");
  notice.separate_document = map.flag("separate_document");
  if (!map.has("effective_from")) map.fault("effective_from", "missing");
  notice.effective_from = map.date_if("effective_from").value_or(Date{});
  notice.body = map.text("body");
  notice.body_hash = sha256(as_bytes(notice.body));
  return notice;
}

Uuid id_of(TenantId tenant, const Notice& notice) {
  Bytes name;
  put(name, std::string_view("assent.notice.id.v1\0", 20));
  put(name, tenant.view());
  put(name, notice.name);
  name.push_back(0);
  put_u32(name, static_cast<std::uint32_t>(notice.version));
  put(name, notice.locale);
  const Hash32 hash = sha256(name);
  Uuid id;
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

std::string join(const std::vector<std::uint8_t>& channels) {
  std::string list;
  for (std::uint8_t channel : channels) {
    if (!list.empty()) list += ',';
    list += std::to_string(channel);
  }
  return list;
}

std::vector<std::uint8_t> split(const std::string& list) {
  std::vector<std::uint8_t> channels;
  for (const char* at = list.data(); at < list.data() + list.size();) {
    std::uint8_t channel = 0;
    at = std::from_chars(at, list.data() + list.size(), channel).ptr + 1;  // Past the comma.
    channels.push_back(channel);
  }
  return channels;
}

Result<Notice> first(const Rows& rows) {
  if (rows.empty()) return Error{ErrorCode::kNotFound, "no such notice"};
  const auto row = rows[0];
  Notice notice;
  notice.id = row.uuid(0);
  notice.name = row.text(1);
  notice.version = static_cast<int>(row.integer(2));
  notice.locale = row.text(3);
  notice.jurisdiction = row.text(4);
  notice.purpose = static_cast<PurposeCode>(row.integer(5));
  notice.channels = split(row.text(6));
  notice.controller = row.text(7);
  notice.separate_document = row.flag(8);
  notice.effective_from = utc_date(row.time(9));
  notice.body = row.text(10);
  notice.body_hash = row.hash(11);
  return notice;
}

}  // namespace

Result<std::vector<Notice>> load_notices(const std::filesystem::path& file) {
  std::vector<Notice> notices;
  auto read = read_catalogue(file, "assent-notices/1", "notices", [&](YamlMap& map) {
    Notice notice = read_entry(map);
    const bool doubled =
        std::ranges::any_of(notices, [&](const auto& n) { return key_of(n) == key_of(notice); });
    if (doubled) map.fault("key", "given twice");
    notices.push_back(std::move(notice));
  });
  if (!read.ok()) return read.error();
  return notices;
}

Result<std::size_t> Notices::publish(Tx& tx, const Act& act, std::vector<Notice> notices) const {
  std::map<Uuid, std::pair<Hash32, bool>> published;
  const Rows rows = tx.query(kPublished, {tx.tenant()});
  for (const auto& row : rows) published[row.uuid(0)] = {row.hash(1), row.flag(2)};
  std::size_t fresh = 0;
  for (Notice& n : notices) {
    n.id = id_of(tx.tenant(), n);
    if (const auto found = published.find(n.id); found != published.end()) {
      if (found->second == std::pair(n.body_hash, n.separate_document)) continue;
      return Error{ErrorCode::kConflict, "a published notice is never edited"};
    }
    Leaf leaf = leaf_of(act, AuditEvent::kNoticePublished);
    leaf.object_kind = ObjectKind::kNotice;
    leaf.object = n.id;
    leaf.record_hash = n.body_hash;
    tx.query(kPublish,
             {journal_.append(tx, leaf), tx.now(), n.id, n.name, n.version, n.locale,
              n.jurisdiction, static_cast<std::int16_t>(n.purpose), join(n.channels), n.controller,
              n.separate_document, n.body, n.body_hash, midnight_utc(n.effective_from)});
    ++fresh;
  }
  return fresh;
}

Result<Notice> Notices::in_force(Tx& tx, std::string_view name, Timestamp at) {
  return first(tx.query(kInForce, {tx.tenant(), name, at}));
}

Result<Notice> Notices::by_id(Tx& tx, const Uuid& id) {
  return first(tx.query(kById, {tx.tenant(), id}));
}

NoticeIndex Notices::index(Tx& tx) {
  NoticeIndex index;
  const Rows rows = tx.query(kIndex, {tx.tenant()});
  for (const auto& row : rows) {
    index[row.uuid(0)] = {static_cast<PurposeCode>(row.integer(1)), split(row.text(2)), row.flag(3),
                          row.time(4)};
  }
  return index;
}

}  // namespace assent

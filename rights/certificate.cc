#include "certificate.h"

#include <algorithm>

#include "audit/leaf.h"
#include "core/nlohmann.h"

namespace assent {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "assent-erasure-certificate/1";

Timestamp days_after(Timestamp at, int days) {
  return {at.us + days * kDayUs};
}

// Somebody who is in no record is numbered by the rejected rows and organisations that named them.
Json numbers(const ErasureAct& act) {
  Json list = Json::array();
  for (const RecordId& record : act.records) list.push_back({{"number", record.text()}});
  if (!list.empty()) return list;
  for (const DestroyedKeys& one : act.safe.keys) list.push_back({{"number", one.unit.text()}});
  return list;
}

Json keys_json(const std::vector<DestroyedKeys>& keys) {
  Json list = Json::array();
  for (const DestroyedKeys& one : keys) {
    Json commitments = Json::array();
    for (const Hash32& commitment : one.commitments) commitments.push_back(to_hex(commitment));
    list.push_back({{"unit", one.unit.text()}, {"commitments", std::move(commitments)}});
  }
  return list;
}

// `until` is a date where this program ends the thing by itself, else words; `term_ends` the day on
// which a term of policies/retention.yaml is over that no job ends yet.
constexpr std::string_view kNoEnd = "no end: it names nobody any more";
constexpr std::string_view kNoJob =
    "no date: its term runs by policies/retention.yaml, and no job of this version ends it yet";

Json kept_json(const ErasureAct& act, const RetentionPolicy& retention) {
  Json list = Json::array();
  const auto keep = [&](std::string_view what, std::string_view until) {
    const RetentionTerm* term = retention.find(what);
    list.push_back({{"what", what}, {"why", term->why}, {"until", until}});
    return term;
  };
  if (act.safe.evidence_kept > 0) {
    const RetentionTerm* term = keep("consent_evidence", kNoJob);
    // Of what may start its term, the erasure is the last.
    if (term->days) {
      list.back()["term_ends"] = to_rfc3339(days_after(act.destroyed_at, *term->days));
    }
  }
  if (act.rows.statements > 0) keep("consent_event", kNoEnd);
  keep("suppression", kNoEnd);
  keep("erasure_marker", "until the person acts anew");
  keep("certificate", to_rfc3339(days_after(act.destroyed_at, retention.certificate_days())));
  list.push_back(
      {{"what", "tags_in_backups"},
       {"why",
        "a backup of the data from before holds keyed hashes of contact points, which "
        "nobody can read"},
       {"until", "until the last backup of the data from before the erasure is deleted"}});
  return list;
}

// What is done, and when. Nobody can promise the day of a burn: its round ends when every key is
// under a newer epoch, so what is said is when it is due.
Json stages_json(const ErasureAct& act) {
  const auto epoch = newest_epoch(act.safe.keys);
  const auto due = act.safe.burn_due;
  Json first{{"stage", 1},
             {"promise", "unreadable through the platform"},
             {"at", to_rfc3339(act.destroyed_at)},
             {"steps", {"the keys of the data are destroyed", "the rows are deleted"}}};
  Json second{{"stage", 2},
              {"promise", "unreadable even with every backup and every key we hold"},
              {"at_latest", nullptr},
              {"epoch", epoch ? Json(*epoch) : Json(nullptr)},
              {"due", due ? Json(to_rfc3339(*due)) : Json(nullptr)},
              {"steps", Json::array({"VACUUM sweeps what the deleted rows left out of the files of "
                                     "both clusters, each night"})}};
  if (epoch) {
    second["steps"].push_back(
        "the epoch key that wrapped the destroyed keys is destroyed, and every old copy of them "
        "ends with it");
  }
  second["state"] = epoch ? "not yet: the epoch key that wrapped the destroyed keys is still to be "
                            "destroyed; the installation's log says when"
                          : "not yet: VACUUM is still to go through both clusters; the "
                            "installation's log says when";
  return Json::array({std::move(first), std::move(second)});
}

Json recipients_json(const ErasureAct& act) {
  Json list = Json::array();
  for (const ToldRecipient& one : act.recipients) {
    list.push_back({{"recipient", one.name},
                    {"release", one.release.text()},
                    {"delivered_at", to_rfc3339(one.delivered_at)}});
  }
  return list;
}

// The fields а to к of the act (order 179, point 3).
void add_act(Json& body, const ErasureAct& act) {
  body["operator"] = {
      {"name", act.operator_name}, {"country", act.operator_country}, {"address", nullptr}};
  body["processors"] = Json::array();
  body["subjects"] = numbers(act);
  body["executors"] =
      Json::array({{{"fio", nullptr},
                    {"position", "automatic: assent-key-destroyer and the erasure worker"},
                    {"signature", nullptr}}});
  body["categories"] = act.categories;
  body["paper_carriers"] = Json::array();
  body["ispdn"] = Json::array({"Assent " + act.log_origin});
  body["method"] = "destruction of the encryption keys, then deletion of the rows";
  body["reason"] = "demand of the person";
  body["destroyed_at"] = to_rfc3339(act.destroyed_at);
  body["to_complete"] =
      Json::array({"operator.address", "processors", "executors.fio", "executors.signature"});
}

// The fields а to д of the export from the journal (point 5).
Json export_json(const Json& body) {
  return {{"subject", body["subjects"]},
          {"categories", body["categories"]},
          {"ispdn", body["ispdn"]},
          {"reason", body["reason"]},
          {"destroyed_at", body["destroyed_at"]}};
}

Result<Json> parse(const Plaintext& draft) {
  Json body = Json::parse(draft.reveal(), nullptr, false);
  if (body.is_discarded() || !body.is_object() || body.value("schema", "") != kSchema) {
    return Error{ErrorCode::kCorrupt, "the certificate's draft cannot be read"};
  }
  return body;
}

Json body_of(const ErasureAct& act, const RetentionPolicy& retention) {
  Json body;
  body["schema"] = kSchema;
  body["request"] = act.request.text();
  body["received_at"] = to_rfc3339(act.received_at);
  add_act(body, act);
  body["journal_export"] = export_json(body);
  body["stages"] = stages_json(act);
  body["rows_deleted"] = {{"record_versions", act.rows.versions},
                          {"identifiers", act.rows.identifiers},
                          {"purchases", act.rows.purchases},
                          {"rejected_rows", act.rows.rejected},
                          {"organisations", act.rows.organisations}};
  body["keys_destroyed"] = keys_json(act.safe.keys);
  body["kept"] = kept_json(act, retention);
  body["recipients"] = recipients_json(act);
  body["salt"] = to_hex(act.salt);
  return body;
}

}  // namespace

Hash32 certificate_hash(const ErasureAct& act, const RetentionPolicy& retention) {
  return detail_hash(act.salt, as_bytes(body_of(act, retention).dump()));
}

Plaintext draft_certificate(const ErasureAct& act, const RetentionPolicy& retention) {
  Json body = body_of(act, retention);
  body["log"] = {{"origin", act.log_origin}, {"event", act.key_destroyed.text()}};
  return Plaintext(body.dump());
}

Result<CertificateDraft> read_draft(const Plaintext& draft) {
  const auto body = parse(draft);
  if (!body.ok()) return body.error();
  const auto salt = from_hex(body->value("salt", ""));
  const auto event = EventId::parse(body->value("/log/event"_json_pointer, ""));
  if (!salt || salt->size() != sizeof(Hash32) || !event) {
    return Error{ErrorCode::kCorrupt, "the certificate's draft cannot be read"};
  }
  CertificateDraft read{*event, {}};
  std::copy(salt->begin(), salt->end(), read.salt.begin());
  return read;
}

Result<Plaintext> finish_certificate(const Plaintext& draft, ByteView leaf,
                                     const std::string& tlog_proof) {
  auto body = parse(draft);
  if (!body.ok()) return body.error();
  (*body)["log"]["leaf"] = to_base64(leaf);
  (*body)["log"]["proof"] = tlog_proof;
  return Plaintext(body->dump());
}

}  // namespace assent

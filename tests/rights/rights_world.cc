#include "tests/rights/rights_world.h"

#include "consent/authorizer.h"
#include "consent/vault.h"
#include "core/digest.h"
#include "core/file.h"

namespace assent {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(std::string(result.error().reason.view()));
  return std::move(*result);
}

SigningKey fresh_key(Random& random) {
  Hash32 seed{};
  random.fill(seed);
  return signing_key_from_seed(seed);
}

constexpr int kRoundsMax = 10;

}  // namespace

RightsWorld::RightsWorld(Suite suite)
    : ImportWorld(suite), retention(must(RetentionPolicy::load(policies() / "retention.yaml"))),
      log_key(fresh_key(random)),
      signer(must(Signer::open(signer_role, log_key,
                               {"test.example/installation/log1", directory.path() / "signer",
                                directory.path() / "published"}))) {}

RightsServices RightsWorld::rights() {
  return {data,     eraser, safe,  keys,       journal,
          random,   fields, names, policy_set, *Country::parse("RU"),
          retention};
}

RetentionPolicy RightsWorld::without_evidence() {
  std::string text = must(read_file(policies() / "retention.yaml", 1 << 20));
  const std::size_t at = text.find("days: 1095");  // Of its first term.
  text.replace(at, std::string_view("days: 1095").size(), "days: 0");
  const auto file = directory.path() / "retention.yaml";
  if (!replace_file(file, text, 0600).ok()) throw std::runtime_error("no policy");
  return must(RetentionPolicy::load(file));
}

PersonQuery RightsWorld::by_email(std::string_view email, std::string_view first_name) {
  PersonQuery query;
  query.value = Plaintext(email);
  query.first_name = Plaintext(first_name);
  return query;
}

DestroyRound RightsWorld::destroy_keys() {
  DestroyRound round = must(KeyDestroyer(destroyer_of_data, key_destroyer).run_once());
  EXPECT_TRUE(round.refused.empty());
  return round;
}

void RightsWorld::run_log() {
  must(Sequencer(sequencer).drain());
  must(signer->run_once());
}

void RightsWorld::finish_erasures() {
  const EraseWorker worker(rights());
  for (int round = 0; round < kRoundsMax; ++round) {
    const EraseRound done = must(worker.run_once(tenant));
    ASSERT_FALSE(done.failed) << done.failed->reason.view();
    if (done.waiting + done.waiting_for_keys == 0) return;
    destroy_keys();
    run_log();
  }
  FAIL() << "the erasures do not end";
}

RequestId RightsWorld::erase(const PersonQuery& query) {
  const auto request = service().request(tenant, act, query);
  if (!request.ok()) {
    ADD_FAILURE() << request.error().reason.view();
    return {};
  }
  finish_erasures();
  return request->id;
}

std::vector<Leaf> RightsWorld::leaves_of(AuditEvent event) {
  std::vector<Leaf> found;
  Tx tx(sequencer, TenantId{});
  const Rows rows = tx.query(
      "SELECT leaf FROM audit_outbox WHERE tenant = $1 "
      "UNION ALL SELECT leaf FROM audit_leaf WHERE tenant = $1",
      {tenant});
  for (const auto& row : rows) {
    Leaf leaf = must(decode(row.view(0)));
    if (leaf.event == event) found.push_back(leaf);
  }
  return found;
}

std::map<AuditEvent, int> RightsWorld::leaves() {
  std::map<AuditEvent, int> counts;
  for (const AuditEvent event :
       {AuditEvent::kRequestReceived, AuditEvent::kEraseRequested, AuditEvent::kKeyDestroyed,
        AuditEvent::kErasureCompleted, AuditEvent::kRequestClosed}) {
    counts[event] = static_cast<int>(leaves_of(event).size());
  }
  return counts;
}

RightsWorld::Copy RightsWorld::copy_of(RecordId record) {
  Copy copy;
  copy.record = record;
  Tx tx(data, tenant);
  const Rows sets = tx.query(
      "SELECT row_id, fields FROM record_version WHERE record_id = $1 ORDER BY version DESC",
      {record});
  copy.row = sets[0].uuid(0);
  copy.fields = sets[0].bytes(1);
  Tx from_safe(safe, tenant);
  const Rows keys = from_safe.query(
      "SELECT wrapped, dek_commit FROM subject_key WHERE tenant = $1 AND subject = $2 AND "
      "purpose = 0",
      {tenant, record});
  copy.wrapped = keys[0].bytes(0);
  copy.commitment = keys[0].hash(1);
  return copy;
}

bool RightsWorld::opens_with(const Copy& copy, const SecretKey& key) const {
  const auto opened =
      open_field_set(key, {tenant.value, copy.record.value, 0, copy.row}, copy.fields, ~0ULL);
  return opened.ok() && !opened->empty();
}

bool RightsWorld::opens_with_a_key_left(const Copy& copy) {
  Tx tx(safe, tenant);
  const Rows rows = tx.query(
      "SELECT subject, purpose, dek_version, wrapped, dek_commit FROM subject_key WHERE "
      "tenant = $1",
      {tenant});
  for (const auto& row : rows) {
    const KeyName name{tenant.value, row.uuid(0), static_cast<std::uint32_t>(row.integer(2)),
                       static_cast<KeyPurpose>(row.integer(1))};
    const SecretKey key = must(keyring->now()->unwrap(name, row.view(3), row.hash(4)));
    if (opens_with(copy, key)) return true;
  }
  return false;
}

std::string RightsWorld::first_name(RecordId record) {
  const auto read = in_tx(data, tenant, [&](Tx& tx) -> Result<std::string> {
    Act reading = act;
    reading.purpose = PurposeCode::kRightsRequest;
    const std::uint16_t field = fields.find("first_name")->id;
    const auto grant =
        Authorizer(journal).authorize_read(tx, reading, {record}, std::uint64_t{1} << field);
    if (!grant.ok()) return grant.error();
    const auto opened = Vault(keys).open(tx, *grant);
    if (!opened.ok()) return opened.error();
    if (opened->empty() || opened->front().fields.empty()) return std::string();
    return std::string(opened->front().fields.front().value.reveal());
  });
  return read.ok() ? *read : "";
}

}  // namespace assent

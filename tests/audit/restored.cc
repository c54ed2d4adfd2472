#include "tests/audit/restored.h"

#include <gtest/gtest.h>

#include "core/file.h"

namespace assent {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 24;

const RecoveryProgress kSilent = [](std::uint64_t, std::uint64_t) {};

}  // namespace

LogBackup::LogBackup(LogWorld& world) : head(world.head()) {
  Tx tx(world.superuser, world.tenant);
  const Rows writers =
      tx.query("SELECT writer_id, last_seq FROM audit_writer WHERE tenant = $1", {world.tenant});
  for (const auto& row : writers) {
    writers_.push_back(static_cast<std::int32_t>(row.integer(0)));
    last_numbers_.push_back(row.integer(1));
  }
  const Rows waiting = tx.query(
      "SELECT leaf FROM audit_outbox WHERE tenant = $1 ORDER BY outbox_id", {world.tenant});
  for (const auto& row : waiting) waiting_.push_back(row.bytes(0));
  next_writer_ = tx.query("SELECT last_value FROM audit_writer_writer_id_seq")[0].integer(0);
}

void LogBackup::restore(LogWorld& world) const {
  Tx tx(world.superuser, world.tenant);
  const auto size = static_cast<std::int64_t>(head.size);
  const TenantId log = world.tenant;
  tx.exec("DELETE FROM audit_leaf WHERE tenant = $1 AND idx >= $2", {log, size});
  tx.exec("DELETE FROM audit_checkpoint WHERE tenant = $1 AND size > $2", {log, size});
  // Logs of these tests have at most two levels.
  for (const auto& [level, hashes] : {std::pair<std::int16_t, std::int64_t>{0, size},
                                      {1, size / static_cast<std::int64_t>(kTileWidth)}}) {
    tx.exec("DELETE FROM audit_tile WHERE tenant = $1 AND level = $2 AND tile * 256 >= $3",
            {log, level, hashes});
    tx.exec(
        "UPDATE audit_tile SET hashes = substring(hashes FOR 32 * least(256, $3 - tile * 256)::int)"
        " WHERE tenant = $1 AND level = $2",
        {log, level, hashes});
  }
  tx.exec("DELETE FROM audit_head WHERE tenant = $1", {log});
  if (size > 0) {
    tx.exec("INSERT INTO audit_head (tenant, size, root, epoch, origin) VALUES ($1, $2, $3, 1, $4)",
            {log, size, head.root, head.origin});
  }
  tx.exec("DELETE FROM audit_writer WHERE tenant = $1 AND writer_id <> ALL ($2::int[])",
          {log, Param::array(writers_)});
  tx.exec(
      "UPDATE audit_writer w SET last_seq = n.seq FROM unnest($2::int[], $3::bigint[]) AS n(id, "
      "seq) WHERE w.tenant = $1 AND w.writer_id = n.id",
      {log, Param::array(writers_), Param::array(last_numbers_)});
  tx.exec("DELETE FROM audit_outbox WHERE tenant = $1", {log});
  tx.exec(
      "INSERT INTO audit_outbox (tenant, event_id, leaf) SELECT $1, "
      "encode(substring(l FROM 24 FOR 16), 'hex')::uuid, l FROM unnest($2::bytea[]) AS t(l)",
      {log, Param::array(waiting_)});
  tx.query("SELECT setval('audit_writer_writer_id_seq', $1)", {next_writer_});
  tx.commit();
  if (world.signer) world.sign();  // It runs all the time, refuses, and tells what it signed last.
}

Recoverer::Recoverer(LogWorld& of, std::uint64_t at_once)
    : world(of),
      recovery(of.owner,
               {of.signer_config().installation_origin, of.signer_config().published, at_once}) {}

LogSurvey Recoverer::survey() {
  auto survey = recovery.survey(world.tenant, kSilent);
  if (!survey.ok()) throw std::runtime_error(std::string(survey.error().reason.view()));
  return std::move(*survey);
}

void Recoverer::run() {
  const LogSurvey found = survey();
  if (found.condition == LogCondition::kSound) return;
  ASSERT_EQ(found.condition, LogCondition::kBehind) << found.why->reason.view();
  const auto done = recovery.replay(found, world.journal, world.act, kSilent);
  ASSERT_TRUE(done.ok()) << done.error().reason.view();
  EXPECT_TRUE(world.sequence().refused.empty());
}

void act_anew(LogWorld& world, int count) {
  Database process(TestClusters::instance().data("assent_app"), world.clock);
  const auto done = in_tx(process, world.tenant, [&](Tx& tx) -> Status {
    for (int i = 0; i < count; ++i)
      world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup));
    return Unit{};
  });
  ASSERT_TRUE(done.ok()) << done.error().reason.view();
}

std::filesystem::path published_of(const LogWorld& world) {
  return published_log(world.signer_config().published, world.tenant);
}

void flip_byte(const std::filesystem::path& file, std::size_t at) {
  std::string content = *read_file(file, kFileBytesMax);
  content.at(at) = static_cast<char>(content[at] ^ 1);
  ASSERT_TRUE(replace_file(file, content, 0644).ok());
}

}  // namespace assent

#include "core/key_epochs.h"

namespace assent {
namespace {

constexpr StaticText kAll =
    "SELECT epoch, begun_at, rewrapped, coalesce(destroyed, 0), commitment, burn_begun_at, "
    "burn_told_at IS NOT NULL FROM key_epoch ORDER BY epoch";
constexpr StaticText kCount = R"sql(
  SELECT kek_epoch, purpose, get_byte(wrapped, 1), count(*) FROM subject_key
   GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
)sql";
constexpr StaticText kLeft = "SELECT count(*) FROM subject_key WHERE kek_epoch < $1";
constexpr StaticText kBegun = "SELECT begun_at FROM key_epoch WHERE epoch = $1";
constexpr StaticText kInUse = "SELECT max(epoch) FROM key_epoch";

Param number(std::uint32_t epoch) {
  return static_cast<std::int32_t>(epoch);
}

Status run(Database& safe, StaticText act, std::uint32_t epoch) {
  return in_tx(safe, TenantId{}, [&](Tx& tx) -> Status {
    tx.query(act, {number(epoch), tx.now()});
    return Unit{};
  });
}

}  // namespace

Result<std::vector<EpochRow>> KeyEpochs::all() const {
  return in_tx(safe_, TenantId{}, [](Tx& tx) -> Result<std::vector<EpochRow>> {
    std::vector<EpochRow> epochs;
    const Rows rows = tx.query(kAll);
    for (const auto& row : rows) {
      epochs.push_back({static_cast<std::uint32_t>(row.integer(0)), row.time(1),
                        static_cast<std::uint64_t>(row.integer(2)),
                        static_cast<std::uint64_t>(row.integer(3)),
                        row.optional(4, &Rows::Row::hash).value_or(Hash32{}),
                        row.optional(5, &Rows::Row::time), row.flag(6)});
    }
    return epochs;
  });
}

Result<std::vector<WrapCount>> KeyEpochs::count() const {
  return in_tx(safe_, TenantId{}, [](Tx& tx) -> Result<std::vector<WrapCount>> {
    std::vector<WrapCount> counts;
    const Rows rows = tx.query(kCount);
    for (const auto& row : rows) {
      counts.push_back({static_cast<std::uint32_t>(row.integer(0)),
                        static_cast<KeyPurpose>(row.integer(1)),
                        static_cast<std::uint8_t>(row.integer(2)), row.integer(3)});
    }
    return counts;
  });
}

Result<std::uint64_t> KeyEpochs::left_before(std::uint32_t epoch) const {
  return in_tx(safe_, TenantId{}, [&](Tx& tx) -> Result<std::uint64_t> {
    return static_cast<std::uint64_t>(tx.query(kLeft, {number(epoch)})[0].integer(0));
  });
}

Status KeyEpochs::begin(std::uint32_t epoch) const {
  return run(safe_, "SELECT begin_key_epoch($1, $2)", epoch);
}

Result<bool> KeyEpochs::wants_vacuum(std::uint32_t epoch) const {
  return in_tx(safe_, TenantId{}, [&](Tx& tx) -> Result<bool> {
    return tx.query("SELECT epoch_wants_vacuum($1)", {number(epoch)})[0].flag(0);
  });
}

Status KeyEpochs::begin_burn(std::uint32_t epoch, const Hash32& commitment) const {
  return in_tx(safe_, TenantId{}, [&](Tx& tx) -> Status {
    tx.query("SELECT begin_epoch_burn($1, $2, $3)", {number(epoch), commitment, tx.now()});
    return Unit{};
  });
}

Status KeyEpochs::end_burn(std::uint32_t epoch) const {
  return run(safe_, "SELECT end_epoch_burn($1, $2)", epoch);
}

Result<std::optional<Timestamp>> burn_due(Database& app, std::uint32_t epoch) {
  return in_tx(app, TenantId{}, [&](Tx& tx) -> Result<std::optional<Timestamp>> {
    const Rows rows = tx.query(kBegun, {number(epoch)});
    if (rows.empty()) return std::optional<Timestamp>();
    return std::optional(Timestamp{rows[0].time(0).us + kEpochDaysMax * kDayUs});
  });
}

Result<std::uint32_t> epoch_in_use(Database& app) {
  return in_tx(app, TenantId{}, [](Tx& tx) -> Result<std::uint32_t> {
    return static_cast<std::uint32_t>(tx.query(kInUse)[0].integer(0));
  });
}

}  // namespace assent

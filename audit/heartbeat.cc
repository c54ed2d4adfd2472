#include "audit/heartbeat.h"

#include <algorithm>

namespace assent {
namespace {

// Writer and number stand in the leaf (docs/audit-format.md). A heartbeat of another process names
// itself to nobody: else two of them would answer each other for ever.
constexpr StaticText kWaiting = R"sql(
  SELECT writer, max(seq) FROM (
    SELECT ('x' || encode(substring(leaf FROM 132 FOR 4), 'hex'))::bit(32)::int AS writer,
           ('x' || encode(substring(leaf FROM 136 FOR 8), 'hex'))::bit(64)::bigint AS seq
      FROM audit_outbox WHERE tenant = $1 AND substring(leaf FROM 6 FOR 2) <> '\x0120'::bytea
  ) AS waiting
   WHERE writer <> ALL ($2::int[]) GROUP BY writer ORDER BY writer
)sql";

std::vector<LastNumber> waiting_writers(Tx& tx, const std::vector<LastNumber>& but) {
  std::vector<std::int32_t> known;
  for (const LastNumber& one : but) known.push_back(static_cast<std::int32_t>(one.writer));
  std::vector<LastNumber> waiting;
  const Rows rows = tx.query(kWaiting, {tx.tenant(), Param::array(known)});
  for (const auto& row : rows) {
    waiting.push_back(
        {static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))});
  }
  return waiting;
}

void add_news(const std::vector<LastNumber>& now, const std::vector<LastNumber>& named,
              std::vector<LastNumber>& news) {
  for (const LastNumber& one : now) {
    if (std::ranges::find(named, one) == named.end()) news.push_back(one);
  }
}

}  // namespace

Heartbeat::Writers Heartbeat::own_writers(TenantId log) const {
  Writers all;
  for (const Database* pool : pools_) {
    for (const WriterNumber& writer : pool->writers(log))
      all.push_back({writer.id, writer.seq - 1});
  }
  return all;
}

Status Heartbeat::beat(TenantId log, const Act& act) {
  const Writers own = own_writers(log);
  Named& named = named_[log];
  bool spoke = false;
  auto waiting = in_tx(*pools_.front(), log, [&](Tx& tx) -> Result<Writers> {
    Writers others = waiting_writers(tx, own);
    Writers news;
    add_news(own, named.own, news);
    add_news(others, named.waiting, news);
    spoke = !news.empty();
    for (std::size_t first = 0; first < news.size(); first += NamedWriters::kMax) {
      const std::size_t end = std::min(news.size(), first + NamedWriters::kMax);
      Leaf leaf = leaf_of(act, AuditEvent::kHeartbeat);
      leaf.ext = NamedWriters{{news.begin() + static_cast<std::ptrdiff_t>(first),
                               news.begin() + static_cast<std::ptrdiff_t>(end)}};
      journal_.append(tx, leaf);
    }
    return others;
  });
  if (!waiting.ok()) return waiting.error();
  named = {spoke ? own_writers(log) : own, *std::move(waiting)};
  return Unit{};
}

}  // namespace assent

#include "audit/heartbeat.h"

#include <algorithm>

namespace assent {

std::vector<LastNumber> Heartbeat::writers(TenantId log) const {
  std::vector<LastNumber> all;
  for (const Database* pool : pools_) {
    for (const WriterNumber& writer : pool->writers(log))
      all.push_back({writer.id, writer.seq - 1});
  }
  return all;
}

Status Heartbeat::beat(TenantId log, const Act& act) {
  const std::vector<LastNumber> now = writers(log);
  std::vector<LastNumber>& named = named_[log];
  if (now == named) return Unit{};
  std::vector<LastNumber> news;
  for (const LastNumber& one : now) {
    if (std::ranges::find(named, one) == named.end()) news.push_back(one);
  }
  auto done = in_tx(*pools_.front(), log, [&](Tx& tx) -> Status {
    for (std::size_t first = 0; first < news.size(); first += NamedWriters::kMax) {
      const std::size_t end = std::min(news.size(), first + NamedWriters::kMax);
      Leaf leaf = leaf_of(act, AuditEvent::kHeartbeat);
      leaf.ext = NamedWriters{{news.begin() + static_cast<std::ptrdiff_t>(first),
                               news.begin() + static_cast<std::ptrdiff_t>(end)}};
      journal_.append(tx, leaf);
    }
    return Unit{};
  });
  if (done.ok()) named = writers(log);
  return done;
}

}  // namespace assent

#pragma once

#include <vector>

#include "audit/log_store.h"

namespace assent {

// A full tile above level 0 whose entries may be pruned, shown by the tiles above it to be of
// `tree`: how a lost file of it is made again. Private to the publisher.
// kCorrupt   the tiles of `store` do not lead from it to the root.
Result<std::vector<Hash32>> proved_tile(TileReader& store, const TileId& id, const LogHead& tree);

}  // namespace assent

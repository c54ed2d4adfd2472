#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "captions.h"
#include "identity/contact_row.h"
#include "identity/decode/row_reader.h"

namespace assent {

// What a cell of an opt-out column says. What is no clear yes or no may be a denial: kUnclear.
enum class OptOutWord { kNothing, kDenied, kUnclear };
OptOutWord read_opt_out(const MappedColumn& rule, std::string_view cell);

// The cells of a row, also of one that the reader could not take: a text whose quotes are broken is
// cut at its commonest delimiter. `text` is the row's and must outlive them.
std::vector<std::string_view> cells_of(const RawRow& raw, std::string_view text);

// Every denial that a rejected row holds: a denial needs no other word to be right. When a text has
// more or fewer cells than captions, nobody knows where they were to stand: each is looked for
// wherever the missing or added ones may have moved it, and only a clear word counts.
std::vector<RowDenial> read_denials(const RawRow& raw, std::span<const std::string_view> cells,
                                    const Mapping& mapping, const BoundCaptions& captions);

}  // namespace assent

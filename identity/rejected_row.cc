#include <algorithm>
#include <span>

#include "identity/email.h"
#include "identity/normalise.h"
#include "identity/phone.h"
#include "identity/rewritten_number.h"
#include "row_builder.h"
#include "row_denials.h"

namespace assent {
namespace {

constexpr std::size_t kFoundMax = 20;  // Of each kind: a row has few, a damaged file many.
constexpr std::size_t kSearchedBytesMax = 64 << 10;

void add(std::vector<Plaintext>& values, Plaintext value) {
  const bool known = std::any_of(values.begin(), values.end(), [&](const Plaintext& other) {
    return other.reveal() == value.reveal();
  });
  if (!known && values.size() < kFoundMax) values.push_back(std::move(value));
}

// Visits the longest runs of characters that are none of `stops`.
template <class Visit>
void each_run(std::string_view text, std::string_view stops, Visit visit) {
  while (!text.empty()) {
    const auto end = text.find_first_of(stops);
    if (end != 0) visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

void find_emails(std::string_view text, std::vector<Plaintext>& emails) {
  constexpr std::string_view kStops(" \t\r\n\",;:|<>()[]\0", 17);
  each_run(text, kStops, [&emails](std::string_view run) {
    if (run.find('@') == std::string_view::npos) return;
    auto email = normalise_email(run);
    if (email.ok()) add(emails, *std::move(email));
  });
}

void find_phones(std::string_view text, std::string_view region, std::vector<Plaintext>& phones) {
  constexpr std::size_t kDigitsMin = 7;
  each_run(text, "\r\n\",;:|\t'", [&](std::string_view run) {
    const auto digits =
        std::count_if(run.begin(), run.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (static_cast<std::size_t>(digits) < kDigitsMin || phones.size() == kFoundMax) return;
    auto phone = normalise_phone(without_zero_decimals(run), region);
    if (phone.ok()) add(phones, std::move(phone->e164));
  });
}

// The region of the row's phones: its country when that can be told.
std::string region_of(std::span<const std::string_view> cells, const Mapping& mapping,
                      const BoundCaptions& captions, const PlaceCatalogue& places) {
  for (const BoundColumn& bound : captions.columns) {
    if (bound.mapped == nullptr || bound.mapped->target != Target::kCountry) continue;
    if (bound.column >= cells.size()) continue;
    if (auto country = places.country(cells[bound.column])) return *country;
  }
  return mapping.default_region;
}

}  // namespace

RejectedRow reject_row(const RawRow& raw, CellFault fault, const Mapping& mapping,
                       const BoundCaptions& captions, const PlaceCatalogue& places) {
  RejectedRow row{.line = raw.line(),
                  .column = fault.column,
                  .reason = fault.reason,
                  .field = std::move(fault.field),
                  .raw = raw.raw(),
                  .external_id = Plaintext(),
                  .emails = {},
                  .phones = {},
                  .cards = {},
                  .denials = {}};
  const std::string_view text = row.raw.reveal().substr(0, kSearchedBytesMax);
  const auto cells = cells_of(raw, text);
  for (const BoundColumn& bound : captions.columns) {
    if (bound.mapped == nullptr || bound.column >= cells.size()) continue;
    const std::string_view cell = without_zero_decimals(cells[bound.column]);
    if (bound.mapped->target == Target::kExternalId) row.external_id = Plaintext(cell);
    if (bound.mapped->target == Target::kCard && !normalise_card(cell).empty()) {
      add(row.cards, normalise_card(cell));
    }
  }
  find_emails(text, row.emails);
  find_phones(text, region_of(cells, mapping, captions, places), row.phones);
  row.denials = read_denials(raw, cells, mapping, captions);
  return row;
}

}  // namespace assent

#include <charconv>

#include "cell_check.h"
#include "identity/money_text.h"
#include "identity/normalise.h"
#include "row_builder.h"

namespace assent {
namespace {

constexpr std::size_t kIdBytesMax = 256;
constexpr std::size_t kNameBytesMax = 256;

class OrderBuilder {
 public:
  OrderBuilder(const Mapping& mapping, const RawRow& raw) : mapping_(mapping), raw_(raw) {
    row_.line = raw.line();
    row_.currency = mapping.currency;
  }

  std::variant<OrderRow, CellFault> build(const BoundCaptions& captions) {
    for (const BoundColumn& bound : captions.columns) {
      if (bound.mapped == nullptr) continue;
      column_ = &bound;
      const std::string_view cell = trim(raw_.reveal(bound.column));
      if (const auto note = note_of(raw_, bound.column, bound.mapped->target)) {
        if (note->fatal) fault(note->reason);
        row_.warnings.push_back({note->reason, column_number(), row_.line});
      }
      if (!cell.empty()) {
        take(cell);
      } else if (bound.mapped->presence == Presence::kRequired) {
        fault("a required value is missing");
      }
    }
    if (amount_column_ != nullptr) take_amount();
    if (fault_) return *fault_;
    return std::move(row_);
  }

 private:
  void fault(StaticText reason) {
    if (fault_) return;
    fault_ = CellFault{reason, column_number(), column_->mapped->name};
  }
  std::uint32_t column_number() const { return static_cast<std::uint32_t>(column_->column + 1); }

  void take(std::string_view cell) {
    switch (column_->mapped->target) {
      case Target::kExternalId:
        return take_id(cell, row_.customer);
      case Target::kOrderId:
        row_.id_column = column_number();
        return take_id(cell, row_.order_id);
      case Target::kOrderedAt:
        row_.date_column = column_number();
        return take_date(cell);
      case Target::kQuantity:
        row_.quantity_column = column_number();
        return take_quantity(cell);
      case Target::kAmount:
        amount_column_ = column_;
        return;
      case Target::kCurrency:
        return take_currency(cell);
      case Target::kProduct:
        return take_name(cell, row_.product);
      case Target::kCategory:
        return take_name(cell, row_.category);
      default:
        return;
    }
  }

  void take_id(std::string_view cell, Plaintext& id) {
    if (cell.size() > kIdBytesMax) return fault("the id is too long");
    id = Plaintext(cell);
  }

  void take_name(std::string_view cell, std::string& name) {
    name = clean_text(cell).reveal();
    if (name.size() > kNameBytesMax) fault("the name is too long");
  }

  void take_date(std::string_view cell) {
    const auto instant = mapping_.dates.instant(cell, mapping_.zone);
    if (!instant) return fault("the date is not one that exists");
    row_.ordered_at = *instant;
  }

  void take_quantity(std::string_view cell) {
    const char* end = cell.data() + cell.size();
    const auto [stop, error] = std::from_chars(cell.data(), end, row_.quantity);
    if (error != std::errc() || stop != end) fault("the quantity is not a whole number");
  }

  void take_currency(std::string_view cell) {
    if (!currency_digits(cell)) return fault("the currency is not known");
    row_.currency = cell;
  }

  // Last: how an amount is read depends on its currency.
  void take_amount() {
    column_ = amount_column_;
    auto money = parse_money(raw_.reveal(column_->column), row_.currency);
    if (!money.ok()) return fault(money.error().reason);
    row_.amount_minor = money->minor;
    row_.currency = std::move(money->currency);
  }

  const Mapping& mapping_;
  const RawRow& raw_;
  const BoundColumn* column_ = nullptr;
  const BoundColumn* amount_column_ = nullptr;
  OrderRow row_;
  std::optional<CellFault> fault_;
};

}  // namespace

std::variant<OrderRow, CellFault> OrderReader::read(const RawRow& raw) const {
  return OrderBuilder(mapping_, raw).build(captions_);
}

}  // namespace assent

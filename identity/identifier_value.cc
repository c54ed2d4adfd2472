#include "identity/identifier_value.h"

#include "consent/permit.h"
#include "identity/email.h"
#include "identity/normalise.h"
#include "identity/phone.h"
#include "identity/record_fields.h"

namespace assent {

Result<IdentifierValue> identifier_value(std::string_view kind, const Plaintext& value,
                                         std::string_view region) {
  if (value.empty()) return Error{ErrorCode::kInvalid, "the identifier is empty"};
  if (kind == "email") {
    auto email = normalise_email(value.reveal());
    if (!email.ok()) return email.error();
    return IdentifierValue{kEmailIndex, std::move(*email)};
  }
  if (kind == "phone") {
    auto phone = normalise_phone(value.reveal(), region);
    if (!phone.ok()) return phone.error();
    return IdentifierValue{kPhoneIndex, std::move(phone->e164)};
  }
  if (kind == "card") {
    Plaintext card = normalise_card(value.reveal());
    if (card.empty()) return Error{ErrorCode::kInvalid, "no card number"};
    return IdentifierValue{kCardIndex, std::move(card)};
  }
  if (kind == "external_id") {
    return IdentifierValue{kExternalIdIndex, clean_text(value.reveal())};
  }
  return Error{ErrorCode::kInvalid, "an identifier is an email, phone, card or external_id"};
}

}  // namespace assent

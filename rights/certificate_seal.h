#pragma once

#include "core/key_store.h"
#include "core/sealed.h"

namespace assent {

// A certificate is one sealed field under a key of its own: subject and row are the request's id.
inline FieldPlace certificate_place(TenantId tenant, RequestId request, std::uint16_t field_id) {
  return {tenant.value, request.value, field_id, request.value};
}

}  // namespace assent

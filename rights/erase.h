#pragma once

#include <string>

#include "rights/person.h"
#include "rights/rights_services.h"

namespace assent {

class TagMaker;

enum class RequestState { kErasing, kCertifying, kCompleted };

struct TakenRequest {
  RequestId id;
  EventId leaf;  // ERASE_REQUESTED.
};

struct RequestStatus {
  RequestState state = RequestState::kErasing;
  Timestamp received_at;
  std::optional<Timestamp> closed_at;
  std::int64_t records = 0;
};

// Takes in demands to be erased. What it commits is final: from then on no read finds the person,
// and EraseWorker destroys the rest until it is done. Thread-safe.
class EraseService {
 public:
  // policies/fields.yaml: certificate. What a certificate is sealed as.
  static constexpr std::uint16_t kCertificateField = 29;

  explicit EraseService(const RightsServices& services) : services_(services) {}

  // Everything of the one person that `query` names goes: all their records, live or retired, and
  // the rejected rows that hold one of their contact points; or, of whom no record is known, the
  // rejected rows and the organisation that hold the value. Opens transactions of its own; the
  // search is logged even when it ends in a refusal. The purpose of `act` becomes the rights
  // request. Markers against a return are set in the same commit.
  // kInvalid   the value is not of its kind.
  // kNotFound  nobody holds it, or who did has been erased: deliberately the same.
  // kConflict  several people hold it (the message has no more than that; find() counts them), or
  //            the person's records changed hands in the same moment: ask again.
  Result<TakenRequest> request(TenantId tenant, const Act& act, const PersonQuery& query) const;

  // The people whom the query could mean, with the leaf of the lookup.
  Result<std::vector<Candidate>> find(TenantId tenant, const Act& act,
                                      const PersonQuery& query) const;

  // kNotFound no such request.
  Result<RequestStatus> status(TenantId tenant, RequestId request) const;

  // The finished certificate, JSON as docs/erasure.md has it, with a leaf of the reading.
  // kNotFound  no such request, not completed yet, or its three years are over.
  Result<Plaintext> certificate(TenantId tenant, const Act& act, RequestId request) const;

 private:
  Result<TakenRequest> begin(Tx& tx, const Act& act, RequestId request,
                             const Candidate& person) const;
  Result<TakenRequest> begin_person(Tx& tx, const Act& act, RequestId request,
                                    const Candidate& person, const TagMaker& tags) const;
  Result<TakenRequest> begin_units(Tx& tx, const Act& act, RequestId request,
                                   const KeyedUnits& units, const TagMaker& tags) const;
  RightsServices services_;
};

}  // namespace assent

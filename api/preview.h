#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/services.h"
#include "rights/person.h"

namespace assent {

// "May I?", asked before anything is sent: POST /v1/decisions and `assent consent decide`.
struct PreviewOrder {
  std::optional<ProfileId> profile;   // Of whom; or else
  std::optional<PersonQuery> person;  // whoever holds this identifier.
  std::string purpose;
  std::string channel;
  std::string recipient;  // Of the registry; "": the house itself.
};

struct PersonPreview {
  ProfileId profile;
  std::vector<ExplainedPermit> decisions;  // One for each contact point that serves the channel.
};

struct Preview {
  Hash32 policy{};  // Of the whole set of policies.
  std::vector<PersonPreview> people;
};

// The answer of the engine on this moment's facts, made anew: for the house's own use, or, when a
// recipient is named, as a release to it would ask. It permits nothing by itself and is not logged
// one by one (decisions.md 22); looking for a person by an identifier leaves its LOOKUP. Nobody who
// holds the identifier is an empty list, and an empty list is no permission. A purpose for which no
// rules of sending exist is denied with NO_POLICY. kInvalid   the purpose or the recipient is not
// registered, the channel is none of ours, or the
//            identifier is not of its kind.
// kNotFound  no such profile.
// kTooLarge  more than kPreviewPeopleMax people hold the identifier.
inline constexpr std::size_t kPreviewPeopleMax = 100;
Result<Preview> preview(Services& services, TenantId tenant, const Act& act,
                        const PreviewOrder& order);

// How the contact point of a decision is called: email or phone.
StaticText contact_word(Channel channel);

}  // namespace assent

#include "audit/stamp_client.h"

#include <array>

#include "http_post.h"

namespace assent {

Result<std::unique_ptr<StampClient>> StampClient::open(StampClientConfig config,
                                                       TsaCertificates trusted, Random& random) {
  if (!config.policy.empty() && !is_policy_oid(config.policy)) {
    return Error{ErrorCode::kInvalid, "the policy of the time stamps is no OID, as 1.2.3.4"};
  }
  auto http = HttpPost::open(config.url, {});
  if (!http) {
    return Error{ErrorCode::kInvalid, "the time stamping authority has no URL that can be asked"};
  }
  return std::unique_ptr<StampClient>(
      new StampClient(std::move(config), std::move(trusted), random, std::move(http)));
}

StampClient::StampClient(StampClientConfig config, TsaCertificates trusted, Random& random,
                         std::unique_ptr<HttpPost> http)
    : config_(std::move(config)),
      trusted_(std::move(trusted)),
      random_(random),
      http_(std::move(http)) {}

StampClient::~StampClient() = default;

Result<GivenStamp> StampClient::ask(const Hash32& imprint) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> nonce{};
  random_.fill(nonce);
  const StampQuery query{imprint, get_u64(nonce.data()), config_.policy};
  auto answer =
      http_->send(encode_stamp_query(query), "application/timestamp-query", config_.patience);
  if (!answer) {
    return Error{ErrorCode::kUnavailable, "the time stamping authority did not answer in time"};
  }
  if (answer->status == 429 || answer->status >= 500) {
    return Error{ErrorCode::kUnavailable, "the time stamping authority is too busy or not well"};
  }
  if (answer->status != 200) {
    return Error{ErrorCode::kInvalid, "the time stamping authority takes no question there"};
  }
  auto stamp = accept_stamp(answer->body, query, trusted_);
  if (!stamp.ok()) return stamp.error();
  return GivenStamp{std::move(answer->body), std::move(*stamp)};
}

}  // namespace assent

#pragma once

#include "audit/log_policy.h"

// The policy that trusts tests/golden/verify, and the papers there: the only ones that it verifies.
namespace assent {

inline const LogPolicy& golden_policy() {
  static const auto policy = LogPolicy::parse(
      "log cdp.example/acme/log1+c57cfce9+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\n"
      "log cdp.example/acme/log1/release+4e77d6f7+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\n"
      "quorum none\n");
  return *policy;
}

inline constexpr std::string_view kGoldenCertificate =
    "e9ee6ea0f2f3a9d7ba23b1970703093ddb695ba4e4e0cb0282675f736e4b1f0e";
inline constexpr std::string_view kGoldenEvidence =
    "85fd124f788b829f00da1543c1647dd6336b7c2ab4f687587a93b636162d2c68";

}  // namespace assent

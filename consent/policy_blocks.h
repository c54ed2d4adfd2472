#pragma once

#include "policy_schema.h"

// The blocks of a policy file, each read into its rules. Private.
namespace assent {

void read_header(YamlMap& file, Policy& policy);      // schema to applies_when
void read_consent(YamlMap& file, Policy& policy);     // consent and age
void read_marketing(YamlMap& file, Policy& policy);   // marketing
void read_gate(YamlMap& file, Policy& policy);        // other_purposes, gate, sale, sensitive
void read_recipients(YamlMap& file, Policy& policy);  // localisation to joint_controllers
// Blocks that other rooms read or that document the law: checked here, not kept.
void check_paperwork(YamlMap& file);

// A block {reason, cite} whose reason may be left out.
Rule read_rule(YamlMap& parent, const char* key, Reason otherwise);

extern const Words<Basis> kBasisWords;
extern const Words<Channel> kChannelWords;

}  // namespace assent

#pragma once

#include "api/command.h"

namespace assent {

// The subcommands of `assent audit` that stand in files of their own.
void add_audit_view_commands(Command& audit, CommandLine& line);
void add_audit_retention_commands(Command& audit, CommandLine& line);
void add_audit_follow_command(Command& audit, CommandLine& line);
void add_audit_check_command(Command& audit, CommandLine& line);
void add_audit_recover_command(Command& audit, CommandLine& line);

}  // namespace assent

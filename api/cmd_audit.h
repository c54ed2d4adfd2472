#pragma once

#include "api/command.h"

namespace assent {

// The subcommands of `assent audit` that stand in files of their own.
void add_audit_view_commands(Command& audit, CommandLine& line);
void add_audit_retention_commands(Command& audit, CommandLine& line);
void add_audit_follow_command(Command& audit, CommandLine& line);
void add_audit_check_command(Command& audit, CommandLine& line);
void add_audit_recover_command(Command& audit, CommandLine& line);

// Puts back what every log has lost (`assent audit recover`), and says what it does. kFailed: one
// of them cannot be put back, or somebody works on the database.
int recover_all_logs(const Config& config);

}  // namespace assent

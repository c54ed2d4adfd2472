#pragma once

#include "api/command.h"

namespace assent {

// The subcommands of `assent keys` about epochs, which stand in a file of their own.
void add_epoch_commands(Command& keys, CommandLine& line);
void add_rotation_commands(Command& keys, CommandLine& line);

void add_keys_backup_commands(Command& keys, CommandLine& line);
void add_keys_restore_command(Command& keys, CommandLine& line);

}  // namespace assent

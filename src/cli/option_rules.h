/* SPDX-License-Identifier: ISC */
/*
 * Checks the combination of options on the command line against the option table: options that the verb does not have,
 * that are mutually exclusive, or that need another option or a COMMAND.
 */
#ifndef CLI_OPTION_RULES_H
#define CLI_OPTION_RULES_H

#include <stdbool.h>

#include "cli/options.h"

/*
 * Checks all options on the command line. COMMAND is true if the command line contains a COMMAND. Returns 0, or -1
 * after printing a usage error.
 */
int option_rules_check(const struct options *options, const struct verb *verb, bool command);

#endif

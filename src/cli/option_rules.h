/* SPDX-License-Identifier: ISC */
/* Uses the option table to check which options can be combined with the verb, with each other, and with a COMMAND. */
#ifndef CLI_OPTION_RULES_H
#define CLI_OPTION_RULES_H

#include <stdbool.h>

#include "cli/options.h"

/*
 * Checks all options of the command line. COMMAND is true if a command was specified. Returns 0, or -1 after printing a
 * usage error.
 */
int option_rules_check(const struct options *options, const struct verb *verb, bool command);

#endif

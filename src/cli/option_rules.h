/* SPDX-License-Identifier: ISC */
/*
 * Checks, by the columns of the option table, which options can be combined with the verb, with each other, and with a
 * COMMAND.
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

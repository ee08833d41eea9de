/* SPDX-License-Identifier: ISC */
/*
 * Checks the combinations of options with the verb, with each other and with a COMMAND, according to the option table.
 */
#ifndef CLI_OPTION_RULES_H
#define CLI_OPTION_RULES_H

#include <stdbool.h>

#include "cli/options.h"

/* Checks all options that were given. COMMAND: a command was given. Returns 0, or -1 after a usage error. */
int option_rules_check(const struct options *options, const struct verb *verb, bool command);

#endif

/* SPDX-License-Identifier: ISC */
/* Which options go with which verb, with each other, and with a COMMAND, as the columns of the option table say. */
#ifndef CLI_OPTION_RULES_H
#define CLI_OPTION_RULES_H

#include <stdbool.h>

#include "cli/options.h"

/* Checks all options that were given. COMMAND: there is one. Returns 0, or -1 after a usage error. */
int option_rules_check(const struct options *options, const struct verb *verb, bool command);

#endif

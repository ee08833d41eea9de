/* SPDX-License-Identifier: ISC */
/* Prints the output of --help and --version on standard output. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/verb.h"

/* Print a help text or the version, and return the exit status. VERBS ends with NULL. */
int help_verb(const struct verb *verb);
int help_all(const struct verb *const *verbs);
int help_version(const struct verb *const *verbs);

/* Prints the version, the compiled-in features, and the optional features that the running kernel supports. */
void version_print(const struct verb *const *verbs);

#endif

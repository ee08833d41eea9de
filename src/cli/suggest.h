/* SPDX-License-Identifier: ISC */
/* Usage errors for unrecognized words, with the nearest option or verb. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

#include "cli/verb.h"

/* Prints that the option NAME ("--mesages") is unrecognized, and the nearest one. Returns EXIT_FAILED. */
int suggest_option(const char *name);

/* Prints that WORD is not a verb, the nearest of VERBS, and the ADDRESS of a socket named WORD. Returns EXIT_FAILED. */
int suggest_verb(const struct verb *const *verbs, const char *word);

/* Does the same for the operand of "help". */
int suggest_topic(const struct verb *const *verbs, const char *word);

/* Writes "a, b and c" for the names of VERBS and "help" to TEXT. */
void suggest_list(const struct verb *const *verbs, char *text, size_t size);

#endif

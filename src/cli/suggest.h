/* SPDX-License-Identifier: ISC */
/* Prints usage errors for unrecognized options and verbs, and suggests the most similar option or verb. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/verb.h"

/*
 * Reports that the option NAME ("--mesages") is unrecognized, and suggests the most similar option of VERB. If VERB is
 * NULL, considers the options of all verbs. Returns EXIT_FAILED.
 */
int suggest_option(const char *name, const struct verb *verb);

/*
 * Reports an error if NAME ("--time") is an abbreviation of one or more options of VERB. If VERB is NULL, considers the
 * options of all verbs. Returns false if NAME is not an abbreviation of any option.
 */
bool suggest_abbreviated(const char *name, const struct verb *verb);

/*
 * Reports that WORD is not a verb. Suggests the most similar verb, and the ADDRESS of a socket file named WORD. Returns
 * EXIT_FAILED.
 */
int suggest_verb(const struct verb *const *verbs, const char *word);

/* Like suggest_verb(), for the VERB operand of "help". Suggests no ADDRESS. */
int suggest_topic(const struct verb *const *verbs, const char *word);

/* Writes the names of VERBS and "help" to TEXT, in the form "a, b and c". */
void suggest_list(const struct verb *const *verbs, char *text, size_t size);

#endif

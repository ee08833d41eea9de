/* SPDX-License-Identifier: ISC */
/* What a mistyped word was probably meant to be. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include "cli/verb.h"

/* Tells that there is no such option as NAME ("--mesages"), and which is near. Returns EXIT_FAILED. */
int suggest_option(const char *name);

/*
 * WORD stands where a verb could, and is none: a socket's name? If it is a single word that nothing here is called, and a
 * verb is near, tells which. Returns EXIT_FAILED then, else 0.
 */
int suggest_check(const struct verb *const *verbs, const char *word);

#endif

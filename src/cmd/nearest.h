/* SPDX-License-Identifier: ISC */
/* What a mistyped word was probably meant to be. */
#ifndef CMD_NEAREST_H
#define CMD_NEAREST_H

/* Tells that there is no such option as NAME ("--mesages"), and which is near. Returns EXIT_FAILED. */
int nearest_option(const char *name);

/* The verb that WORD was probably meant to be, or NULL if none is near. */
const char *nearest_verb(const char *word);

#endif

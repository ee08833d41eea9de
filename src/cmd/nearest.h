/* SPDX-License-Identifier: ISC */
/* What a mistyped word was probably meant to be. */
#ifndef CMD_NEAREST_H
#define CMD_NEAREST_H

/* Tells that there is no such option as NAME ("--mesages"), and which is near. Returns EXIT_FAILED. */
int nearest_option(const char *name);

/*
 * WORD stands where a verb could, and is none: a socket's name? If it is a single word that nothing here is called, and a
 * verb is near, tells which. Returns EXIT_FAILED then, else 0.
 */
int nearest_check(const char *word);

#endif

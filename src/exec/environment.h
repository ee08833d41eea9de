/* SPDX-License-Identifier: ISC */
/*
 * The environment of the program to be executed, built once, in static memory while that suffices. setenv(3) copies the
 * entire list for each variable, which takes as long as the rest of a hand-over.
 */
#ifndef EXEC_ENVIRONMENT_H
#define EXEC_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Starts from the environment of this process, without the variables NAMES and those whose names begin with PREFIX.
 * Returns 0, or -1 with errno.
 */
int environment_begin(const char *const *names, size_t count, const char *prefix);

/* Sets a variable. Returns 0, or -1 with errno. */
int environment_set(const char *name, const char *value);
int environment_number(const char *name, intmax_t value);

/* Removes a variable if it exists. */
void environment_unset(const char *name);

#endif

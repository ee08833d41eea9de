/* SPDX-License-Identifier: ISC */
/*
 * The environment of the program to come. Built once, in memory that is there already as long as it suffices: setenv(3)
 * keeps a tree and makes a copy of the whole for each variable, which costs as much as all else that is done for a
 * hand-over.
 */
#ifndef EXEC_ENVIRONMENT_H
#define EXEC_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

/* Begins with what this process has, without the variables NAMES, and those whose names begin with PREFIX. */
int environment_begin(const char *const *names, size_t count, const char *prefix);

/* Adds a variable or replaces it. Returns 0, or -1 with errno. */
int environment_set(const char *name, const char *value);
int environment_number(const char *name, intmax_t value);

/* Removes a variable if it is there. */
void environment_unset(const char *name);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Builds the environment of a program that will be executed. Uses static memory if its size is sufficient. setenv(3) is
 * not used because it would copy the entire array for each variable, and would double the time of a handover.
 */
#ifndef EXEC_ENVIRONMENT_H
#define EXEC_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copies the environment of this process, except the COUNT variables NAMES and all variables whose names begin with
 * PREFIX. Returns 0, or -1 with errno.
 */
int environment_begin(const char *const *names, size_t count, const char *prefix);

/*
 * environment_set() sets the variable NAME to a string, environment_number() to a decimal number. Both functions return
 * 0, or -1 with errno.
 */
int environment_set(const char *name, const char *value);
int environment_number(const char *name, intmax_t value);

/* Removes the variable NAME if it exists. */
void environment_unset(const char *name);

#endif

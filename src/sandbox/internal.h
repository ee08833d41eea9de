/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_INTERNAL_H
#define SANDBOX_INTERNAL_H

#include <stdbool.h>

#include "sandbox/sandbox.h"

/*
 * Placeholders in a filter, replaced by the pid of the process and by the pid of its parent. These values are larger
 * than any pid.
 */
#define OWN_PID	   0x7fffff1dU
#define PARENT_PID 0x7fffff1eU

bool seccomp_built(void);

/*
 * seccomp_here() returns true if the kernel supports seccomp filters, and landlock_here() returns true if the kernel
 * supports Landlock.
 */
bool seccomp_here(void);
bool landlock_here(void);

/*
 * Restricts the process to the system calls of PROFILE. The caller must have set PR_SET_NO_NEW_PRIVS. Returns true on
 * success.
 */
bool seccomp_enter(enum sandbox_profile profile);

/*
 * Creates a ruleset that allows only reading files in /proc and, if ABSTRACT is true, connecting to abstract names. If
 * Landlock is unavailable, does nothing.
 */
void landlock_begin(struct sandbox *sandbox, bool abstract);

/* Closes the ruleset without enforcing it. */
void landlock_drop(struct sandbox *sandbox);

/* Enforces the ruleset. Returns true on success. */
bool landlock_enter(struct sandbox *sandbox);

#endif

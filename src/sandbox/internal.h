/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_INTERNAL_H
#define SANDBOX_INTERNAL_H

#include <stdbool.h>

#include "sandbox/sandbox.h"

/*
 * Placeholders in a filter, replaced by the pid of the process and by the pid of its parent. No process can have the
 * pid OWN_PID or PARENT_PID.
 */
#define OWN_PID	   0x7fffff1dU
#define PARENT_PID 0x7fffff1eU

bool seccomp_built(void);

/* Return true if the kernel supports seccomp filters, or Landlock. */
bool seccomp_here(void);
bool landlock_here(void);

/*
 * Restricts the process to the system calls of PROFILE. PR_SET_NO_NEW_PRIVS must be set before. Returns true on
 * success.
 */
bool seccomp_enter(enum sandbox_profile profile);

/*
 * Creates a ruleset that allows only reading files in /proc and, if ABSTRACT is true, connecting to abstract names.
 * Does nothing if Landlock is unavailable.
 */
void landlock_begin(struct sandbox *sandbox, bool abstract);

/* Closes the ruleset without enforcing it. */
void landlock_drop(struct sandbox *sandbox);

/* Enforces the ruleset. Returns true on success. */
bool landlock_enter(struct sandbox *sandbox);

#endif

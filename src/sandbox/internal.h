/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_INTERNAL_H
#define SANDBOX_INTERNAL_H

#include <stdbool.h>

#include "sandbox/sandbox.h"

/* In a filter: where the process's number belongs. No process has this one. */
#define OWN_PID 0x7fffff1dU

bool seccomp_built(void);

/* True if the kernel has it. */
bool seccomp_here(void);
bool landlock_here(void);

/* Leaves the process the calls of PROFILE. PR_SET_NO_NEW_PRIVS is set. True if that holds now. */
bool seccomp_enter(enum sandbox_profile profile);

/* Makes a ruleset that gives up everything but to read /proc. Without Landlock there is none. */
void landlock_begin(struct sandbox *sandbox);

/* Lets go of it. */
void landlock_drop(struct sandbox *sandbox);

/* True if it holds now. */
bool landlock_enter(struct sandbox *sandbox);

#endif

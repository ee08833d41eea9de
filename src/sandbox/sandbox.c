/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/prctl.h>

#include "config.h"

#include "base/helper.h"
#include "sandbox/internal.h"

unsigned int
sandbox_built(void)
{
	return (unsigned int)(seccomp_built() ? SANDBOX_SECCOMP : 0) |
	    (unsigned int)(FDPASS_LANDLOCK ? SANDBOX_LANDLOCK : 0);
}

unsigned int
sandbox_here(void)
{
	return (unsigned int)(seccomp_here() ? SANDBOX_SECCOMP : 0) |
	    (unsigned int)(landlock_here() ? SANDBOX_LANDLOCK : 0);
}

void
sandbox_begin(struct sandbox *sandbox, enum sandbox_profile profile, bool abstract)
{
	*sandbox = (struct sandbox){ .profile = profile, .ruleset = -1 };
	if ((sandbox_built() & SANDBOX_LANDLOCK) != 0)
		landlock_begin(sandbox, abstract);
}

void
sandbox_allow_inspection(struct sandbox *sandbox)
{
	landlock_drop(sandbox);
}

unsigned int
sandbox_enter(struct sandbox *sandbox)
{
	int err = errno;
	unsigned int holds = 0;

	/*
	 * Ends the idle query helper, because a helper that was started before the confinement is not confined. The
	 * closer process continues to run unconfined (see fdpass(1)).
	 */
	helper_reap();
	/*
	 * Setting no_new_privs has no side effect: of all confined verbs, only hold executes a program, namely fdpass
	 * itself, which gains no privileges from execve(2).
	 */
	if (sandbox_built() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
		if (landlock_enter(sandbox))
			holds |= SANDBOX_LANDLOCK;
		if ((sandbox_built() & SANDBOX_SECCOMP) != 0 && seccomp_enter(sandbox->profile))
			holds |= SANDBOX_SECCOMP;
	}
	landlock_drop(sandbox);
	errno = err;
	return holds;
}

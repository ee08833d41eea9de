/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config.h"

#include "base/compat.h"
#include "lib/fdpass.h"
#include "sandbox/sandbox.h"
#include "cli/help.h"

/* Socket options that some kernels do not support. */
static const struct {
	const char *name;
	int option;
} recent[] = {
	{ "--pidfd", SO_PASSPIDFD },
	{ "--no-rights", SO_PASSRIGHTS },
	{ "--inq", SO_INQ },
};

static const char *
yes_or_no(int answer)
{
	return answer ? "yes" : "no";
}

/* Prints which optional features the running kernel supports. Bug reports should contain this list of features. */
static void
kernel_print(void)
{
	struct utsname system;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned int here = sandbox_here();
	size_t i;
	int one = 1;

	if (uname(&system) == 0)
		(void)printf("%s %s here:", system.sysname, system.release);
	for (i = 0; i < sizeof(recent) / sizeof(recent[0]); i++)
		(void)printf(" %s %s,", recent[i].name,
		    yes_or_no(setsockopt(fd, SOL_SOCKET, recent[i].option, &one, sizeof(one)) == 0));
	if (fd != -1)
		(void)close(fd);
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	(void)printf(" pidfd:PID %s, seccomp %s, Landlock %s\n", yes_or_no(fd != -1),
	    yes_or_no((here & SANDBOX_SECCOMP) != 0), yes_or_no((here & SANDBOX_LANDLOCK) != 0));
	if (fd != -1)
		(void)close(fd);
}

void
version_print(const struct verb *const *verbs)
{
	unsigned int built = sandbox_built();
	size_t i;

	(void)printf("fdpass %s\nBuilt in:", fdpass_version());
	for (i = 0; verbs[i] != NULL; i++)
		(void)printf(" %s", verbs[i]->name);
	(void)printf("; libbsd %s; seccomp %s; Landlock %s\n", FDPASS_LIBBSD, yes_or_no((built & SANDBOX_SECCOMP) != 0),
	    yes_or_no((built & SANDBOX_LANDLOCK) != 0));
	kernel_print();
}

/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "base/self.h"
#include "base/together.h"

static pid_t pid TOGETHER;

pid_t
self_pid(void)
{
	if (pid == 0)
		pid = getpid();
	return pid;
}

void
self_forked(void)
{
	pid = 0;
}

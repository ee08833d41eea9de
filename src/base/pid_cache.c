/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "base/pid_cache.h"
#include "base/hot_data.h"

static pid_t pid HOT_DATA;

pid_t
pid_cache_get(void)
{
	if (pid == 0)
		pid = getpid();
	return pid;
}

void
pid_cache_clear(void)
{
	pid = 0;
}

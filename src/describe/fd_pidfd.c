/* SPDX-License-Identifier: ISC */
/* Descriptors of processes. */
#include <stdlib.h>
#include <string.h>

#include "describe/kind.h"
#include "describe/say.h"

/* -1: the process has ended and was reaped; 0: not known, or outside this pid namespace. */
static long
pidfd_process(struct fdinfo *info, bool *known)
{
	struct fdinfo_line line;
	long pid = 0;

	*known = false;
	while (fdinfo_next(info, &line))
		if (strcmp(line.key, "Pid") == 0) {
			pid = strtol(line.value, NULL, 10);
			*known = true;
		}
	return pid;
}

static void
say_pidfd(struct emit *e, const struct fd_facts *f)
{
	struct fdinfo info;
	bool known;
	long pid;

	fdinfo_open(&info, f->fd);
	pid = pidfd_process(&info, &known);
	fdinfo_close(&info);
	if (pid > 0)
		say(e, " of process %ld", pid);
	else if (known)
		say(e, "%s", pid == 0 ? " of a process outside this pid namespace" : " of a process that has ended");
}

static void
tell_pidfd(struct emit *e, const struct fd_facts *f, struct fdinfo *info)
{
	bool known;
	long pid = pidfd_process(info, &known);

	emit_object(e, f->kind->word, NULL);
	tell_number(e, "pid", NULL, pid > 0, (uint64_t)pid);
	emit_end(e, NULL);
}

const struct fd_kind kinds_pidfd[] = {
	{ "pidfd", "pidfd", "anon_inode:[pidfd]", NULL, KIND_INFO, say_pidfd, tell_pidfd },
	{ 0 },
};

/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/num.h"
#include "base/pidfd_id.h"
#include "net/listenfds.h"

/* The number in VARIABLE; -1 if it is not set, -2 with *FAIL if it is no number from 0 to MAX. */
static long long
variable_number(const char *variable, long long max, struct fail *fail)
{
	const char *value = getenv(variable);
	const char *why;
	long long number;

	if (value == NULL)
		return -1;
	if (num_parse(value, 0, max, &number, &why) == -1) {
		(void)fail_msg(fail, "%s is '%s': it %s", variable, value, why);
		return -2;
	}
	return number;
}

/* LISTEN_PIDFDID, which unlike a pid is never used again: 1 if it is ours or unknown, 0 if not, -1 with *FAIL. */
static int
pidfd_id_matches(struct fail *fail)
{
	const char *value = getenv("LISTEN_PIDFDID");
	const char *why;
	long long number;
	uint64_t own;

	if (value == NULL || pidfd_id_self(&own) == -1)
		return 1;
	if (num_parse(value, 0, LLONG_MAX, &number, &why) == -1)
		return fail_msg(fail, "LISTEN_PIDFDID is '%s': it %s", value, why);
	return (uint64_t)number == own;
}

int
listenfds_count(struct fail *fail)
{
	long long pid, count;
	int matches;

	pid = variable_number("LISTEN_PID", INT_MAX, fail);
	if (pid < 0)
		return pid == -1 ? 0 : -1;
	if (pid != getpid())
		return 0;
	if ((matches = pidfd_id_matches(fail)) != 1)
		return matches;
	count = variable_number("LISTEN_FDS", INT_MAX - LISTENFDS_START, fail);
	if (count < 0)
		return count == -1 ? 0 : -1;
	return (int)count;
}

const char *
listenfds_name(int fd, size_t *length)
{
	const char *name = getenv("LISTEN_FDNAMES");
	static struct fail ignored;
	int count, i;

	count = listenfds_count(&ignored);
	if (name == NULL || count <= 0 || fd < LISTENFDS_START || fd - LISTENFDS_START >= count)
		return NULL;
	for (i = LISTENFDS_START; i < fd; i++) {
		name = strchr(name, ':');
		if (name == NULL)
			return NULL;
		name++;
	}
	*length = strcspn(name, ":");
	return name;
}

static int
find_name(const char *what, int count)
{
	const char *name;
	size_t length;
	int fd;

	for (fd = LISTENFDS_START; fd < LISTENFDS_START + count; fd++) {
		name = listenfds_name(fd, &length);
		if (name == NULL)
			return -1; /* the list of names ends here, however large LISTEN_FDS claims to be */
		if (length == strlen(what) && memcmp(name, what, length) == 0)
			return fd;
	}
	return -1;
}

int
listenfds_find(const char *what, struct fail *fail)
{
	const char *pid = getenv("LISTEN_PID");
	const char *why;
	long long position;
	int count, fd;

	count = listenfds_count(fail);
	if (count == -1)
		return -1;
	if (count == 0 && pid != NULL && strtol(pid, NULL, 10) == (long)getpid() && pidfd_id_matches(fail) == 0)
		return fail_msg(fail, "LISTEN_FDS is for another process with this pid (LISTEN_PIDFDID differs)");
	if (count == 0 && pid != NULL && strtol(pid, NULL, 10) == (long)getpid())
		return fail_msg(fail, "LISTEN_FDS is 0");
	if (count == 0 && pid != NULL && getenv("LISTEN_FDS") != NULL)
		return fail_msg(fail, "LISTEN_FDS is for process %s, which is not this one (%ld)", pid, (long)getpid());
	if (count == 0)
		return fail_msg(fail, "LISTEN_FDS and LISTEN_PID are not set");
	/* A position first, but a name of digits can be found too where no position is so large. */
	if (num_parse(what, 0, count - 1, &position, &why) == 0)
		return LISTENFDS_START + (int)position;
	fd = find_name(what, count);
	if (fd != -1)
		return fd;
	if (strspn(what, "0123456789") == strlen(what))
		return fail_msg(fail, "LISTEN_FDS has %d descriptor%s, counted from 0", count, count == 1 ? "" : "s");
	return fail_msg(fail, "LISTEN_FDNAMES has no such name");
}

/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/num.h"
#include "base/pidfd_id.h"
#include "net/listenfds.h"

/*
 * Returns the number in the environment variable VARIABLE. Returns -1 if VARIABLE is not set, or -2 with *FAIL if its
 * value is not a number from 0 to MAX.
 */
static long long
variable_number(const char *variable, long long max, struct fail *fail)
{
	const char *value = getenv(variable);
	const char *why;
	long long number;

	if (value == NULL)
		return -1;
	if (num_parse(value, 0, max, &number, &why) == -1) {
		(void)fail_msg(fail, "invalid %s '%s': %s", variable, value, why);
		return -2;
	}
	return number;
}

/*
 * Checks LISTEN_PIDFDID, which identifies a process even if its pid is reused. Returns 1 if LISTEN_PIDFDID identifies
 * the process PID or cannot be checked. Returns 0 if LISTEN_PIDFDID identifies another process, or -1 with *FAIL if its
 * value is malformed.
 */
static int
pidfd_id_matches(pid_t pid, struct fail *fail)
{
	const char *value = getenv("LISTEN_PIDFDID");
	const char *why;
	long long number;
	uint64_t id;

	if (value == NULL || pidfd_id_of(pid, &id) == -1)
		return 1;
	if (num_parse(value, 0, LLONG_MAX, &number, &why) == -1)
		return fail_msg(fail, "invalid LISTEN_PIDFDID '%s': %s", value, why);
	return (uint64_t)number == id;
}

/*
 * Returns true if PID is this process or its parent. The parent can be a shell, whose commands inherit the descriptors.
 */
static bool
is_ours(long long pid)
{
	return pid == getpid() || pid == getppid();
}

int
listenfds_count(struct fail *fail)
{
	long long pid, count;
	int matches;

	pid = variable_number("LISTEN_PID", INT_MAX, fail);
	if (pid < 0)
		return pid == -1 ? 0 : -1;
	if (!is_ours(pid))
		return 0;
	if ((matches = pidfd_id_matches((pid_t)pid, fail)) != 1)
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
	struct fail ignored;
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

/* Returns the lowest descriptor that is at least FD and has the name WHAT, or -1. */
static int
find_name(const char *what, int fd, int count)
{
	const char *name;
	size_t length;

	for (; fd < LISTENFDS_START + count; fd++) {
		name = listenfds_name(fd, &length);
		if (name == NULL)
			return -1; /* LISTEN_FDNAMES can have fewer names than LISTEN_FDS has descriptors */
		if (length == strlen(what) && memcmp(name, what, length) == 0)
			return fd;
	}
	return -1;
}

/*
 * Sets *FAIL to the reason why this process has no descriptors from a service manager. PID is the value of LISTEN_PID,
 * or NULL.
 */
static int
none_failed(const char *pid, struct fail *fail)
{
	long number = pid != NULL ? strtol(pid, NULL, 10) : 0;

	if (pid == NULL || getenv("LISTEN_FDS") == NULL)
		return fail_msg(fail, "LISTEN_FDS and LISTEN_PID are not set");
	if (!is_ours(number))
		return fail_msg(fail, "LISTEN_FDS is for process %s, not for this one (%ld) or its parent (%ld)", pid,
		    (long)getpid(), (long)getppid());
	if (pidfd_id_matches((pid_t)number, fail) == 0)
		return fail_msg(fail, "LISTEN_FDS is for another process with this pid (LISTEN_PIDFDID differs)");
	return fail_msg(fail, "LISTEN_FDS is 0");
}

int
listenfds_find(const char *what, struct fail *fail)
{
	const char *why;
	long long position;
	int count, fd;

	count = listenfds_count(fail);
	if (count == -1)
		return -1;
	if (count == 0)
		return none_failed(getenv("LISTEN_PID"), fail);
	/*
	 * If WHAT is a number and a descriptor with this position exists, WHAT is a position. Otherwise, WHAT is a
	 * name, even if it consists of digits.
	 */
	if (num_parse(what, 0, count - 1, &position, &why) == 0)
		return LISTENFDS_START + (int)position;
	fd = find_name(what, LISTENFDS_START, count);
	if (fd != -1)
		return fd;
	if (strspn(what, "0123456789") == strlen(what))
		return fail_msg(
		    fail, "LISTEN_FDS has only %d descriptor%s, counted from 0", count, count == 1 ? "" : "s");
	return fail_msg(fail, "LISTEN_FDNAMES does not contain this name");
}

int
listenfds_next(const char *what, int fd)
{
	struct fail ignored;
	const char *why;
	long long position;
	int count = listenfds_count(&ignored);

	if (count <= 0 || num_parse(what, 0, count - 1, &position, &why) == 0)
		return -1;
	return find_name(what, fd + 1, count);
}

/* SPDX-License-Identifier: ISC */
/* Sets LISTEN_FDS, LISTEN_PID, LISTEN_PIDFDID and LISTEN_FDNAMES, which sd_listen_fds(3) reads. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/pidfd_id.h"
#include "exec/variables.h"

#define FIRST_FD 3
#define UNNAMED	 "unknown" /* name in LISTEN_FDNAMES for a descriptor without a name, as in systemd */

const char *
listen_fds_name(const struct handover *h, size_t i)
{
	if (i < h->place_count && h->places[i].name != NULL)
		return h->places[i].name;
	if (h->names != NULL && h->names[i] != NULL)
		return h->names[i];
	return UNNAMED;
}

/* Returns true if NUMBER is the target number of descriptor I or one of its additional target numbers. */
static bool
is_put_at(const struct handover *h, const int *numbers, size_t i, int number)
{
	size_t k;

	if (numbers[i] == number)
		return true;
	for (k = 0; i < h->place_count && k < h->places[i].also_count; k++)
		if (h->places[i].also[k] == number)
			return true;
	return false;
}

/* Returns the index of the descriptor whose target number is NUMBER, or h->count if there is no such descriptor. */
static size_t
find_at(const struct handover *h, const int *numbers, int number)
{
	size_t i;

	for (i = 0; i < h->count && !is_put_at(h, numbers, i, number); i++)
		;
	return i;
}

/*
 * Sets LISTEN_PIDFDID, the pidfd inode number of this process. A child of the program has a different pidfd inode
 * number, so the child can detect that LISTEN_FDS is not meant for the child.
 */
static int
set_pidfd_id(struct fail *fail)
{
	char digits[24];
	uint64_t id;

	if (pidfd_id_self(&id) == -1)
		return 0;
	(void)num_write(digits, "", id, 10, 1);
	return variable_set("LISTEN_PIDFDID", digits, fail);
}

int
listen_fds_set(const struct handover *h, const int *numbers, struct fail *fail)
{
	size_t i, at, length = 1;
	char *names, *p;
	int ret = -1;

	for (i = 0; i < h->count; i++) {
		at = find_at(h, numbers, FIRST_FD + (int)i);
		if (at == h->count || (at < h->place_count && h->places[at].number == -1))
			return 0;
		length += strlen(listen_fds_name(h, at)) + 1;
	}
	names = malloc(length);
	if (names == NULL)
		return fail_errno(fail, "cannot set LISTEN_FDNAMES in the environment");
	p = names;
	*p = '\0';
	for (i = 0; i < h->count; i++) {
		at = find_at(h, numbers, FIRST_FD + (int)i);
		p = stpcpy(i > 0 ? stpcpy(p, ":") : p, listen_fds_name(h, at));
	}
	if (variable_set_number("LISTEN_FDS", (intmax_t)h->count, fail) == 0 &&
	    variable_set_number("LISTEN_PID", getpid(), fail) == 0 && set_pidfd_id(fail) == 0 &&
	    variable_set("LISTEN_FDNAMES", names, fail) == 0)
		ret = 0;
	free(names);
	return ret;
}

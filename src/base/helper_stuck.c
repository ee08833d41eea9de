/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include "base/helper_stuck.h"
#include "base/hot_data.h"

#define STUCK_USER_MAX	  16
#define STUCK_QUERY_MAX	  256
#define STUCK_CLOSE_MAX	  512
#define STUCK_RECEIVE_MAX 16
#define STUCK_MAX	  (STUCK_QUERY_MAX + STUCK_CLOSE_MAX + STUCK_RECEIVE_MAX)

/* The variables are static because helpers share the descriptor table of the process. */
static struct {
	pid_t pid;
	enum purpose purpose;
	uid_t user;
} stuck[STUCK_MAX];
static size_t count HOT_DATA;
static bool shared; /* a stuck helper shares the descriptor table of this process */

static const size_t
    stuck_max[PURPOSES] = { [QUERY] = STUCK_QUERY_MAX, [CLOSE] = STUCK_CLOSE_MAX, [RECEIVE] = STUCK_RECEIVE_MAX };

static size_t
stuck_in_total(enum purpose purpose)
{
	size_t i, total = 0;

	for (i = 0; i < count; i++)
		total += stuck[i].purpose == purpose;
	return total;
}

size_t
stuck_of_user(enum purpose purpose, uid_t user)
{
	size_t i, total = 0;

	for (i = 0; i < count; i++)
		total += stuck[i].purpose == purpose && stuck[i].user == user;
	return total;
}

size_t
stuck_room(enum purpose purpose)
{
	return stuck_max[purpose] - stuck_in_total(purpose);
}

bool
stuck_may_add(enum purpose purpose, uid_t user)
{
	if (stuck_room(purpose) == 0)
		return false;
	return purpose != QUERY || stuck_of_user(purpose, user) < STUCK_USER_MAX;
}

void
stuck_add(pid_t pid, enum purpose purpose, uid_t user)
{
	stuck[count].pid = pid;
	stuck[count].user = user;
	stuck[count++].purpose = purpose;
	shared = true;
}

void
stuck_reap(void)
{
	size_t i, kept = 0;

	for (i = 0; i < count; i++)
		if (waitpid(stuck[i].pid, NULL, WNOHANG | __WALL) == 0)
			stuck[kept++] = stuck[i];
	count = kept;
	if (count == 0)
		shared = false;
}

void
stuck_forget(void)
{
	count = 0;
	shared = false;
}

size_t
stuck_count(void)
{
	return count;
}

bool
stuck_shares_table(void)
{
	return shared;
}

void
stuck_left_table(void)
{
	shared = false;
}

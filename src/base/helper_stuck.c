/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include "base/helper_stuck.h"
#include "base/hot_data.h"

#define STUCK_USER_MAX	  16
#define STUCK_QUERY_MAX	  256
#define STUCK_CLOSE_MAX	  256
#define STUCK_RECEIVE_MAX 16
#define STUCK_MAX	  (STUCK_QUERY_MAX + STUCK_CLOSE_MAX + STUCK_RECEIVE_MAX)

/* The variables are static because helpers share the descriptor table of the process. */
static struct {
	pid_t pid;
	enum purpose purpose;
	uid_t user;
} stuck[STUCK_MAX];
static size_t count HOT_DATA;

static const size_t
    stuck_max[PURPOSES] = { [QUERY] = STUCK_QUERY_MAX, [CLOSE] = STUCK_CLOSE_MAX, [RECEIVE] = STUCK_RECEIVE_MAX };

bool
stuck_may_add(enum purpose purpose, uid_t user)
{
	size_t i, all = 0, same_user = 0;

	for (i = 0; i < count; i++) {
		all += stuck[i].purpose == purpose;
		same_user += stuck[i].purpose == purpose && stuck[i].user == user;
	}
	return all < stuck_max[purpose] && (purpose != QUERY || same_user < STUCK_USER_MAX);
}

void
stuck_add(pid_t pid, enum purpose purpose, uid_t user)
{
	stuck[count].pid = pid;
	stuck[count].user = user;
	stuck[count++].purpose = purpose;
}

void
stuck_reap(void)
{
	size_t i, kept = 0;

	for (i = 0; i < count; i++)
		if (waitpid(stuck[i].pid, NULL, WNOHANG | __WALL) == 0)
			stuck[kept++] = stuck[i];
	count = kept;
}

void
stuck_forget(void)
{
	count = 0;
}

size_t
stuck_count(void)
{
	return count;
}

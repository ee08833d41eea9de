/* SPDX-License-Identifier: ISC */
/* The list of stuck helpers of this process, and the limits on their number. Used only in base/helper*.c. */
#ifndef BASE_HELPER_STUCK_H
#define BASE_HELPER_STUCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Helpers for different purposes have separate limits, so that helpers that hang in a close do not prevent queries. The
 * queries for each user also have a separate limit, so that the descriptors of one user do not prevent queries for
 * another user.
 */
enum purpose { QUERY, CLOSE, RECEIVE, PURPOSES };

/* Returns the number of stuck helpers for PURPOSE that the limit permits in addition. */
size_t stuck_room(enum purpose purpose);

/* Returns true if the limits permit another stuck helper. */
bool stuck_may_add(enum purpose purpose, uid_t user);

/*
 * Adds the stuck helper PID to the list. PURPOSE is the purpose of its request, and USER is the user whose descriptor
 * it used.
 */
void stuck_add(pid_t pid, enum purpose purpose, uid_t user);

/* Removes from the list the helpers that have exited. */
void stuck_reap(void);

/* Called in a forked child. Clears the list, because the helpers belong to the parent. */
void stuck_forget(void);

size_t stuck_count(void);

/* Returns the number of stuck helpers that work for PURPOSE on descriptors of USER. */
size_t stuck_of_user(enum purpose purpose, uid_t user);

/* Returns true if a stuck helper shares the descriptor table of this process. */
bool stuck_shares_table(void);

/* Records that this process has left the descriptor table that it shared with stuck helpers. */
void stuck_left_table(void);

#endif

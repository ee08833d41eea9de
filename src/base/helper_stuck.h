/* SPDX-License-Identifier: ISC */
/*
 * The list of the stuck helpers of this process, and the limits on their number. Only base/helper*.c use this header.
 */
#ifndef BASE_HELPER_STUCK_H
#define BASE_HELPER_STUCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The number of stuck helpers is limited separately for each purpose, so that helpers that hang in close(2) do not
 * prevent queries. The number of stuck queries is also limited separately for each user, so that descriptors from one
 * user do not prevent queries of descriptors from other users.
 */
enum purpose { QUERY, CLOSE, RECEIVE, PURPOSES };

/* Returns the number of further helpers for PURPOSE that may hang. */
size_t stuck_room(enum purpose purpose);

/* Returns true if another helper for PURPOSE and USER may hang. */
bool stuck_may_add(enum purpose purpose, uid_t user);

/*
 * Adds the helper PID to the list of stuck helpers. PURPOSE is the purpose of the helper's request, and USER is the
 * user who sent the descriptor that the request uses.
 */
void stuck_add(pid_t pid, enum purpose purpose, uid_t user);

/* Reaps the stuck helpers that have exited, and removes them from the list. */
void stuck_reap(void);

/* Clears the list of stuck helpers in a forked child, because the helpers belong to the parent. */
void stuck_forget(void);

size_t stuck_count(void);

/* Returns the number of stuck helpers for PURPOSE that use descriptors from USER. */
size_t stuck_of_user(enum purpose purpose, uid_t user);

/* Returns true if a stuck helper shares the descriptor table of this process. */
bool stuck_shares_table(void);

/* Records that this process no longer shares a descriptor table with stuck helpers. */
void stuck_left_table(void);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The store: descriptors with names, in the order in which they came. One that hangs up is dropped unless its owner asked
 * for it not to be polled. Descriptors are from strangers: closing and polling one never makes this process wait.
 */
#ifndef HOLD_STORE_H
#define HOLD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/filestat.h"
#include "hold/loop.h"

enum stored_poll {
	STORED_UNPOLLED,  /* FDPOLL=0, a file that is always ready, or one that cannot be polled */
	STORED_IN_EPOLL,  /* in the loop */
	STORED_BY_HELPER, /* of a kind whose poll may block: by a helper, once a second */
	STORED_SUSPECT	  /* the same, alone, as polling it together with others hung */
};

struct stored {
	struct stored *next, *previous;
	struct store *store;
	struct watch watch;
	uint64_t id; /* ascending */
	int fd;
	bool poll; /* as its owner asked */
	enum stored_poll polled;
	struct file_stat st;
	unsigned int users; /* answers that have yet to send it */
	bool taken;	    /* sent to a client by FDTAKE=1 that has not received it yet: hidden from others */
	bool removed;
	char name[];
};

/* The most descriptors that one name may have. */
struct store_limit {
	const char *name;
	size_t max;
};

struct store {
	struct loop *loop;
	struct stored *first, *last;
	size_t count; /* without those that are removed but have users */
	uint64_t last_id;
	size_t max;
	const struct store_limit *limits;
	size_t limit_count;
	struct timer poll_timer;
	void (*dropped)(void *arg, const char *name, const char *why); /* one was dropped that hung up */
	void *arg;
};

/* LIMITS stay the caller's and must outlive STORE. */
void store_init(
    struct store *store, struct loop *loop, size_t max, const struct store_limit *limits, size_t limit_count);

/* Closes all. */
void store_free(struct store *store);

/*
 * Stores COUNT descriptors under NAME. One that is the same open file description as one of that name is closed instead.
 * *ADDED (may be NULL) is how many are new. All or nothing: -1 with *FAIL (fail->err is EXFULL if it would be more than
 * the limits allow), and FDS stay the caller's.
 */
int store_add(
    struct store *store, const int *fds, size_t count, const char *name, bool poll, size_t *added, struct fail *fail);

/* Removes all of this name. Returns how many. */
size_t store_remove(struct store *store, const char *name);

/* The next one after the id AFTER, of this NAME unless that is NULL; NULL if there is none. */
struct stored *store_next(const struct store *store, uint64_t after, const char *name);

/* Keeps ENTRY valid and open until store_release(), even if it is removed meanwhile. */
void store_use(struct stored *entry);
void store_release(struct stored *entry);

/* FDTAKE: hides ENTRY; gives it back; or removes it. */
void store_take(struct stored *entry);
void store_give_back(struct stored *entry);
void store_drop(struct stored *entry);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The store: named descriptors in the order of arrival. A descriptor that hangs up is removed unless its owner disabled
 * polling. Descriptors come from untrusted peers: closing and polling one never blocks this process.
 */
#ifndef HOLD_STORE_H
#define HOLD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "base/filestat.h"
#include "hold/loop.h"

enum stored_poll {
	STORED_UNPOLLED,  /* not polled: FDPOLL=0, a file that is always ready, or one that cannot be polled */
	STORED_IN_EPOLL,  /* polled in the event loop */
	STORED_BY_HELPER, /* polled by a helper, once a second, because poll may block for its kind */
	STORED_SUSPECT	  /* polled alone by a helper, because polling it together with others blocked */
};

/* The user who stores or removes descriptors. */
struct store_user {
	uid_t uid;  /* (uid_t)-1: unknown; all unknown users count as one */
	bool owner; /* the restrictions of other users do not apply */
};

struct stored {
	struct stored *next, *previous;
	struct store *store;
	struct watch watch;
	uint64_t id; /* ascending */
	int fd;
	bool poll;		/* its sender requested polling */
	struct store_user user; /* the sender */
	enum stored_poll polled;
	struct file_stat st;
	unsigned int users; /* number of answers that have not sent this descriptor yet */
	bool taken;	    /* sent to a client by FDTAKE=1 that has not received it yet: hidden from others */
	bool removed;
	char name[];
};

/* The limit on descriptors with one name. */
struct store_limit {
	const char *name;
	size_t max;
};

struct store {
	struct loop *loop;
	struct stored *first, *last;
	size_t count; /* number of entries, without removed ones that are still in use */
	uint64_t last_id;
	size_t max;
	const struct store_limit *limits;
	size_t limit_count;
	int names; /* table of names for fdpass show, or -1 */
	struct timer poll_timer;
	void (*dropped)(
	    void *arg, const char *name, const char *why); /* called when an entry hung up and was removed */
	void *arg;
};

/* LIMITS remain the caller's and must outlive STORE. */
void store_init(
    struct store *store, struct loop *loop, size_t max, const struct store_limit *limits, size_t limit_count);

/* Closes all descriptors and releases the store. */
void store_free(struct store *store);

/* Properties of the descriptors of one message. */
struct store_properties {
	const char *name;
	bool poll;
	struct store_user user;
};

/*
 * Stores COUNT descriptors. A descriptor with the same open file description as one that the same user stored under
 * this name is closed instead. *ADDED (may be NULL) is the number of new ones. All or nothing: on -1 with *FAIL
 * (fail->err is EXFULL if a limit would be exceeded), FDS remain the caller's.
 */
int store_add(struct store *store, const struct store_properties *properties, const int *fds, size_t count,
    size_t *added, struct fail *fail);

/* Returns true if a user other than USER has stored a descriptor under NAME. */
bool store_name_is_foreign(const struct store *store, const char *name, const struct store_user *user);

/* Removes all entries with this name that USER may remove. Returns their number. */
size_t store_remove(struct store *store, const char *name, const struct store_user *user);

/* Returns the next entry after the ID AFTER, with this NAME unless that is NULL; NULL if there is none. */
struct stored *store_next(const struct store *store, uint64_t after, const char *name);

/* Keeps ENTRY valid and open until store_release(), even if it is removed in the meantime. */
void store_use(struct stored *entry);
void store_release(struct stored *entry);

/* For FDTAKE: store_take() hides ENTRY from others, store_give_back() shows it again, store_drop() removes it. */
void store_take(struct stored *entry);
void store_give_back(struct stored *entry);
void store_drop(struct stored *entry);

#endif
